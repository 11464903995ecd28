// recv and its relatives.
#include "auditing.h"
#include "descriptors.h"
#include "durations.h"
#include "pieces.h"

#include <sys/socket.h>
#include <time.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(ssize_t, recv, (int, void *, size_t, int))
EV_ORIGINAL(ssize_t, recvfrom, (int, void *, size_t, int, struct sockaddr *, socklen_t *))
EV_ORIGINAL(ssize_t, recvmsg, (int, struct msghdr *, int))
EV_ORIGINAL(int, recvmmsg, (int, struct mmsghdr *, unsigned, int, struct timespec *))

/// Whether a call is to wait, if its descriptor does.
static bool may_wait(int flags)
{
    return !(flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) && ev_patch_applies(EV_PATCH_SOCKET);
}

static bool is_stream(int fd)
{
    int type = 0;
    socklen_t length = sizeof type;
    return EV_KERNEL(getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0
           && type == SOCK_STREAM;
}

static EV_APART ssize_t receive(int fd, void *buffer, size_t count, int flags,
                                struct sockaddr *address, socklen_t *length)
{
    ev_attempt attempt = ev_attempt_to_read(fd);
    // The kernel itself would gather all that was asked for, were it allowed to wait.
    bool gathers = flags & MSG_WAITALL && !(flags & MSG_PEEK);
    size_t got = 0;
    for (;;) {
        long answer = EV_KERNEL(recvfrom, fd, (char *)buffer + got, count - got,
                                flags | MSG_DONTWAIT, address, length);
        if (answer == -EINTR)
            continue;
        if (answer >= 0) {
            got += (size_t)answer;
            if (answer == 0 || !gathers || got >= count || !is_stream(fd))
                return (ssize_t)got;
            if (!attempt.has_waited && ev_descriptor_is_nonblocking(fd))
                return (ssize_t)got;
            continue;
        }
        if (answer != -EAGAIN)
            return got > 0 ? (ssize_t)got : ev_libc_result(answer);
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return got > 0 ? (ssize_t)got : -1;
        case EV_CALL_FOR_REAL:
            answer = EV_CALL_BLOCKING(EV_BLOCKS_AS_MUST, "recv", recvfrom, fd,
                                      (char *)buffer + got, count - got, flags, address, length);
            return answer < 0 && got > 0 ? (ssize_t)got : answer < 0 ? -1 : (ssize_t)got + answer;
        }
    }
}

EV_HOOK ssize_t recvfrom(int fd, void *buffer, size_t count, int flags, struct sockaddr *address,
                         socklen_t *length)
{
    if (!may_wait(flags))
        return EV_CALL_ORIGINAL(recvfrom, fd, buffer, count, flags, address, length);
    return receive(fd, buffer, count, flags, address, length);
}

EV_HOOK ssize_t recv(int fd, void *buffer, size_t count, int flags)
{
    if (!may_wait(flags))
        return EV_CALL_ORIGINAL(recv, fd, buffer, count, flags);
    return receive(fd, buffer, count, flags, NULL, NULL);
}

static ssize_t receive_message(ev_attempt *attempt, struct msghdr *message, int flags)
{
    // The kernel overwrites what it is told of the memory for names and control data.
    socklen_t name_length = message->msg_namelen;
    size_t control_length = message->msg_controllen;
    for (;;) {
        long answer = EV_KERNEL(recvmsg, attempt->fd, message, flags | MSG_DONTWAIT);
        if (answer == -EINTR)
            continue;
        if (answer != -EAGAIN)
            return ev_libc_result(answer);
        message->msg_namelen = name_length;
        message->msg_controllen = control_length;
        switch (ev_attempt_wait(attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return -1;
        case EV_CALL_FOR_REAL:
            return EV_CALL_BLOCKING(EV_BLOCKS_AS_MUST, "recvmsg", recvmsg, attempt->fd,
                                    message, flags);
        }
    }
}

/// All that was asked for, as the kernel gathers it where it is allowed to wait; but not beyond
/// control data, which belong to what they came with.
static EV_APART ssize_t gather_message(int fd, struct msghdr *message, int flags)
{
    ev_attempt attempt = ev_attempt_to_read(fd);
    struct iovec *pieces = message->msg_iov;
    size_t pieces_count = message->msg_iovlen, control_length = message->msg_controllen;
    EV_COPY_PIECES(rest, pieces, (int)pieces_count);
    size_t length = ev_pieces_length(&rest), got = 0;
    ssize_t result;
    do {
        message->msg_iov = rest.first;
        message->msg_iovlen = (size_t)rest.count;
        message->msg_controllen = control_length;
        result = receive_message(&attempt, message, flags);
        if (result > 0) {
            got += (size_t)result;
            ev_pieces_advance(&rest, (size_t)result);
        }
    } while (result > 0 && got < length && message->msg_controllen == 0
             && (attempt.has_waited || !ev_descriptor_is_nonblocking(fd)));
    if (result < 0 && got > 0)
        message->msg_controllen = 0; // It was not told of, with what came before.
    message->msg_iov = pieces;
    message->msg_iovlen = pieces_count;
    return got > 0 ? (ssize_t)got : result;
}

EV_HOOK ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    if (!may_wait(flags))
        return EV_CALL_ORIGINAL(recvmsg, fd, message, flags);
    bool gathers = flags & MSG_WAITALL && !(flags & MSG_PEEK) && message->msg_iovlen > 0;
    if (gathers && ev_pieces_can_be_copied((int)message->msg_iovlen) && is_stream(fd))
        return gather_message(fd, message, flags);
    ev_attempt attempt = ev_attempt_to_read(fd);
    return receive_message(&attempt, message, flags);
}

/// The time that is allowed is looked at after each message, as the kernel does it.
EV_HOOK int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                     struct timespec *timeout)
{
    if (!may_wait(flags) || count == 0)
        return EV_CALL_ORIGINAL(recvmmsg, fd, messages, count, flags, timeout);
    int64_t deadline = EV_NEVER;
    if (timeout) {
        if (!ev_is_valid_duration(timeout))
            return EV_CALL_ORIGINAL(recvmmsg, fd, messages, count, flags, timeout);
        deadline = ev_deadline_after(timeout);
    }
    unsigned got = 0;
    while (got < count) {
        int how = flags & ~MSG_WAITFORONE;
        if (flags & MSG_WAITFORONE && got > 0)
            how |= MSG_DONTWAIT;
        ssize_t length = recvmsg(fd, &messages[got].msg_hdr, how);
        if (length < 0)
            break;
        messages[got++].msg_len = (unsigned)length;
        if (timeout) {
            int64_t rest = EV_ASK_HUB(rest, deadline);
            *timeout = (struct timespec){ rest / 1000000000, rest % 1000000000 };
            if (rest == 0)
                break;
        }
    }
    return got > 0 ? (int)got : -1;
}

extern void __chk_fail(void) __attribute__((noreturn));

EV_HOOK ssize_t __recv_chk(int fd, void *buffer, size_t count, size_t room, int flags)
{
    if (count > room)
        __chk_fail();
    return recv(fd, buffer, count, flags);
}

EV_HOOK ssize_t __recvfrom_chk(int fd, void *buffer, size_t count, size_t room, int flags,
                               struct sockaddr *address, socklen_t *length)
{
    if (count > room)
        __chk_fail();
    return recvfrom(fd, buffer, count, flags, address, length);
}

EV_HOOK extern __typeof(recv) __recv __attribute__((alias("recv")));

EV_END_HOOKS
