// recv, send and their relatives with each flag, connect and accept.
#include "transcript.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

static void *number(int fd)
{
    return (void *)(intptr_t)fd;
}

static void send_five(void *fd)
{
    if (send((int)(intptr_t)fd, "hello", 5, 0) != 5)
        abort();
}

static void send_urgent(void *fd)
{
    if (send((int)(intptr_t)fd, "!", 1, MSG_OOB) != 1)
        abort();
}

/// Until the kernel tells of an event.
static void wait_for(int fd, short event)
{
    struct pollfd one = { fd, event, 0 };
    do
        poll(&one, 1, -1);
    while (!(one.revents & event));
}

static void shut_down(void *fd)
{
    shutdown((int)(intptr_t)fd, SHUT_RDWR);
}

/// A TCP connection over loopback.
static void connect_pair(int ends[2])
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 5) != 0)
        abort();
    getsockname(listener, (struct sockaddr *)&address, &length);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(ends[0], (struct sockaddr *)&address, length) != 0)
        abort();
    ends[1] = accept(listener, NULL, NULL);
    close(listener);
}

static void receive_with_flags(int reads, int writes, int is_stream)
{
    char buffer[64] = { 0 };
    later *sender = when_asleep(send_five, number(writes));
    note_result("recv", recv(reads, buffer, sizeof buffer, 0));
    finish(sender);
    note_result("MSG_DONTWAIT", recv(reads, buffer, sizeof buffer, MSG_DONTWAIT));
    send_five(number(writes));
    note_result("MSG_PEEK", recv(reads, buffer, 3, MSG_PEEK));
    note_result("MSG_PEEK | MSG_DONTWAIT", recv(reads, buffer, 8, MSG_PEEK | MSG_DONTWAIT));
    note_result("MSG_TRUNC", recv(reads, buffer, 2, is_stream ? 0 : MSG_TRUNC));
    while (recv(reads, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
    send_five(number(writes));
    sender = when_asleep(send_five, number(writes));
    note_result("MSG_WAITALL", recv(reads, buffer, is_stream ? 10 : 5, MSG_WAITALL));
    finish(sender);
    send_five(number(writes));
    note_result("MSG_WAITALL | MSG_PEEK", recv(reads, buffer, 5, MSG_WAITALL | MSG_PEEK));
    while (recv(reads, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
    note_result("MSG_OOB without any", recv(reads, buffer, 8, MSG_OOB));
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    sender = when_asleep(send_five, number(writes));
    note_result("recvfrom", recvfrom(reads, buffer, 8, 0, (struct sockaddr *)&from, &length));
    note("an address of %u bytes", length);
    finish(sender);
    note_result("recvfrom to nowhere", recvfrom(reads, NULL, 0, MSG_DONTWAIT, NULL, NULL));
    struct timeval limit = { 0, 30000 };
    setsockopt(reads, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    while (recv(reads, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    note_result("SO_RCVTIMEO, recv", recv(reads, buffer, 8, 0));
    note_result("SO_RCVTIMEO, read", read(reads, buffer, 8));
    clock_gettime(CLOCK_MONOTONIC, &end);
    note("took its time: %d", (end.tv_sec - begin.tv_sec) * 1000
                                      + (end.tv_nsec - begin.tv_nsec) / 1000000 >= 59);
    if (is_stream) {
        send_five(number(writes));
        note_result("SO_RCVTIMEO in the middle", recv(reads, buffer, 8, MSG_WAITALL));
    }
    limit = (struct timeval){ 0, 0 };
    setsockopt(reads, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    fcntl(reads, F_SETFL, O_NONBLOCK);
    note_result("non-blocking", recv(reads, buffer, 8, 0));
    note_result("non-blocking, MSG_WAITALL", recv(reads, buffer, 8, MSG_WAITALL));
    fcntl(reads, F_SETFL, 0);
}

static void send_with_descriptor(void *argument)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec piece = { "hello", 5 };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control,
                              .msg_controllen = sizeof control };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
                                .cmsg_len = CMSG_LEN(sizeof(int)) };
    *(int *)(void *)CMSG_DATA(header) = 0;
    sendmsg((int)(intptr_t)argument, &message, 0);
}

/// MSG_WAITALL with several pieces, which the kernel fills one after another.
static void gathered_messages(void)
{
    int ends[2];
    char first[4], second[8], control[64];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    struct iovec pieces[] = { { first, sizeof first }, { NULL, 0 }, { second, sizeof second } };
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 3 };
    send_five(number(ends[1]));
    later *sender = when_asleep(send_five, number(ends[1]));
    later *other = when_asleep(send_five, number(ends[1]));
    note_result("MSG_WAITALL", recvmsg(ends[0], &message, MSG_WAITALL));
    finish(sender);
    finish(other);
    note("%.4s %.8s", first, second);
    note("pieces as they were: %d", message.msg_iov == pieces && message.msg_iovlen == 3
                                        && pieces[0].iov_base == first
                                        && pieces[2].iov_len == sizeof second);
    note_result("the rest", recv(ends[0], first, sizeof first, MSG_DONTWAIT));
    struct timeval limit = { 0, 30000 };
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    send_five(number(ends[1]));
    note_result("SO_RCVTIMEO in the middle", recvmsg(ends[0], &message, MSG_WAITALL));
    limit = (struct timeval){ 0, 0 };
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    send_with_descriptor(number(ends[1]));
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    note_result("with a descriptor", recvmsg(ends[0], &message, MSG_WAITALL));
    note("%zu bytes of control data", message.msg_controllen);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header)
        close(*(int *)(void *)CMSG_DATA(header));
    sender = when_asleep(send_five, number(ends[1]));
    message.msg_control = NULL;
    message.msg_controllen = 0;
    note_result("MSG_PEEK", recvmsg(ends[0], &message, MSG_WAITALL | MSG_PEEK));
    finish(sender);
    shutdown(ends[1], SHUT_WR);
    note_result("until the end", recvmsg(ends[0], &message, MSG_WAITALL));
    close(ends[0]);
    close(ends[1]);
}

static void *read_to_end(void *argument)
{
    char buffer[4096];
    long total = 0, got;
    while ((got = read((int)(intptr_t)argument, buffer, sizeof buffer)) > 0)
        total += got;
    return (void *)total;
}

/// More than there is room for, from a file's own position and from another.
static void file_sending(void)
{
    enum { SIZE = 1000000 };
    int ends[2];
    FILE *file = tmpfile();
    int fd = fileno(file);
    if (ftruncate(fd, SIZE) != 0)
        return;
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    pthread_t reader;
    pthread_create(&reader, NULL, read_to_end, number(ends[0]));
    off_t offset = 10;
    note_result("sendfile", sendfile(ends[1], fd, NULL, SIZE));
    note("position %ld", (long)lseek(fd, 0, SEEK_CUR));
    note_result("at its end", sendfile(ends[1], fd, NULL, 10));
    note_result("from an offset", sendfile(ends[1], fd, &offset, SIZE));
    note("offset %ld, position %ld", (long)offset, (long)lseek(fd, 0, SEEK_CUR));
    note_result("nothing", sendfile(ends[1], fd, NULL, 0));
    note_result("to a bad descriptor", sendfile(-1, fd, NULL, 10));
    note_result("from a bad descriptor", sendfile(ends[1], -1, NULL, 10));
    offset = -1;
    note_result("from before its beginning", sendfile(ends[1], fd, &offset, 10));
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    struct pollfd room = { ends[1], POLLOUT, 0 };
    poll(&room, 1, -1);
    offset = 0;
    note("some of it: %d", sendfile(ends[1], fd, &offset, SIZE) > 0 && offset > 0);
    close(ends[1]);
    void *total = NULL;
    pthread_join(reader, &total);
    note("all of it: %d", (long)total == SIZE + SIZE - 10 + offset);
    close(ends[0]);
    fclose(file);
}

static void unix_streams(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    receive_with_flags(ends[0], ends[1], 1);
    close(ends[0]);
    close(ends[1]);
}

static void unix_datagrams(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    receive_with_flags(ends[0], ends[1], 0);
    close(ends[0]);
    close(ends[1]);
}

static void tcp(void)
{
    int ends[2];
    char buffer[16];
    connect_pair(ends);
    receive_with_flags(ends[0], ends[1], 1);
    note_result("MSG_ERRQUEUE", recv(ends[0], buffer, 8, MSG_ERRQUEUE));
    send_urgent(number(ends[1]));
    wait_for(ends[0], POLLPRI);
    note_result("MSG_OOB", recv(ends[0], buffer, 8, MSG_OOB));
    later *end = when_asleep(shut_down, number(ends[1]));
    note_result("recv until the end", recv(ends[0], buffer, 8, 0));
    finish(end);
    note_result("recv at the end", recv(ends[0], buffer, 8, 0));
    // The other end answers with a reset.
    close(ends[1]);
    send(ends[0], "x", 1, MSG_NOSIGNAL);
    wait_for(ends[0], POLLERR);
    note_result("send to nobody", send(ends[0], "x", 1, MSG_NOSIGNAL));
    note_result("recv from nobody", recv(ends[0], buffer, 8, 0));
    close(ends[0]);
    note_result("recv of what is closed", recv(ends[0], buffer, 8, 0));
    note_result("send to what is closed", send(ends[0], buffer, 8, 0));
}

static void not_sockets(void)
{
    int ends[2];
    char buffer[8] = { 0 };
    pipe(ends);
    note_result("recv", recv(ends[0], buffer, 8, 0));
    note_result("send", send(ends[1], buffer, 8, 0));
    struct msghdr message = { 0 };
    note_result("recvmsg", recvmsg(ends[0], &message, 0));
    note_result("sendmsg", sendmsg(ends[1], &message, 0));
    note_result("accept", accept(ends[0], NULL, NULL));
    note_result("connect", connect(ends[0], NULL, 0));
    close(ends[0]);
    close(ends[1]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    note_result("recv, not connected", recv(fd, buffer, 8, 0));
    note_result("accept, not listening", accept(fd, NULL, NULL));
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    note_result("send, not connected", send(fd, buffer, 8, 0));
    signal(SIGPIPE, before);
    close(fd);
}

static void udp(void)
{
    int fds[2];
    struct sockaddr_in addresses[2];
    char buffer[64] = { 0 };
    for (int i = 0; i < 2; i++) {
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
        addresses[i] = (struct sockaddr_in){ .sin_family = AF_INET,
                                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof addresses[i];
        bind(fds[i], (struct sockaddr *)&addresses[i], length);
        getsockname(fds[i], (struct sockaddr *)&addresses[i], &length);
    }
    note_result("sendto", sendto(fds[0], "hello", 5, 0, (struct sockaddr *)&addresses[1],
                                 sizeof addresses[1]));
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    note_result("recvfrom", recvfrom(fds[1], buffer, 64, 0, (struct sockaddr *)&from, &length));
    note("from the other: %d", from.sin_port == addresses[0].sin_port);
    note_result("sendto without an address", sendto(fds[0], "hello", 5, 0, NULL, 0));
    connect(fds[0], (struct sockaddr *)&addresses[1], sizeof addresses[1]);
    later *sender = when_asleep(send_five, number(fds[0]));
    note_result("MSG_TRUNC", recv(fds[1], buffer, 2, MSG_TRUNC));
    finish(sender);
    note_result("an empty one", send(fds[0], "", 0, 0));
    note_result("comes", recv(fds[1], buffer, 8, 0));
    note_result("an empty one by write", write(fds[0], "", 0));
    note_result("comes too", recv(fds[1], buffer, 8, MSG_DONTWAIT));
    static char too_large[70000];
    note_result("too large", send(fds[0], too_large, sizeof too_large, 0));
    close(fds[0]);
    close(fds[1]);
}

static void messages(void)
{
    int ends[2];
    char buffer[64] = { 0 };
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    struct iovec pieces[] = { { buffer, 2 }, { buffer + 2, 62 } };
    union {
        struct cmsghdr header;
        char memory[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2, .msg_control = &control,
                              .msg_controllen = sizeof control };
    later *sender = when_asleep(send_five, number(ends[1]));
    note_result("recvmsg", recvmsg(ends[0], &message, 0));
    finish(sender);
    note("control data: %zu", message.msg_controllen);
    // A descriptor goes with the first part of what is too much at once.
    static char large[1 << 20];
    struct iovec piece = { large, sizeof large };
    control.header = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(&control.header), &ends[1], sizeof(int));
    struct msghdr passing = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof control };
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    ssize_t put = sendmsg(ends[1], &passing, 0);
    note("sendmsg, non-blocking, a part: %d", put > 0 && put < (ssize_t)sizeof large);
    note_result("sendmsg, full", sendmsg(ends[1], &passing, 0));
    note_result("sendmsg, MSG_DONTWAIT", sendmsg(ends[1], &passing, MSG_DONTWAIT));
    fcntl(ends[1], F_SETFL, 0);
    message.msg_controllen = sizeof control;
    note_result("recvmsg", recvmsg(ends[0], &message, 0));
    note("descriptors came: %d", message.msg_controllen >= CMSG_LEN(sizeof(int)));
    int passed = -1;
    if (CMSG_FIRSTHDR(&message))
        memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof passed);
    note("and is open: %d", fcntl(passed, F_GETFD) >= 0);
    close(passed);
    message.msg_iovlen = 5000;
    note_result("too many pieces", sendmsg(ends[1], &message, 0));
    close(ends[0]);
    close(ends[1]);
}

enum { LARGE = 1 << 20 };

static void receive_large(void *fd)
{
    char *buffer = malloc(LARGE);
    for (size_t got = 0; got < LARGE;) {
        ssize_t more = recv((int)(intptr_t)fd, buffer, LARGE - got, 0);
        if (more <= 0)
            abort();
        got += (size_t)more;
    }
    free(buffer);
}

static void large_messages(void)
{
    int ends[2];
    char *buffer = calloc(1, LARGE);
    connect_pair(ends);
    later *receiver = when_asleep(receive_large, number(ends[1]));
    note_result("send", send(ends[0], buffer, LARGE, 0));
    finish(receiver);
    struct iovec pieces[] = { { buffer, 7 }, { buffer, LARGE - 7 } };
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };
    receiver = when_asleep(receive_large, number(ends[1]));
    note_result("sendmsg", sendmsg(ends[0], &message, 0));
    finish(receiver);
    struct timeval limit = { 0, 50000 };
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ssize_t put;
    int parts = 0;
    while ((put = send(ends[0], buffer, LARGE, 0)) > 0)
        parts += put < LARGE;
    note("a part was sent in time: %d", parts > 0);
    note_result("SO_SNDTIMEO, send", put);
    note_result("SO_SNDTIMEO, write", write(ends[0], buffer, LARGE));
    note_result("SO_SNDTIMEO, sendmsg", sendmsg(ends[0], &message, 0));
    while ((put = send(ends[0], buffer, LARGE, MSG_DONTWAIT)) > 0)
        ;
    note_result("MSG_DONTWAIT", put);
    free(buffer);
    close(ends[0]);
    close(ends[1]);
}

static void several_messages(void)
{
    int ends[2];
    char buffers[3][16];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    struct iovec pieces[3];
    struct mmsghdr list[3];
    for (int i = 0; i < 3; i++) {
        pieces[i] = (struct iovec){ buffers[i], sizeof buffers[i] };
        list[i] = (struct mmsghdr){ { .msg_iov = &pieces[i], .msg_iovlen = 1 }, 0 };
        memset(buffers[i], 'a' + i, sizeof buffers[i]);
    }
    note_result("sendmmsg", sendmmsg(ends[1], list, 3, 0));
    note_result("recvmmsg", recvmmsg(ends[0], list, 3, 0, NULL));
    note("lengths %u %u %u", list[0].msg_len, list[1].msg_len, list[2].msg_len);
    later *sender = when_asleep(send_five, number(ends[1]));
    note_result("MSG_WAITFORONE", recvmmsg(ends[0], list, 3, MSG_WAITFORONE, NULL));
    finish(sender);
    note_result("MSG_DONTWAIT", recvmmsg(ends[0], list, 3, MSG_DONTWAIT, NULL));
    note_result("none", recvmmsg(ends[0], list, 0, 0, NULL));
    note_result("sendmmsg of none", sendmmsg(ends[1], list, 0, 0));
    struct timespec limit = { 0, 1 };
    send_five(number(ends[1]));
    send_five(number(ends[1]));
    note_result("a time that passes after one", recvmmsg(ends[0], list, 3, 0, &limit));
    limit = (struct timespec){ 0, -1 };
    note_result("no time", recvmmsg(ends[0], list, 3, MSG_DONTWAIT, &limit));
    close(ends[0]);
    close(ends[1]);
}

// ---- Connecting and accepting ------------------------------------------------------------

static void connect_later(void *opaque)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, opaque, sizeof(struct sockaddr_in)) != 0)
        abort();
    close(fd);
}

static void listeners(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    bind(listener, (struct sockaddr *)&address, length);
    listen(listener, 5);
    getsockname(listener, (struct sockaddr *)&address, &length);
    struct sockaddr_in peer;
    socklen_t peer_length = sizeof peer;
    later *client = when_asleep(connect_later, &address);
    int fd = accept(listener, (struct sockaddr *)&peer, &peer_length);
    finish(client);
    note("accept: %d, %u bytes, blocking: %d", fd >= 0, peer_length,
         !(fcntl(fd, F_GETFL) & O_NONBLOCK));
    close(fd);
    note("the listener's flags: %#x", fcntl(listener, F_GETFL));
    client = when_asleep(connect_later, &address);
    fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    finish(client);
    note("accept4: %d, non-blocking: %d, close-on-exec: %d", fd >= 0,
         fcntl(fd, F_GETFL) & O_NONBLOCK, fcntl(fd, F_GETFD));
    close(fd);
    note_result("accept4 with bad flags", accept4(listener, NULL, NULL, 0x40));
    struct timeval limit = { 0, 30000 };
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    note_result("SO_RCVTIMEO", accept(listener, NULL, NULL));
    limit = (struct timeval){ 0, 0 };
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    note("its flags: %#x", fcntl(listener, F_GETFL));
    note_result("non-blocking", accept(listener, NULL, NULL));
    fcntl(listener, F_SETFL, 0);
    note("its flags: %#x", fcntl(listener, F_GETFL));
    client = when_asleep(connect_later, &address);
    fd = accept(listener, NULL, NULL);
    finish(client);
    note("accept: %d", fd >= 0);
    close(fd);
    close(listener);
    note_result("closed", accept(listener, NULL, NULL));
}

static void accept_some(void *listener)
{
    for (int i = 0; i < 3; i++)
        close(accept((int)(intptr_t)listener, NULL, NULL));
}

static void connecting(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    bind(listener, (struct sockaddr *)&address, length);
    listen(listener, 5);
    getsockname(listener, (struct sockaddr *)&address, &length);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    note_result("connect", connect(fd, (struct sockaddr *)&address, length));
    note_result("once more", connect(fd, (struct sockaddr *)&address, length));
    note("blocking as before: %d", !(fcntl(fd, F_GETFL) & O_NONBLOCK));
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int result = connect(fd, (struct sockaddr *)&address, length);
    note("non-blocking: %d", result == 0 || errno == EINPROGRESS);
    close(fd);
    close(listener);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    note_result("to nobody", connect(fd, (struct sockaddr *)&address, length));
    note_result("an address that is cut", connect(fd, (struct sockaddr *)&address, 3));
    close(fd);
    note_result("closed", connect(fd, (struct sockaddr *)&address, length));
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    note_result("of another family", connect(fd, (struct sockaddr *)&address, length));
    close(fd);
}

/// A connection that is made by what is sent over it.
static void fast_opening(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    char buffer[8] = { 0 };
    bind(listener, (struct sockaddr *)&address, length);
    listen(listener, 5);
    getsockname(listener, (struct sockaddr *)&address, &length);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t sent = sendto(fd, "hello", 5, MSG_FASTOPEN, (struct sockaddr *)&address, length);
    note_result("sendto", sent);
    if (sent > 0) { // A system may have it switched off.
        int peer = accept(listener, NULL, NULL);
        note_result("recv", recv(peer, buffer, sizeof buffer, 0));
        note("%s", buffer);
        note_result("more", send(fd, "more", 4, 0));
        close(peer);
    }
    close(fd);
    close(listener);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    note_result("to nobody",
                sendto(fd, "hello", 5, MSG_FASTOPEN, (struct sockaddr *)&address, length));
    close(fd);
}

static void unix_connecting(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "eventlet-probe-%d", getpid());
    socklen_t length = sizeof address;
    int fds[3];
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&address, length);
    listen(listener, 0);
    // The queue holds one; the next waits until somebody accepts.
    later *server = NULL;
    for (int i = 0; i < 3; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        if (i == 1)
            server = when_asleep(accept_some, number(listener));
        note_result("connect", connect(fds[i], (struct sockaddr *)&address, length));
    }
    finish(server);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(listener);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    note_result("to nobody", connect(fd, (struct sockaddr *)&address, length));
    close(fd);
}

const probe socket_probes[] = {
    { "Unix streams", 1, unix_streams },
    { "messages that are gathered", 1, gathered_messages },
    { "files that are sent", 1, file_sending },
    { "Unix datagrams", 1, unix_datagrams },
    { "TCP", 1, tcp },
    { "what is no socket", 0, not_sockets },
    { "UDP", 1, udp },
    { "messages with control data", 1, messages },
    { "large messages", 1, large_messages },
    { "several messages", 1, several_messages },
    { "listeners", 1, listeners },
    { "connecting", 0, connecting },
    { "connecting by sending", 0, fast_opening },
    { "connecting to a full Unix socket", 1, unix_connecting },
    { "", 0, NULL },
};

long probe_send_file(int fd)
{
    FILE *file = tmpfile();
    off_t offset = 0;
    fputs("hello", file);
    fflush(file);
    long result = sendfile(fd, fileno(file), &offset, 5);
    int error = errno;
    fclose(file);
    errno = error;
    return result;
}
