#define _GNU_SOURCE

#include "ping-pong.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_PER_WAIT = 256 };

static const double GRACE_SECONDS = 1;

struct connection {
    int fd; /* -1 once it failed */
    bool awaits_reply;
    bool watches_output;
    size_t sent;
    size_t received;
    char *message;
    char *expected;
    char *reply;
};

static const struct ping_pong *game;
static int epoll_fd;
static uint64_t messages_started;
static uint64_t messages_echoed;
static size_t errors;
static size_t awaiting; /* connections whose reply is outstanding */

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

static void give_up(struct connection *connection)
{
    errors++;
    if (connection->awaits_reply)
        awaiting--;
    connection->awaits_reply = false;
    close(connection->fd);
    connection->fd = -1;
}

static void open_connection(struct connection *connection, uint16_t port, size_t number)
{
    connection->message = malloc(game->message_size);
    connection->expected = malloc(game->reply_size);
    connection->reply = malloc(game->reply_size);
    if (connection->message == NULL || connection->expected == NULL || connection->reply == NULL)
        die("malloc");
    game->fill(connection->message, connection->expected, number);

    /* Opening may block; only the exchange of messages is measured. */
    connection->fd = game->open(port);
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
                        game->message_size - connection->sent, MSG_NOSIGNAL);
    if (sent < 0 && !is_transient(errno)) {
        give_up(connection);
        return;
    }
    if (sent > 0)
        connection->sent += (size_t)sent;

    bool unfinished = connection->sent < game->message_size;
    if (unfinished != connection->watches_output)
        watch(EPOLL_CTL_MOD, connection, unfinished);
}

static void start_message(struct connection *connection)
{
    game->stamp(connection->message, connection->expected, messages_started++);
    connection->sent = connection->received = 0;
    connection->awaits_reply = true;
    awaiting++;
    send_rest(connection);
}

static void finish_message(struct connection *connection)
{
    if (memcmp(connection->expected, connection->reply, game->reply_size) != 0) {
        give_up(connection);
        return;
    }
    messages_echoed++;
    awaiting--;
    connection->awaits_reply = false;
}

static void receive_some(struct connection *connection)
{
    /* Between messages, and past the end of a reply, there is nothing to
     * expect but the end of the stream. One spare byte makes such a surplus
     * visible. */
    char surplus;
    size_t missing = connection->awaits_reply ? game->reply_size - connection->received : 0;
    ssize_t received = recv(connection->fd,
                            missing > 0 ? connection->reply + connection->received : &surplus,
                            missing > 0 ? missing : 1, 0);
    if (received < 0 && is_transient(errno))
        return;
    if (received <= 0 || missing == 0) {
        give_up(connection);
        return;
    }

    connection->received += (size_t)received;
    if (connection->received == game->reply_size)
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
static double exchange(struct connection *connections, size_t count, double seconds)
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

int play(const struct ping_pong *rules, uint16_t port, size_t count, double seconds)
{
    game = rules;
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        die("epoll_create1");
    struct connection *connections = calloc(count, sizeof *connections);
    if (connections == NULL)
        die("calloc");
    for (size_t i = 0; i < count; i++)
        open_connection(&connections[i], port, i);

    double elapsed = exchange(connections, count, seconds);

    for (size_t i = 0; i < count; i++) {
        if (connections[i].awaits_reply)
            give_up(&connections[i]);
        if (connections[i].fd >= 0)
            close(connections[i].fd);
        free(connections[i].message);
        free(connections[i].expected);
        free(connections[i].reply);
    }
    free(connections);
    close(epoll_fd);

    printf("{\"messages\":%llu,\"seconds\":%.6f,\"errors\":%zu}\n",
           (unsigned long long)messages_echoed, elapsed, errors);
    return errors > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
