// System calls of sockets whose structures Swift's importer does not carry well.
#define _GNU_SOURCE
#include "ev_system_call.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

/// Again for as long as a signal interrupts it.
#define RETRY(result, call)                                                                        \
    do                                                                                             \
        (result) = (call);                                                                         \
    while ((result) < 0 && errno == EINTR)

int ev_socket(int family, int type, int protocol)
{
    return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

int ev_socket_pair(int type, int *ends)
{
    return socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
}

int ev_accept(int fd, void *address, uint32_t *length)
{
    return (int)EV_SYSTEM_CALL(accept4, fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int ev_connect(int fd, const void *address, uint32_t length)
{
    return (int)EV_SYSTEM_CALL(connect, fd, address, length);
}

int ev_get_socket_error(int fd)
{
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

ssize_t ev_receive(int fd, void *buffer, size_t count, int flags)
{
    ssize_t got;
    RETRY(got, EV_SYSTEM_CALL(recvfrom, fd, buffer, count, flags, NULL, NULL));
    return got;
}

ssize_t ev_send(int fd, const void *buffer, size_t count, int flags)
{
    ssize_t sent;
    RETRY(sent, EV_SYSTEM_CALL(sendto, fd, buffer, count, flags | MSG_NOSIGNAL, NULL, 0));
    return sent;
}

ssize_t ev_receive_vector(int fd, const void *pieces, size_t count)
{
    struct msghdr header = { .msg_iov = (void *)pieces, .msg_iovlen = count };
    ssize_t got;
    RETRY(got, EV_SYSTEM_CALL(recvmsg, fd, &header, 0));
    return got;
}

ssize_t ev_send_vector(int fd, const void *pieces, size_t count, int flags)
{
    struct msghdr header = { .msg_iov = (void *)pieces, .msg_iovlen = count };
    ssize_t sent;
    RETRY(sent, EV_SYSTEM_CALL(sendmsg, fd, &header, flags | MSG_NOSIGNAL));
    return sent;
}

// ---- Descriptors that are passed along --------------------------------------------

/// What comes before the descriptors, once somebody has set SO_PASSCRED.
#define CREDENTIALS_SPACE CMSG_SPACE(sizeof(struct ucred))

/// Room for the most that one message can carry.
union control {
    struct cmsghdr header; // for its alignment
    char bytes[CREDENTIALS_SPACE + CMSG_SPACE(EV_MOST_PASSED * sizeof(int))];
};

ssize_t ev_send_passing(int fd, const void *buffer, size_t count, const int *passed, int passed_count)
{
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec piece = { (void *)buffer, count };
    size_t size = (size_t)passed_count * sizeof(int);
    struct msghdr header = { .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(size) };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(rights), passed, size);
    ssize_t sent;
    RETRY(sent, EV_SYSTEM_CALL(sendmsg, fd, &header, MSG_NOSIGNAL));
    return sent;
}

ssize_t ev_receive_passed(int fd, void *buffer, size_t count, int *passed, int *passed_count,
                          bool *truncated)
{
    union control control;
    struct iovec piece = { buffer, count };
    int limit = *passed_count;
    size_t size = (size_t)limit * sizeof(int);
    struct msghdr header = { .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CREDENTIALS_SPACE + CMSG_SPACE(size) };
    *passed_count = 0;
    bool has_surplus = false;
    ssize_t got;
    RETRY(got, EV_SYSTEM_CALL(recvmsg, fd, &header, MSG_CMSG_CLOEXEC));
    if (got < 0)
        return got;
    for (struct cmsghdr *next = CMSG_FIRSTHDR(&header); next; next = CMSG_NXTHDR(&header, next)) {
        if (next->cmsg_level != SOL_SOCKET || next->cmsg_type != SCM_RIGHTS)
            continue;
        // The kernel gives as many as there is room for, and closes the others: without credentials
        // there is more than was asked for.
        size_t given = (next->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < given; i++) {
            int number;
            memcpy(&number, CMSG_DATA(next) + i * sizeof number, sizeof number);
            if (*passed_count < limit) {
                passed[(*passed_count)++] = number;
            } else {
                EV_KERNEL(close, number);
                has_surplus = true;
            }
        }
    }
    *truncated = has_surplus || header.msg_flags & MSG_CTRUNC;
    return got;
}

int ev_peer_credentials(int fd, int *process, unsigned *user, unsigned *group)
{
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
        return -1;
    *process = credentials.pid;
    *user = credentials.uid;
    *group = credentials.gid;
    return 0;
}

// ---- Datagrams ----------------------------------------------------------------------

_Static_assert(sizeof((ev_datagram *)0)->address == sizeof(struct sockaddr_storage),
               "a datagram has room for every address");

static struct msghdr message_header(ev_datagram *datagram, struct iovec *piece)
{
    *piece = (struct iovec){ datagram->bytes, datagram->count };
    return (struct msghdr){ .msg_name = &datagram->address,
                            .msg_namelen = datagram->address_length,
                            .msg_iov = piece,
                            .msg_iovlen = 1 };
}

int ev_receive_datagram(int fd, ev_datagram *datagram, int flags)
{
    struct iovec piece;
    datagram->address_length = sizeof datagram->address;
    struct msghdr header = message_header(datagram, &piece);
    ssize_t length;
    // With MSG_TRUNC the length of the message, however much of it there was room for.
    RETRY(length, EV_SYSTEM_CALL(recvmsg, fd, &header, flags | MSG_TRUNC));
    if (length < 0)
        return -1;
    datagram->length = (size_t)length;
    datagram->address_length = header.msg_namelen;
    return 0;
}

int ev_send_datagram(int fd, ev_datagram *datagram)
{
    struct iovec piece;
    struct msghdr header = message_header(datagram, &piece);
    if (datagram->address_length == 0)
        header.msg_name = NULL;
    ssize_t sent;
    RETRY(sent, EV_SYSTEM_CALL(sendmsg, fd, &header, MSG_NOSIGNAL));
    return sent < 0 ? -1 : 0;
}

int ev_receive_datagrams(int fd, ev_datagram *datagrams, int count)
{
    struct mmsghdr headers[EV_MOST_DATAGRAMS];
    struct iovec pieces[EV_MOST_DATAGRAMS];
    for (int i = 0; i < count; i++) {
        datagrams[i].address_length = sizeof datagrams[i].address;
        headers[i] = (struct mmsghdr){ message_header(&datagrams[i], &pieces[i]), 0 };
    }
    int got;
    RETRY(got, (int)EV_SYSTEM_CALL(recvmmsg, fd, headers, count, MSG_TRUNC, NULL));
    for (int i = 0; i < got; i++) {
        datagrams[i].length = headers[i].msg_len;
        datagrams[i].address_length = headers[i].msg_hdr.msg_namelen;
    }
    return got;
}

int ev_send_datagrams(int fd, ev_datagram *datagrams, int count)
{
    struct mmsghdr headers[EV_MOST_DATAGRAMS];
    struct iovec pieces[EV_MOST_DATAGRAMS];
    for (int i = 0; i < count; i++) {
        headers[i] = (struct mmsghdr){ message_header(&datagrams[i], &pieces[i]), 0 };
        if (datagrams[i].address_length == 0)
            headers[i].msg_hdr.msg_name = NULL;
    }
    int sent;
    RETRY(sent, (int)EV_SYSTEM_CALL(sendmmsg, fd, headers, count, MSG_NOSIGNAL));
    return sent;
}

int ev_multicast_membership(int fd, bool joins, const void *group, uint32_t length,
                            unsigned interface)
{
    struct group_req request = { .gr_interface = interface };
    memcpy(&request.gr_group, group, length);
    int level = request.gr_group.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int name = joins ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
    return setsockopt(fd, level, name, &request, sizeof request);
}

int ev_multicast_interface(int fd, bool is_ipv6, unsigned interface)
{
    int index = (int)interface;
    if (is_ipv6)
        return setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
    struct ip_mreqn request = { .imr_ifindex = index };
    return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request);
}

// ---- Without copies -------------------------------------------------------------------

/// Neither splice nor sendfile knows MSG_NOSIGNAL: who writes to a broken connection gets a SIGPIPE.
/// That goes to the calling OS thread, so it can be kept back and taken away.
typedef struct pipe_signal {
    sigset_t set, before;
    bool was_pending;
} pipe_signal;

static void keep_back(pipe_signal *signal)
{
    sigemptyset(&signal->set);
    sigaddset(&signal->set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signal->set, &signal->before);
    signal->was_pending = false;
    if (sigismember(&signal->before, SIGPIPE)) {
        sigset_t pending;
        sigpending(&pending);
        signal->was_pending = sigismember(&pending, SIGPIPE);
    }
}

/// `is_complete`: then there was no signal. One may come with a part, too, when the rest failed.
static ssize_t take_away(pipe_signal *signal, ssize_t result, bool is_complete)
{
    int error = errno;
    if (!is_complete && !signal->was_pending) {
        const struct timespec none = { 0, 0 };
        while (sigtimedwait(&signal->set, NULL, &none) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &signal->before, NULL);
    errno = error;
    return result;
}

ssize_t ev_splice_from_socket(int from, int pipe, size_t count)
{
    ssize_t moved;
    RETRY(moved, EV_SYSTEM_CALL(splice, from, NULL, pipe, NULL, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
    return moved;
}

ssize_t ev_splice_to_socket(int pipe, int to, size_t count)
{
    pipe_signal signal;
    ssize_t moved;
    keep_back(&signal);
    RETRY(moved, EV_SYSTEM_CALL(splice, pipe, NULL, to, NULL, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
    return take_away(&signal, moved, moved == (ssize_t)count);
}

int ev_splice_pipe(int *ends, int size)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    // A user who has many large ones already gets no more of them, but for small ones.
    int capacity = fcntl(ends[1], F_SETPIPE_SZ, size);
    return capacity > 0 ? capacity : fcntl(ends[1], F_GETPIPE_SZ);
}

ssize_t ev_send_file(int to, int file, int64_t offset, size_t count)
{
    off_t position = offset;
    pipe_signal signal;
    ssize_t sent;
    keep_back(&signal);
    RETRY(sent, EV_SYSTEM_CALL(sendfile, to, file, &position, count));
    return take_away(&signal, sent, sent == (ssize_t)count);
}

static int byte_is_in_memory(int file, int64_t offset)
{
    char byte;
    struct iovec piece = { &byte, 1 };
    ssize_t got;
    RETRY(got, EV_SYSTEM_CALL(preadv2, file, &piece, 1, offset, 0, RWF_NOWAIT));
    return got < 0 && errno == EAGAIN ? 0 : got < 0 && errno == EOPNOTSUPP ? -1 : 1;
}

int ev_is_in_memory(int file, int64_t offset, size_t count)
{
    int64_t last = offset + (int64_t)count - 1;
    struct stat status;
    // Past the end there is nothing to wait for, whatever is before it.
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && last >= status.st_size)
        last = status.st_size - 1;
    if (last < offset)
        return 1;
    int answer = byte_is_in_memory(file, offset);
    return answer == 1 && last > offset ? byte_is_in_memory(file, last) : answer;
}

bool ev_file_system_is_memory(int file)
{
    struct statfs status;
    int result;
    RETRY(result, fstatfs(file, &status));
    return result == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}
