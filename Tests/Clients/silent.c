/* Stays connected, says nothing and reads nothing. */
#include "clients.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 300 };

unsigned long silent(struct server server, double seconds)
{
    int sockets[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++)
        /* In a chat some of them have a name, and are told everything. */
        sockets[i] = i % 5 > 0 ? connect_to(server.port) : connect_as_member(server);
    pause_for(seconds);
    for (int i = 0; i < CONNECTIONS; i++) {
        char byte;
        ssize_t received = recv(sockets[i], &byte, 1, MSG_DONTWAIT);
        /* A room may show those the door who don't listen. */
        if (server.service != CHAT_SERVER && (received >= 0 || errno != EAGAIN))
            fail("a connection that did no harm was not kept");
        close(sockets[i]);
    }
    return CONNECTIONS;
}
