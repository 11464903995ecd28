/*
 * Sends a line of 100 MiB. Who echoes bytes must give them all back. Who reads
 * lines can't know where it ends, and must refuse it long before.
 */
#define _GNU_SOURCE
#include "clients.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

static const uint64_t LINE = 100ull * MIB;

/* What the kernel's buffers of both ends may have taken in without the server's
 * doing: Linux's largest are 4 MiB for sending and 6 MiB for receiving. */
static const uint64_t REFUSED_WITHIN = 16ull * MIB;

static void be_refused(struct server server)
{
    char chunk[CHUNK];
    int fd = connect_as_member(server);
    uint64_t sent = 0;
    while (sent < REFUSED_WITHIN) {
        fill_pattern(chunk, sizeof chunk, sent);
        ssize_t count = send(fd, chunk, sizeof chunk, MSG_NOSIGNAL);
        if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            close(fd);
            return;
        }
        if (count < 0)
            fail("the server neither reads the line nor ends the connection: %m");
        sent += (uint64_t)count;
    }
    fail("the server has taken %llu MiB of one line", (unsigned long long)(sent / MIB));
}

static void be_echoed(struct server server)
{
    char chunk[CHUNK];
    int fd = connect_to(server.port);
    uint64_t sent = 0, received = 0;
    while (received < LINE) {
        struct pollfd ready = {.fd = fd, .events = POLLIN | (sent < LINE ? POLLOUT : 0)};
        if (poll(&ready, 1, PATIENCE_SECONDS * 1000) <= 0)
            fail("%llu bytes of the line have not come back",
                 (unsigned long long)(LINE - received));
        if (ready.revents & POLLOUT) {
            size_t size = LINE - sent < CHUNK ? (size_t)(LINE - sent) : CHUNK;
            fill_pattern(chunk, size, sent);
            ssize_t count = send(fd, chunk, size, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count < 0 && errno != EAGAIN)
                fail("send: %m");
            sent += count > 0 ? (uint64_t)count : 0;
        }
        if (ready.revents & ~POLLOUT) {
            size_t count = receive_some(fd, chunk, sizeof chunk);
            if (count == 0 || received + count > sent || !is_pattern(chunk, count, received))
                fail("after %llu bytes of the line other ones came back, or none",
                     (unsigned long long)received);
            received += count;
        }
    }
    close(fd);
}

unsigned long endless_line(struct server server, double seconds)
{
    unsigned long count = 0;
    for (double end = now() + seconds; count == 0 || now() < end; count++) {
        if (server.service == TCP_ECHO)
            be_echoed(server);
        else
            be_refused(server);
    }
    return count;
}
