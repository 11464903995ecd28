// send and its relatives. In blocking mode they return when all is sent.
#include "auditing.h"
#include "descriptors.h"
#include "pieces.h"

#include <sys/socket.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(ssize_t, send, (int, const void *, size_t, int))
EV_ORIGINAL(ssize_t, sendto,
            (int, const void *, size_t, int, const struct sockaddr *, socklen_t))
EV_ORIGINAL(ssize_t, sendmsg, (int, const struct msghdr *, int))
EV_ORIGINAL(int, sendmmsg, (int, struct mmsghdr *, unsigned, int))

static bool may_wait(int flags)
{
    return !(flags & MSG_DONTWAIT) && ev_patch_applies(EV_PATCH_SOCKET);
}

/// Whether MSG_FASTOPEN had to make the connection first.
static bool is_being_connected(long answer, int flags)
{
    return flags & MSG_FASTOPEN && (answer == -EINPROGRESS || answer == -EALREADY);
}

/// Sends the rest of a message of which `done` bytes have gone. Advances its pieces.
static ssize_t send_rest(int fd, struct msghdr *message, size_t done, int flags)
{
    ev_pieces rest = { message->msg_iov, (int)message->msg_iovlen };
    size_t count = ev_pieces_length(&rest), sent = 0;
    ev_attempt attempt = ev_attempt_to_write(fd);
    for (;;) {
        message->msg_iov = rest.first;
        message->msg_iovlen = (size_t)rest.count;
        // Who has sent a part is told of it, and not by a signal of what came after.
        int quietly = done + sent > 0 ? MSG_NOSIGNAL : 0;
        long answer = EV_KERNEL(sendmsg, fd, message, flags | quietly | MSG_DONTWAIT);
        if (answer == -EINTR)
            continue;
        if (is_being_connected(answer, flags)) {
            if (ev_descriptor_is_nonblocking(fd))
                return ev_libc_result(answer);
            if (!ev_connection_wait(fd, ev_descriptor_deadline(fd, SO_SNDTIMEO)))
                return -1;
            flags &= ~MSG_FASTOPEN;
            message->msg_name = NULL;
            message->msg_namelen = 0;
            continue;
        }
        if (answer >= 0) {
            sent += (size_t)answer;
            if (sent >= count || (!attempt.has_waited && ev_descriptor_is_nonblocking(fd)))
                return (ssize_t)(done + sent);
            ev_pieces_advance(&rest, (size_t)answer);
            // Descriptors that are passed went with the first part.
            message->msg_control = NULL;
            message->msg_controllen = 0;
            continue;
        }
        if (answer != -EAGAIN)
            return ev_part(done + sent, ev_libc_result(answer));
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return ev_part(done + sent, -1);
        case EV_CALL_FOR_REAL:
            return ev_part(done + sent, EV_CALL_BLOCKING(EV_BLOCKS_AS_MUST, "send", sendmsg, fd,
                                                         message, flags));
        }
    }
}

static EV_APART ssize_t send_all(int fd, const char *bytes, size_t count, int flags,
                                 const struct sockaddr *address, socklen_t length)
{
    // One call that does it all is the way of nearly every message.
    long answer = EV_KERNEL(sendto, fd, bytes, count, flags | MSG_DONTWAIT, address, length);
    if (answer == (long)count)
        return (ssize_t)count;
    if (answer < 0 && answer != -EAGAIN && answer != -EINTR && !is_being_connected(answer, flags))
        return ev_libc_result(answer);
    size_t done = answer > 0 ? (size_t)answer : 0;
    if (answer >= 0 && ev_descriptor_is_nonblocking(fd))
        return (ssize_t)done;
    if (done > 0) // With it the connection came.
        flags &= ~MSG_FASTOPEN;
    struct iovec piece = { (char *)bytes + done, count - done };
    struct msghdr message = { .msg_name = (void *)address, .msg_namelen = length,
                              .msg_iov = &piece, .msg_iovlen = 1 };
    return send_rest(fd, &message, done, flags);
}

EV_HOOK ssize_t sendto(int fd, const void *bytes, size_t count, int flags,
                       const struct sockaddr *address, socklen_t length)
{
    if (!may_wait(flags))
        return EV_CALL_ORIGINAL(sendto, fd, bytes, count, flags, address, length);
    return send_all(fd, bytes, count, flags, address, length);
}

EV_HOOK ssize_t send(int fd, const void *bytes, size_t count, int flags)
{
    if (!may_wait(flags))
        return EV_CALL_ORIGINAL(send, fd, bytes, count, flags);
    return send_all(fd, bytes, count, flags, NULL, 0);
}

EV_HOOK ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (!may_wait(flags) || message->msg_iovlen > IOV_MAX)
        return EV_CALL_ORIGINAL(sendmsg, fd, message, flags);
    EV_COPY_PIECES(pieces, message->msg_iov, (int)message->msg_iovlen);
    struct msghdr rest = *message;
    rest.msg_iov = pieces.first;
    return send_rest(fd, &rest, 0, flags);
}

EV_HOOK int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    if (!may_wait(flags) || count == 0)
        return EV_CALL_ORIGINAL(sendmmsg, fd, messages, count, flags);
    unsigned sent = 0;
    while (sent < count) {
        ssize_t length = sendmsg(fd, &messages[sent].msg_hdr, flags);
        if (length < 0)
            break;
        messages[sent++].msg_len = (unsigned)length;
    }
    return sent > 0 ? (int)sent : -1;
}

EV_HOOK extern __typeof(send) __send __attribute__((alias("send")));

EV_END_HOOKS
