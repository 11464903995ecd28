/*
 * idle-http PORT CONNECTIONS
 *
 * Opens CONNECTIONS connections to an HTTP server on 127.0.0.1:PORT, asks once
 * for /plaintext on each, reads the answer and leaves the connection open. It
 * then prints "ready" and waits until its standard input ends, so that the
 * server can be looked at meanwhile. A wrong answer ends it with status 1, and
 * so does a connection that the server did not keep until the end.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    MAX_CONNECTIONS = 1000000,
    CONNECTIONS_PER_ADDRESS = 10000, /* of some 28,000 ports */
    OTHER_DESCRIPTORS = 16,
    ANSWER_SIZE = 4096,
    PATIENCE_SECONDS = 20,
};

static const char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char body[] = "\r\n\r\nHello, World!";

static void fail(const char *what)
{
    fprintf(stderr, "idle-http: %s\n", what);
    exit(EXIT_FAILURE);
}

static void die(const char *what)
{
    fprintf(stderr, "idle-http: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void raise_descriptor_limit(size_t connections)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        die("getrlimit");
    rlim_t needed = connections + OTHER_DESCRIPTORS;
    if (limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = needed;
    if (limit.rlim_max < needed)
        limit.rlim_max = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        die("the limit of open files");
}

/* A pair of addresses has some 28,000 ports, and those of connections that
 * have just ended are taken; but all of 127.0.0.0/8 is this machine. */
static int open_connection(uint16_t port, size_t number)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");

    /* The port is chosen when the other end is known. */
    int on = 1;
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0)
        die("IP_BIND_ADDRESS_NO_PORT");
    uint32_t source = INADDR_LOOPBACK + 1 + (uint32_t)(number / CONNECTIONS_PER_ADDRESS);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("bind");

    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        die("SO_RCVTIMEO");
    /* No TIME_WAIT is left, of which there would soon be too many. */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0)
        die("SO_LINGER");

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("connect");
    return fd;
}

static void ask(int fd)
{
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
        die("send");

    char answer[ANSWER_SIZE];
    size_t length = 0;
    do {
        ssize_t received = recv(fd, answer + length, sizeof answer - length, 0);
        if (received < 0)
            die("recv");
        if (received == 0)
            fail("the server closed a connection, or its answer is too long");
        length += (size_t)received;
    } while (length < strlen(body)
             || memcmp(answer + length - strlen(body), body, strlen(body)) != 0);
    if (strncmp(answer, "HTTP/1.1 200 ", strlen("HTTP/1.1 200 ")) != 0)
        fail("an answer is not 200");
}

static bool is_open(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Returns a number from `low` to `high`, or ends the program. */
static unsigned long parse(const char *text, const char *name, unsigned long low,
                           unsigned long high)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value < low || value > high) {
        fprintf(stderr, "idle-http: %s must be a number from %lu to %lu\n", name, low, high);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: idle-http PORT CONNECTIONS\n");
        return 2;
    }
    uint16_t port = (uint16_t)parse(argv[1], "PORT", 1, UINT16_MAX);
    size_t count = parse(argv[2], "CONNECTIONS", 1, MAX_CONNECTIONS);

    raise_descriptor_limit(count);
    int *connections = calloc(count, sizeof *connections);
    if (connections == NULL)
        die("calloc");
    for (size_t i = 0; i < count; i++) {
        connections[i] = open_connection(port, i);
        ask(connections[i]);
    }

    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;

    for (size_t i = 0; i < count; i++) {
        if (!is_open(connections[i]))
            fail("the server did not keep every connection");
        close(connections[i]);
    }
    free(connections);
    return EXIT_SUCCESS;
}
