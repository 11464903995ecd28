/* Ends its connections with a reset: before it has said anything, in the middle
 * of a line, and with answers unread. */
#include "clients.h"

#include <string.h>

static void connect_and_reset(struct server server, unsigned long number)
{
    int fd = number % 2 == 0 ? connect_to(server.port) : connect_as_member(server);
    if (number % 3 == 1)
        send_all(fd, "half a li", strlen("half a li"));
    for (int i = 0; number % 3 == 2 && i < 50; i++)
        send_all(fd, "answer me\n", strlen("answer me\n"));
    /* Every other time the server has been at it before the reset comes. */
    if (number % 4 >= 2)
        pause_for(0.001);
    close_with_reset(fd);
}

unsigned long reset(struct server server, double seconds)
{
    unsigned long count = 0;
    for (double end = now() + seconds; count < 12 || now() < end; count++)
        connect_and_reset(server, count);
    return count;
}
