/*
 * idle-connections http|websocket PORT CONNECTIONS
 *
 * Opens CONNECTIONS connections to a server on 127.0.0.1:PORT and uses each
 * once: by HTTP it asks for /plaintext, and as a WebSocket it wants a message
 * echoed. It leaves them open, prints "ready" and waits until its standard
 * input ends, so that the server can be looked at meanwhile. A wrong answer
 * ends it with status 1, and so does a connection that the server did not keep
 * until the end.
 */
#define _GNU_SOURCE

#include "support.h"
#include "websocket.h"

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
    MAX_IDLE_CONNECTIONS = 1000000,
    CONNECTIONS_PER_ADDRESS = 10000, /* of some 28,000 ports */
    OTHER_DESCRIPTORS = 16,
    ANSWER_SIZE = 4096,
    PATIENCE_SECONDS = 20,
    PING_HEADER = 0x89,
};

static const char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char greeting[] = "Hello, World!";
static const char answer_end[] = "\r\n\r\nHello, World!";

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

static void ask_by_http(int fd)
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
    } while (length < strlen(answer_end)
             || memcmp(answer + length - strlen(answer_end), answer_end,
                       strlen(answer_end)) != 0);
    if (strncmp(answer, "HTTP/1.1 200 ", strlen("HTTP/1.1 200 ")) != 0)
        fail("an answer is not 200");
}

static void ask_by_websocket(int fd)
{
    char frame[MAX_HEADER_SIZE + sizeof greeting], expected[sizeof frame], answer[sizeof frame];
    size_t size = strlen(greeting);
    size_t expected_size = header_size(size) + size;
    write_header(expected, TEXT, size);
    memcpy(expected + header_size(size), greeting, size);
    write_masked(frame, TEXT, greeting, size, "mask");

    open_websocket(fd);
    ssize_t frame_size = (ssize_t)(expected_size + MASK_SIZE);
    if (send(fd, frame, (size_t)frame_size, MSG_NOSIGNAL) != frame_size)
        die("send");
    if (recv(fd, answer, expected_size, MSG_WAITALL) != (ssize_t)expected_size)
        die("recv");
    if (memcmp(answer, expected, expected_size) != 0)
        fail("an answer is not the message that was sent");
}

/* A WebSocket server may have asked meanwhile whether its client is still there. */
static bool is_open(int fd, bool may_be_pinged)
{
    char byte;
    ssize_t received = recv(fd, &byte, 1, MSG_DONTWAIT);
    if (received < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK;
    return may_be_pinged && received == 1 && byte == (char)PING_HEADER;
}

int main(int argc, char **argv)
{
    bool by_websocket = argc == 4 && strcmp(argv[1], "websocket") == 0;
    if (argc != 4 || (!by_websocket && strcmp(argv[1], "http") != 0)) {
        fprintf(stderr, "usage: idle-connections http|websocket PORT CONNECTIONS\n");
        return 2;
    }
    uint16_t port = (uint16_t)parse(argv[2], "PORT", 1, UINT16_MAX);
    size_t count = (size_t)parse(argv[3], "CONNECTIONS", 1, MAX_IDLE_CONNECTIONS);

    raise_descriptor_limit(count);
    int *connections = calloc(count, sizeof *connections);
    if (connections == NULL)
        die("calloc");
    for (size_t i = 0; i < count; i++) {
        connections[i] = open_connection(port, i);
        if (by_websocket)
            ask_by_websocket(connections[i]);
        else
            ask_by_http(connections[i]);
    }

    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;

    for (size_t i = 0; i < count; i++) {
        if (!is_open(connections[i], by_websocket))
            fail("the server did not keep every connection");
        close(connections[i]);
    }
    free(connections);
    return EXIT_SUCCESS;
}
