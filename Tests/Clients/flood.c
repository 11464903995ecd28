/* Sends short lines as fast as it can, and reads as fast as it can: the server
 * never has to wait for it, and must not forget the others over it. */
#include "clients.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

/* Returns how many bytes came back. */
static unsigned long flood_for(struct server server, double seconds)
{
    static char lines[CHUNK], received[CHUNK];
    for (size_t i = 0; i < sizeof lines; i += 2)
        memcpy(lines + i, "x\n", 2);
    int fd = connect_as_member(server);
    unsigned long back = 0;
    for (double end = now() + seconds; now() < end;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN | POLLOUT};
        if (poll(&ready, 1, PATIENCE_SECONDS * 1000) <= 0)
            fail("the server takes and gives nothing");
        if (ready.revents & POLLOUT &&
            send(fd, lines, sizeof lines, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
            fail("send: %m");
        if (ready.revents & ~POLLOUT) {
            size_t count = receive_some(fd, received, sizeof received);
            if (count == 0)
                fail("ended by the server");
            back += count;
        }
    }
    close_with_reset(fd);
    return back;
}

unsigned long flood(struct server server, double seconds)
{
    return flood_for(server, seconds) / 2;
}
