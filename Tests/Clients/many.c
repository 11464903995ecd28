/*
 * Holds many connections open at the same time. In each round all of them send
 * a message before any answer is read, so that all messages are under way at
 * once; what comes back must be those bytes, in order, and no others.
 */
#define _GNU_SOURCE
#include "clients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROUNDS = 5,
    LARGEST_MESSAGE = 8192, /* twice what tcp-echo receives at a time */
    EVENTS_PER_WAIT = 512,
};

static int *sockets;
static size_t *missing; /* bytes of the round's answer, by connection */
static uint64_t bytes_echoed;

/* Different for every connection and round, and in every 8 bytes of it: what
 * is lost, doubled, late or somebody else's can't look right. */
static uint64_t word(size_t connection, int round, size_t index)
{
    uint64_t seed = ((uint64_t)connection << 24) + ((uint64_t)round << 16) + index + 1;
    seed *= 0x9e3779b97f4a7c15;
    return seed ^ seed >> 29;
}

static size_t message_size(size_t connection, int round)
{
    return 1 + word(connection, round, LARGEST_MESSAGE) % LARGEST_MESSAGE;
}

static const char *message(size_t connection, int round)
{
    static uint64_t words[LARGEST_MESSAGE / sizeof(uint64_t)];
    for (size_t i = 0; i < LARGEST_MESSAGE / sizeof *words; i++)
        words[i] = word(connection, round, i);
    return (const char *)words;
}

/* Returns whether that was the last of the answer. */
static bool receive_answer(size_t connection, int round)
{
    char received[LARGEST_MESSAGE];
    ssize_t count = recv(sockets[connection], received, sizeof received, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (count < 0)
        fail("connection %zu, message %d: %m", connection, round);
    if (count == 0 || (size_t)count > missing[connection])
        fail("connection %zu, message %d: %s", connection, round,
             count == 0 ? "ended by the server" : "more came back than was sent");

    size_t done = message_size(connection, round) - missing[connection];
    if (memcmp(received, message(connection, round) + done, (size_t)count) != 0)
        fail("connection %zu, message %d: other bytes came back", connection, round);
    missing[connection] -= (size_t)count;
    bytes_echoed += (uint64_t)count;
    return missing[connection] == 0;
}

static void play_round(int epoll, size_t count, int round)
{
    for (size_t i = 0; i < count; i++) {
        missing[i] = message_size(i, round);
        send_all(sockets[i], message(i, round), missing[i]);
    }

    struct epoll_event events[EVENTS_PER_WAIT];
    for (size_t complete = 0; complete < count;) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_WAIT, PATIENCE_SECONDS * 1000);
        if (ready < 0)
            fail("epoll_wait: %m");
        if (ready == 0)
            fail("message %d: %zu connections got no answer", round, count - complete);
        for (int i = 0; i < ready; i++)
            if (receive_answer(events[i].data.u64, round))
                complete++;
    }
}

static void end_all(size_t count)
{
    char surplus;
    for (size_t i = 0; i < count; i++)
        end_sending(sockets[i]);
    for (size_t i = 0; i < count; i++)
        if (receive_some(sockets[i], &surplus, 1) != 0)
            fail("connection %zu: more came back than was sent", i);
    for (size_t i = 0; i < count; i++)
        close(sockets[i]);
}

void many(uint16_t port, pid_t pid, size_t count)
{
    raise_descriptor_limit(count + 64);
    sockets = calloc(count, sizeof *sockets);
    missing = calloc(count, sizeof *missing);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (sockets == NULL || missing == NULL || epoll < 0)
        fail("no memory or no epoll: %m");

    size_t descriptors = open_descriptors(pid), resident = resident_kib(pid);
    double start = now();
    for (size_t i = 0; i < count; i++) {
        sockets[i] = connect_to(port);
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event) < 0)
            fail("epoll_ctl: %m");
    }
    await_descriptors(pid, descriptors + count, "while all are connected");
    double connected = now();
    size_t resident_idle = resident_kib(pid);

    for (int round = 0; round < ROUNDS; round++)
        play_round(epoll, count, round);
    double answered = now();
    size_t resident_used = resident_kib(pid);
    await_descriptors(pid, descriptors + count, "after the messages");

    end_all(count);
    await_descriptors(pid, descriptors, "after all have gone");

    printf("%zu connections held, all made within %.1f s\n", count, connected - start);
    printf("%zu messages, %.0f MiB, echoed within %.1f s\n", count * ROUNDS,
           (double)bytes_echoed / MIB, answered - connected);
    printf("server: %.1f MiB resident before; %.1f MiB with all connected, %.2f KiB each; "
           "%.1f MiB after the messages, %.2f KiB each\n",
           (double)resident / 1024, (double)resident_idle / 1024,
           ((double)resident_idle - (double)resident) / (double)count,
           (double)resident_used / 1024,
           ((double)resident_used - (double)resident) / (double)count);
}
