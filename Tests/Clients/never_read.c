/*
 * Sends lines and doesn't read the answers, until the server can't send any
 * more and takes nothing more. Then, by turns, it closes, or reads all of it
 * after all: nothing may be missing.
 */
#include "clients.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE = 256 };

/* Nothing was taken for so long: the server is stuck, not slow. */
enum { STUCK_MILLISECONDS = 500 };

static void fill_lines(char *bytes, size_t count, uint64_t position)
{
    fill_pattern(bytes, count, position);
    for (size_t i = 0; i < count; i++)
        if ((position + i) % LINE == LINE - 1)
            bytes[i] = '\n';
}

/* Returns how many bytes were taken. */
static uint64_t send_until_stuck(int fd, double end)
{
    uint64_t sent = 0;
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    while (poll(&ready, 1, STUCK_MILLISECONDS) > 0) {
        char lines[64 * LINE];
        fill_lines(lines, sizeof lines, sent);
        ssize_t count = send(fd, lines, sizeof lines, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN)
            fail("send: %m");
        sent += count > 0 ? (uint64_t)count : 0;
        if (now() > end)
            fail("the server has taken %llu MiB without sending",
                 (unsigned long long)(sent / MIB));
    }
    return sent;
}

static void read_after_all(struct server server, int fd, uint64_t sent)
{
    end_sending(fd);
    uint64_t expected = sent;
    /* A last line without an end is given back with one. */
    if (server.service == ECHO_SERVER && sent % LINE != 0)
        expected++;
    uint64_t received = 0;
    for (;;) {
        char bytes[16 * 1024], lines[sizeof bytes];
        size_t count = receive_some(fd, bytes, sizeof bytes);
        if (count == 0)
            break;
        fill_lines(lines, count, received);
        received += count;
        if (received == expected && expected > sent)
            lines[count - 1] = '\n';
        if (memcmp(bytes, lines, count) != 0)
            fail("other bytes came back");
    }
    if (received != expected)
        fail("%llu bytes came back, not the %llu expected", (unsigned long long)received,
             (unsigned long long)expected);
}

unsigned long never_read(struct server server, double seconds)
{
    unsigned long count = 0;
    for (double end = now() + seconds; count < 2 || now() < end; count++) {
        int fd = connect_as_member(server);
        uint64_t sent = send_until_stuck(fd, now() + PATIENCE_SECONDS);
        if (server.service != CHAT_SERVER && count % 2 == 0)
            read_after_all(server, fd, sent);
        close(fd);
    }
    return count;
}
