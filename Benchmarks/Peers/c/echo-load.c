/*
 * echo-load PORT CONNECTIONS SECONDS MESSAGE_SIZE
 *
 * Loads an echo server on 127.0.0.1:PORT from one thread. Every connection
 * plays ping-pong: it sends a message, waits until all of it is back, checks
 * the bytes, and sends the next. After SECONDS no new message is sent, the
 * last replies are awaited, and one JSON object is printed:
 *
 *     {"messages":N,"seconds":S,"errors":E}
 *
 * A connection that fails counts as one error: a wrong byte, an early end, or
 * a reply that is still missing a second after the last message was sent. The
 * exit status is 1 if there was any.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_PER_WAIT = 256,
    MAX_CONNECTIONS = 60000,
    MAX_MESSAGE_SIZE = 1 << 24,
};

static const double MAX_SECONDS = 3600;
static const double GRACE_SECONDS = 1;

struct connection {
    int fd; /* -1 once it failed */
    bool awaits_reply;
    bool watches_output;
    size_t sent;
    size_t received;
    char *message;
    char *reply;
};

static int epoll_fd;
static size_t message_size;
static uint64_t messages_started;
static uint64_t messages_echoed;
static size_t errors;
static size_t awaiting; /* connections whose reply is outstanding */

static void die(const char *what)
{
    fprintf(stderr, "echo-load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool is_transient(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void watch(int operation, struct connection *connection, bool output)
{
    struct epoll_event event = {
        .events = output ? EPOLLIN | EPOLLOUT : EPOLLIN,
        .data.ptr = connection,
    };
    if (epoll_ctl(epoll_fd, operation, connection->fd, &event) < 0)
        die("epoll_ctl");
    connection->watches_output = output;
}

static void fail(struct connection *connection)
{
    errors++;
    if (connection->awaits_reply)
        awaiting--;
    connection->awaits_reply = false;
    close(connection->fd);
    connection->fd = -1;
}

/* Each connection's bytes differ from its neighbours', so that a reply which
 * went to the wrong connection is noticed. */
static void open_connection(struct connection *connection, uint16_t port, size_t number)
{
    connection->message = malloc(message_size);
    connection->reply = malloc(message_size);
    if (connection->message == NULL || connection->reply == NULL)
        die("malloc");
    for (size_t i = 0; i < message_size; i++)
        connection->message[i] = (char)(number * 31 + i * 7);

    /* Connecting may block; only the exchange of messages is measured. */
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        die("socket");
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("connect");

    int on = 1;
    if (setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
        die("TCP_NODELAY");
    if (fcntl(connection->fd, F_SETFL, O_NONBLOCK) < 0)
        die("O_NONBLOCK");
    watch(EPOLL_CTL_ADD, connection, false);
}

/* Sends what is left of the message, and watches for room if not all of it
 * fits. Replies are read meanwhile: a server that waits for its own output to
 * drain would otherwise never take the rest. */
static void send_rest(struct connection *connection)
{
    ssize_t sent = send(connection->fd, connection->message + connection->sent,
                        message_size - connection->sent, MSG_NOSIGNAL);
    if (sent < 0 && !is_transient(errno)) {
        fail(connection);
        return;
    }
    if (sent > 0)
        connection->sent += (size_t)sent;

    bool unfinished = connection->sent < message_size;
    if (unfinished != connection->watches_output)
        watch(EPOLL_CTL_MOD, connection, unfinished);
}

/* A running number at the front makes every message differ from the one
 * before, so that stale bytes are noticed too. */
static void start_message(struct connection *connection)
{
    uint64_t stamp = messages_started++;
    memcpy(connection->message, &stamp,
           message_size < sizeof stamp ? message_size : sizeof stamp);
    connection->sent = connection->received = 0;
    connection->awaits_reply = true;
    awaiting++;
    send_rest(connection);
}

static void finish_message(struct connection *connection)
{
    if (memcmp(connection->message, connection->reply, message_size) != 0) {
        fail(connection);
        return;
    }
    messages_echoed++;
    awaiting--;
    connection->awaits_reply = false;
}

static void receive_some(struct connection *connection)
{
    /* A reply can't be longer than what was sent: between messages, and past
     * the end of one, there is nothing to expect but the end of the stream.
     * One spare byte makes such a surplus visible. */
    char surplus;
    size_t missing = connection->sent - connection->received;
    ssize_t received = recv(connection->fd,
                            missing > 0 ? connection->reply + connection->received : &surplus,
                            missing > 0 ? missing : 1, 0);
    if (received < 0 && is_transient(errno))
        return;
    if (received <= 0 || missing == 0) {
        fail(connection);
        return;
    }

    connection->received += (size_t)received;
    if (connection->received == message_size)
        finish_message(connection);
}

static void handle(struct connection *connection, uint32_t events, bool may_start)
{
    if (events & EPOLLOUT)
        send_rest(connection);
    if (connection->fd >= 0 && (events & ~(uint32_t)EPOLLOUT))
        receive_some(connection);
    if (connection->fd >= 0 && !connection->awaits_reply && may_start)
        start_message(connection);
}

/* Returns the seconds from the first message to the last reply. */
static double run(struct connection *connections, size_t count, double seconds)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    double start = now();
    double last_message = start + seconds;
    double last_reply = last_message + GRACE_SECONDS;

    for (size_t i = 0; i < count; i++)
        start_message(&connections[i]);

    double time = start;
    while (awaiting > 0 && time < last_reply) {
        int timeout = (int)((last_reply - time) * 1000) + 1;
        int ready = epoll_wait(epoll_fd, events, EVENTS_PER_WAIT, timeout);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");

        time = now();
        for (int i = 0; i < ready; i++)
            handle(events[i].data.ptr, events[i].events, time < last_message);
    }
    return time - start;
}

/* Returns a number from `low` to `high`, or ends the program. */
static double parse(const char *text, const char *name, double low, double high)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= low && value <= high)) {
        fprintf(stderr, "echo-load: %s must be a number from %g to %g\n", name, low, high);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: echo-load PORT CONNECTIONS SECONDS MESSAGE_SIZE\n");
        return 2;
    }
    uint16_t port = (uint16_t)parse(argv[1], "PORT", 1, UINT16_MAX);
    size_t count = (size_t)parse(argv[2], "CONNECTIONS", 1, MAX_CONNECTIONS);
    double seconds = parse(argv[3], "SECONDS", 0, MAX_SECONDS);
    message_size = (size_t)parse(argv[4], "MESSAGE_SIZE", 1, MAX_MESSAGE_SIZE);

    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        die("epoll_create1");
    struct connection *connections = calloc(count, sizeof *connections);
    if (connections == NULL)
        die("calloc");
    for (size_t i = 0; i < count; i++)
        open_connection(&connections[i], port, i);

    double elapsed = run(connections, count, seconds);

    for (size_t i = 0; i < count; i++) {
        if (connections[i].awaits_reply)
            fail(&connections[i]);
        if (connections[i].fd >= 0)
            close(connections[i].fd);
        free(connections[i].message);
        free(connections[i].reply);
    }
    free(connections);
    close(epoll_fd);

    printf("{\"messages\":%llu,\"seconds\":%.6f,\"errors\":%zu}\n",
           (unsigned long long)messages_echoed, elapsed, errors);
    return errors > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
