// send and its relatives. In blocking mode they return when all is sent.
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

static ssize_t send_all(int fd, const char *bytes, size_t count, int flags,
                        const struct sockaddr *address, socklen_t length)
{
    ev_attempt attempt = ev_attempt_to_write(fd);
    size_t done = 0;
    for (;;) {
        long answer = EV_KERNEL(sendto, fd, bytes + done, count - done, flags | MSG_DONTWAIT,
                                address, length);
        if (answer == -EINTR)
            continue;
        if (answer >= 0) {
            done += (size_t)answer;
            if (done >= count || (!attempt.has_waited && ev_descriptor_is_nonblocking(fd)))
                return (ssize_t)done;
            continue;
        }
        if (answer != -EAGAIN)
            return done > 0 ? (ssize_t)done : ev_libc_result(answer);
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return done > 0 ? (ssize_t)done : -1;
        case EV_CALL_FOR_REAL:
            return EV_CALL_ORIGINAL(sendto, fd, bytes, count, flags, address, length);
        }
    }
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
    EV_COPY_PIECES(rest, message->msg_iov, (int)message->msg_iovlen);
    size_t count = ev_pieces_length(&rest), done = 0;
    struct msghdr part = *message;
    ev_attempt attempt = ev_attempt_to_write(fd);
    for (;;) {
        part.msg_iov = rest.first;
        part.msg_iovlen = (size_t)rest.count;
        long answer = EV_KERNEL(sendmsg, fd, &part, flags | MSG_DONTWAIT);
        if (answer == -EINTR)
            continue;
        if (answer >= 0) {
            done += (size_t)answer;
            if (done >= count || (!attempt.has_waited && ev_descriptor_is_nonblocking(fd)))
                return (ssize_t)done;
            ev_pieces_advance(&rest, (size_t)answer);
            // Descriptors that are passed went with the first part.
            part.msg_control = NULL;
            part.msg_controllen = 0;
            continue;
        }
        if (answer != -EAGAIN)
            return done > 0 ? (ssize_t)done : ev_libc_result(answer);
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return done > 0 ? (ssize_t)done : -1;
        case EV_CALL_FOR_REAL:
            return EV_CALL_ORIGINAL(sendmsg, fd, message, flags);
        }
    }
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
