/*
 * tls-load PORT CONNECTIONS SECONDS
 *
 * Shakes hands with a TLS server on 127.0.0.1:PORT from one thread, with
 * CONNECTIONS at a time. Each says goodbye as soon as the handshake is done and
 * makes room for the next; none resumes an earlier session. After SECONDS no
 * new one begins, the last are awaited, and one JSON object is printed:
 *
 *     {"handshakes":N,"seconds":S,"errors":E}
 *
 * The server's certificate is taken as it is: what this program computes is
 * not what is measured. A connection that fails, or is not done a second after
 * the end, is an error. The exit status is 1 if there was any.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
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

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { EVENTS_PER_WAIT = 256, MAX_CONNECTIONS = 1000 };

static const double MAX_SECONDS = 3600;
static const double GRACE_SECONDS = 1;

struct connection {
    int fd; /* -1 while there is none */
    SSL *ssl;
};

static int epoll_fd;
static SSL_CTX *context;
static struct sockaddr_in address;
static uint64_t handshakes;
static size_t errors;
static size_t running;

static void die(const char *what)
{
    fprintf(stderr, "tls-load: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void begin(struct connection *connection)
{
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        die("socket");
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* A port that a closed connection has left can be used again at once: a
     * reset leaves no TIME_WAIT, of which there would soon be too many. */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0
        && errno != EINPROGRESS)
        die("connect");
    connection->ssl = SSL_new(context);
    if (!connection->ssl || !SSL_set_fd(connection->ssl, connection->fd))
        die("SSL_new");
    SSL_set_connect_state(connection->ssl);
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLET,
        .data.ptr = connection,
    };
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) < 0)
        die("epoll_ctl");
    running++;
}

static void end(struct connection *connection)
{
    SSL_free(connection->ssl);
    close(connection->fd);
    connection->fd = -1;
    running--;
}

static void handle(struct connection *connection, bool may_begin)
{
    /* Closed by an event before this one of the same wait. */
    if (connection->fd < 0)
        return;
    ERR_clear_error();
    int result = SSL_do_handshake(connection->ssl);
    if (result == 1) {
        handshakes++;
        SSL_shutdown(connection->ssl);
    } else {
        int error = SSL_get_error(connection->ssl, result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
            return;
        errors++;
    }
    end(connection);
    if (may_begin)
        begin(connection);
}

/* Returns the seconds from the first handshake to the last. */
static double run(struct connection *connections, size_t count, double seconds)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    double start = now();
    double last_begin = start + seconds;

    for (size_t i = 0; i < count; i++)
        begin(&connections[i]);
    double time = start;
    while (running > 0 && time < last_begin + GRACE_SECONDS) {
        int ready = epoll_wait(epoll_fd, events, EVENTS_PER_WAIT, 100);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        time = now();
        for (int i = 0; i < ready; i++)
            handle(events[i].data.ptr, time < last_begin);
    }
    return time - start;
}

/* Returns a number from `low` to `high`, or ends the program. */
static double parse(const char *text, const char *name, double low, double high)
{
    char *rest;
    double value = strtod(text, &rest);
    if (rest == text || *rest != '\0' || !(value >= low && value <= high)) {
        fprintf(stderr, "tls-load: %s must be a number from %g to %g\n", name, low, high);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: tls-load PORT CONNECTIONS SECONDS\n");
        return 2;
    }
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)parse(argv[1], "PORT", 1, UINT16_MAX));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size_t count = (size_t)parse(argv[2], "CONNECTIONS", 1, MAX_CONNECTIONS);
    double seconds = parse(argv[3], "SECONDS", 0, MAX_SECONDS);

    context = SSL_CTX_new(TLS_client_method());
    if (!context)
        die("SSL_CTX_new");
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        die("epoll_create1");
    struct connection *connections = calloc(count, sizeof *connections);
    if (!connections)
        die("calloc");
    for (size_t i = 0; i < count; i++)
        connections[i].fd = -1;

    double elapsed = run(connections, count, seconds);

    for (size_t i = 0; i < count; i++)
        if (connections[i].fd >= 0) {
            errors++;
            end(&connections[i]);
        }
    free(connections);
    SSL_CTX_free(context);
    close(epoll_fd);

    printf("{\"handshakes\":%llu,\"seconds\":%.6f,\"errors\":%zu}\n",
           (unsigned long long)handshakes, elapsed, errors);
    return errors > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
