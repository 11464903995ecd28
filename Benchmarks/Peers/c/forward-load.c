/*
 * forward-load PORT TARGET_PORT MEBIBYTES
 *
 * Loads a forwarder from one thread: listens on 127.0.0.1:TARGET_PORT, to which
 * the forwarder on 127.0.0.1:PORT forwards, connects through it, and sends
 * MEBIBYTES each way at the same time. Prints one JSON object:
 *
 *     {"bytes":N,"seconds":S,"errors":E}
 *
 * N counts both ways. One in sixteen of what arrives is compared with what was
 * sent; the rest is only counted, so that this program costs little. A wrong
 * byte, an end at the wrong place, or ten seconds without progress is an error,
 * and the exit status is 1 then.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CHUNK = 1 << 18,
    PERIOD = (1 << 20) + 7, /* of what is sent: no multiple of any buffer */
    MAX_MEBIBYTES = 1 << 20,
    PATIENCE_MS = 10000,
};

struct end {
    int fd;
    uint64_t sent;
    uint64_t received;
    bool has_ended; /* the other end has said so */
};

static char pattern[PERIOD + CHUNK];
static char room[CHUNK];
static uint64_t total;
static unsigned errors;
static unsigned reads;

static void die(const char *what)
{
    fprintf(stderr, "forward-load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static int open_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    return fd;
}

static void connect_through(uint16_t port, uint16_t target_port, struct end ends[2])
{
    int listener = open_socket(), on = 1;
    struct sockaddr_in here = loopback(target_port), there = loopback(port);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, 8) < 0)
        die("listen");
    ends[0].fd = open_socket();
    if (connect(ends[0].fd, (struct sockaddr *)&there, sizeof there) < 0)
        die("connect");
    struct pollfd wait = { .fd = listener, .events = POLLIN };
    if (poll(&wait, 1, PATIENCE_MS) != 1)
        die("the forwarder does not connect");
    ends[1].fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (ends[1].fd < 0)
        die("accept");
    close(listener);
    for (int i = 0; i < 2; i++)
        if (fcntl(ends[i].fd, F_SETFL, O_NONBLOCK) < 0)
            die("O_NONBLOCK");
}

static void send_some(struct end *end)
{
    uint64_t left = total - end->sent;
    size_t count = left < CHUNK ? (size_t)left : CHUNK;
    ssize_t sent = send(end->fd, pattern + end->sent % PERIOD, count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        die("send");
    if (sent > 0)
        end->sent += (uint64_t)sent;
    if (end->sent == total)
        shutdown(end->fd, SHUT_WR);
}

static void receive_some(struct end *end)
{
    /* With MSG_TRUNC TCP throws the bytes away instead of copying them. */
    bool compares = reads++ % 16 == 0;
    ssize_t got = recv(end->fd, room, CHUNK, compares ? 0 : MSG_TRUNC);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got < 0)
        die("recv");
    if (got == 0) {
        end->has_ended = true;
        errors += end->received != total;
        return;
    }
    if (compares && memcmp(room, pattern + end->received % PERIOD, (size_t)got) != 0)
        errors++;
    end->received += (uint64_t)got;
}

static void run(struct end ends[2])
{
    while (!ends[0].has_ended || !ends[1].has_ended) {
        struct pollfd waits[2];
        for (int i = 0; i < 2; i++) {
            short events = ends[i].has_ended ? 0 : POLLIN;
            if (ends[i].sent < total)
                events |= POLLOUT;
            waits[i] = (struct pollfd){ .fd = events ? ends[i].fd : -1, .events = events };
        }
        int ready = poll(waits, 2, PATIENCE_MS);
        if (ready < 0 && errno != EINTR)
            die("poll");
        if (ready == 0) {
            errors++;
            return;
        }
        for (int i = 0; i < 2; i++) {
            if (waits[i].revents & POLLOUT)
                send_some(&ends[i]);
            if (waits[i].revents & (POLLIN | POLLHUP | POLLERR))
                receive_some(&ends[i]);
        }
    }
}

static long parse(const char *text, const char *name, long most)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > most) {
        fprintf(stderr, "forward-load: %s must be a number from 1 to %ld\n", name, most);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: forward-load PORT TARGET_PORT MEBIBYTES\n");
        return 2;
    }
    uint16_t port = (uint16_t)parse(argv[1], "PORT", UINT16_MAX);
    uint16_t target_port = (uint16_t)parse(argv[2], "TARGET_PORT", UINT16_MAX);
    total = (uint64_t)parse(argv[3], "MEBIBYTES", MAX_MEBIBYTES) << 20;

    uint32_t state = 1;
    for (size_t i = 0; i < PERIOD; i++) {
        state = state * 1664525 + 1013904223;
        pattern[i] = (char)(state >> 24);
    }
    memcpy(pattern + PERIOD, pattern, CHUNK);

    struct end ends[2] = { 0 };
    connect_through(port, target_port, ends);
    double start = now();
    run(ends);
    double elapsed = now() - start;

    printf("{\"bytes\":%llu,\"seconds\":%.6f,\"errors\":%u}\n",
           (unsigned long long)(ends[0].received + ends[1].received), elapsed, errors);
    return errors > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
