/*
 * epoll-echo PORT
 *
 * The yardstick for the TCP echo benchmark: what a C programmer gets out of
 * one thread and level-triggered epoll. It echoes bytes on 127.0.0.1:PORT,
 * prints "ready" once it listens, and ends on SIGTERM.
 *
 * In the steady state a message costs one recv and one send, plus its share
 * of an epoll_wait that reports up to 256 ready sockets. Whatever green
 * threads cost on top of that is the library's doing.
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

enum { BUFFER_SIZE = 4096, EVENTS_PER_WAIT = 256 };

struct connection {
    int fd;

    /* Bytes that the socket did not take. While there are any, nothing more
     * is read, so one buffer's worth is always enough. */
    size_t pending_from;
    size_t pending_to;
    char pending[BUFFER_SIZE];

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
    fprintf(stderr, "epoll-echo: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static bool is_transient(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
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

    struct connection *connection = malloc(sizeof *connection);
    if (connection == NULL)
        die("malloc");
    connection->fd = fd;
    connection->pending_from = connection->pending_to = 0;

    connection->previous = NULL;
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

/* The hot path: one recv and one send. The buffer is shared, so it stays in
 * the processor's cache; only what the socket refuses is copied out of it. */
static void echo(struct connection *connection)
{
    static char buffer[BUFFER_SIZE];

    ssize_t received = recv(connection->fd, buffer, sizeof buffer, 0);
    if (received < 0 && is_transient(errno))
        return;
    if (received <= 0) {
        close_connection(connection);
        return;
    }

    ssize_t sent = send(connection->fd, buffer, (size_t)received, MSG_NOSIGNAL);
    if (sent == received)
        return;
    if (sent < 0 && !is_transient(errno)) {
        close_connection(connection);
        return;
    }

    size_t taken = sent < 0 ? 0 : (size_t)sent;
    connection->pending_from = 0;
    connection->pending_to = (size_t)received - taken;
    memcpy(connection->pending, buffer + taken, connection->pending_to);
    watch(EPOLL_CTL_MOD, connection->fd, EPOLLOUT, connection);
}

static void flush_pending(struct connection *connection)
{
    ssize_t sent = send(connection->fd, connection->pending + connection->pending_from,
                        connection->pending_to - connection->pending_from, MSG_NOSIGNAL);
    if (sent < 0) {
        if (!is_transient(errno))
            close_connection(connection);
        return;
    }

    connection->pending_from += (size_t)sent;
    if (connection->pending_from == connection->pending_to) {
        connection->pending_from = connection->pending_to = 0;
        watch(EPOLL_CTL_MOD, connection->fd, EPOLLIN, connection);
    }
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
            if (connection->pending_to == 0)
                echo(connection);
            else
                flush_pending(connection);
        }
    }
}

int main(int argc, char **argv)
{
    char *end = NULL;
    long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (end == NULL || *end != '\0' || port < 1 || port > UINT16_MAX) {
        fprintf(stderr, "usage: epoll-echo PORT\n");
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
