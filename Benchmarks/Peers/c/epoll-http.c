/*
 * epoll-http PORT
 *
 * The yardstick for the HTTP benchmark: what a C programmer gets out of one
 * thread and level-triggered epoll. It serves /plaintext and /json on
 * 127.0.0.1:PORT, prints "ready" once it listens, and ends on SIGTERM.
 *
 * It does what a server has to, and no more: it reads the request line, splits
 * every field into name and value, heeds those that say where the request ends
 * or whether the connection does, skips a body that has a length, and answers
 * what is wrong. Both answers are put together once a second, when their date
 * changes; the answers to requests that came together leave in one send.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http-answer.h"
#include "http-request.h"

enum {
    EVENTS_PER_WAIT = 256,
    INPUT_SIZE = 8192,  /* and so the longest head there may be */
    SHORTEST_HEAD = 14, /* "G / HTTP/1.1", and two line feeds */
    /* All answers to a full input fit, and one to a refused rest, so that no
     * request has to wait until there is room. */
    OUTPUT_SIZE = (INPUT_SIZE / SHORTEST_HEAD + 1) * ANSWER_SIZE,
};

/* What is left over between two events, which for a connection at rest is
 * nothing: it holds no buffer then. */
struct connection {
    int fd;
    bool is_closing; /* once `output` is sent */
    uint64_t body_to_skip;

    char *input; /* the beginning of a request */
    size_t input_length;

    char *output; /* what the socket did not take */
    size_t output_from;
    size_t output_to;

    /* All open connections, so that the end of the program can free them. */
    struct connection *next;
    struct connection *previous;
};

static int epoll_fd;
static int listener_fd;
static int signal_fd;
static struct connection *connections;

static void die(const char *what)
{
    fprintf(stderr, "epoll-http: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static bool is_transient(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void *copy(const void *bytes, size_t length)
{
    void *result = malloc(length);
    if (result == NULL)
        die("malloc");
    return memcpy(result, bytes, length);
}

/* `token` is what epoll_wait hands back for this descriptor. */
static void watch(int operation, int fd, uint32_t events, void *token)
{
    struct epoll_event event = {.events = events, .data.ptr = token};
    if (epoll_ctl(epoll_fd, operation, fd, &event) < 0)
        die("epoll_ctl");
}

static void open_connection(int fd)
{
    int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
        die("TCP_NODELAY");

    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        die("calloc");
    connection->fd = fd;
    connection->next = connections;
    if (connections != NULL)
        connections->previous = connection;
    connections = connection;

    watch(EPOLL_CTL_ADD, fd, EPOLLIN, connection);
}

/* One epoll_wait reports a descriptor at most once, so nothing later in the
 * same batch refers to the connection that is freed here. */
static void close_connection(struct connection *connection)
{
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;

    close(connection->fd);
    free(connection->input);
    free(connection->output);
    free(connection);
}

static void accept_all(void)
{
    for (;;) {
        int fd = accept4(listener_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            open_connection(fd);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        else if (errno != EINTR && errno != ECONNABORTED)
            die("accept4");
    }
}

/* Answers all requests that are complete in `input`, into `output`, and leaves
 * the rest. Returns the length of the answers. */
static size_t answer_all(struct connection *connection, struct text *input, char *output)
{
    size_t length = 0;
    while (!connection->is_closing) {
        uint64_t skipped = connection->body_to_skip < input->length ? connection->body_to_skip
                                                                    : input->length;
        input->start += skipped;
        input->length -= skipped;
        connection->body_to_skip -= skipped;
        if (input->length == 0)
            break;

        struct request request;
        if (!take_request(input, &request)) {
            if (input->length < INPUT_SIZE)
                break;
            request.refusal = TOO_LARGE;
        }
        const struct answer *answer = answer_to(&request);
        connection->body_to_skip = request.content_length;
        connection->is_closing = request.refusal != NOT_REFUSED || !request.keeps_alive;
        enum ending ending = connection->is_closing ? CLOSES : STAYS_OPEN;
        memcpy(output + length, answer->bytes[ending], answer->length[ending]);
        length += answer->length[ending];
    }
    return length;
}

/* Sends as much as the socket takes, and keeps the rest. Returns false if the
 * connection has ended. */
static bool send_answers(struct connection *connection, const char *output, size_t length)
{
    ssize_t sent = send(connection->fd, output, length, MSG_NOSIGNAL);
    if (sent == (ssize_t)length)
        return true;
    if (sent < 0 && !is_transient(errno))
        return false;

    size_t taken = sent < 0 ? 0 : (size_t)sent;
    connection->output = copy(output + taken, length - taken);
    connection->output_from = 0;
    connection->output_to = length - taken;
    watch(EPOLL_CTL_MOD, connection->fd, EPOLLOUT, connection);
    return true;
}

/* The hot path: one recv and one send. Both buffers are shared, so they stay
 * in the processor's cache; only what is left over is copied out of them. */
static void serve(struct connection *connection)
{
    static char received[INPUT_SIZE];
    static char output[OUTPUT_SIZE];

    size_t held = connection->input_length;
    if (held > 0)
        memcpy(received, connection->input, held);
    ssize_t count = recv(connection->fd, received + held, sizeof received - held, 0);
    if (count < 0 && is_transient(errno))
        return;
    if (count <= 0) {
        close_connection(connection);
        return;
    }
    if (held > 0) {
        free(connection->input);
        connection->input = NULL;
        connection->input_length = 0;
    }

    struct text input = {received, held + (size_t)count};
    size_t length = answer_all(connection, &input, output);
    if (length > 0 && !send_answers(connection, output, length)) {
        close_connection(connection);
        return;
    }
    if (connection->is_closing) {
        if (connection->output == NULL)
            close_connection(connection);
    } else if (input.length > 0) {
        connection->input = copy(input.start, input.length);
        connection->input_length = input.length;
    }
}

static void flush_output(struct connection *connection)
{
    ssize_t sent = send(connection->fd, connection->output + connection->output_from,
                        connection->output_to - connection->output_from, MSG_NOSIGNAL);
    if (sent < 0) {
        if (!is_transient(errno))
            close_connection(connection);
        return;
    }

    connection->output_from += (size_t)sent;
    if (connection->output_from < connection->output_to)
        return;
    if (connection->is_closing) {
        close_connection(connection);
        return;
    }
    free(connection->output);
    connection->output = NULL;
    watch(EPOLL_CTL_MOD, connection->fd, EPOLLIN, connection);
}

static void listen_on(uint16_t port)
{
    listener_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener_fd < 0)
        die("socket");

    int on = 1;
    if (setsockopt(listener_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        die("SO_REUSEADDR");

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (bind(listener_fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("bind");
    if (listen(listener_fd, SOMAXCONN) < 0)
        die("listen");
}

/* SIGTERM arrives as one more readable descriptor, so the loop needs no
 * handler, no flag and no second system call. */
static void catch_sigterm(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        die("sigprocmask");
    signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signal_fd < 0)
        die("signalfd");
}

static void serve_until_sigterm(void)
{
    struct epoll_event events[EVENTS_PER_WAIT];

    for (;;) {
        int count = epoll_wait(epoll_fd, events, EVENTS_PER_WAIT, -1);
        if (count < 0 && errno != EINTR)
            die("epoll_wait");

        refresh_answers();
        for (int i = 0; i < count; i++) {
            void *token = events[i].data.ptr;
            if (token == &signal_fd)
                return;
            if (token == &listener_fd) {
                accept_all();
                continue;
            }
            /* What to do follows from the connection's own state: an error
             * or a hang-up shows in the call that is made anyway. */
            struct connection *connection = token;
            if (connection->output == NULL)
                serve(connection);
            else
                flush_output(connection);
        }
    }
}

int main(int argc, char **argv)
{
    char *end = NULL;
    long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (end == NULL || *end != '\0' || port < 1 || port > UINT16_MAX) {
        fprintf(stderr, "usage: epoll-http PORT\n");
        return 2;
    }

    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        die("epoll_create1");
    catch_sigterm();
    listen_on((uint16_t)port);
    watch(EPOLL_CTL_ADD, signal_fd, EPOLLIN, &signal_fd);
    watch(EPOLL_CTL_ADD, listener_fd, EPOLLIN, &listener_fd);

    puts("ready");
    fflush(stdout);
    serve_until_sigterm();

    while (connections != NULL)
        close_connection(connections);
    close(listener_fd);
    close(signal_fd);
    close(epoll_fd);
    return 0;
}
