/* Comes in a crowd, and all of the crowd leave in the same moment. */
#include "clients.h"

#include <unistd.h>

enum { CONNECTIONS = 250 };

unsigned long crowd(struct server server, double seconds)
{
    unsigned long count = 0;
    for (double end = now() + seconds; count == 0 || now() < end; count += CONNECTIONS) {
        int sockets[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++)
            sockets[i] = connect_as_member(server);
        for (int i = 0; i < CONNECTIONS; i++)
            close(sockets[i]);
        /* In a chat each of them is news for everybody: crowd upon crowd would
         * show how fast the machine is, and nothing else. */
        pause_for(1);
    }
    return count;
}
