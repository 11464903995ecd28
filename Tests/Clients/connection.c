#define _GNU_SOURCE
#include "clients.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void set_option(int fd, int level, int name, const void *value, socklen_t length)
{
    if (setsockopt(fd, level, name, value, length) < 0)
        fail("setsockopt: %m");
}

int connect_to(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket: %m");
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    set_option(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    set_option(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int on = 1;
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect: %s", errno == EINPROGRESS ? "no answer" : strerror(errno));
    return fd;
}

void send_all(int fd, const void *bytes, size_t count)
{
    const char *rest = bytes;
    while (count > 0) {
        ssize_t sent = send(fd, rest, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            fail("send: %m");
        rest += sent;
        count -= (size_t)sent;
    }
}

size_t receive_some(int fd, void *bytes, size_t room)
{
    ssize_t received;
    do
        received = recv(fd, bytes, room, 0);
    while (received < 0 && errno == EINTR);
    if (received < 0)
        fail("receive: %s", errno == EAGAIN ? "no answer" : strerror(errno));
    return (size_t)received;
}

void end_sending(int fd)
{
    if (shutdown(fd, SHUT_WR) < 0)
        fail("shutdown: %m");
}

void close_with_reset(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    set_option(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

const char *new_name(void)
{
    static unsigned long count;
    static char name[24];
    snprintf(name, sizeof name, "%.3s%ld.%lu", client_name, (long)getpid(), count++);
    return name;
}

int connect_as_member(struct server server)
{
    int fd = connect_to(server.port);
    if (server.service == CHAT_SERVER) {
        char line[32];
        int length = snprintf(line, sizeof line, "%s\n", new_name());
        send_all(fd, line, (size_t)length);
    }
    return fd;
}
