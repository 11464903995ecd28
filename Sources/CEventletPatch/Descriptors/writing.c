// write and writev, to anything that has a descriptor. In blocking mode they return when all is
// written.
#include "auditing.h"
#include "descriptors.h"
#include "pieces.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(ssize_t, write, (int, const void *, size_t))
EV_ORIGINAL(ssize_t, writev, (int, const struct iovec *, int))

enum { SUBJECTS = EV_PATCH_SOCKET | EV_PATCH_OS };

/// A page: as much as a pipe that is ready takes without waiting.
enum { PORTION = 4096 };

/// One system call's part. Who has written a part is told of it, and not by a signal of what came
/// after: so a socket is not written to, but sent to.
static long write_some(int fd, const ev_pieces *pieces, ev_kind kind, bool has_begun)
{
    if (kind == EV_KIND_SOCKET) {
        const struct msghdr message = { .msg_iov = pieces->first,
                                        .msg_iovlen = (size_t)pieces->count };
        int quietly = has_begun ? MSG_NOSIGNAL : 0;
        long answer = EV_KERNEL(sendmsg, fd, &message, MSG_DONTWAIT | quietly);
        if (answer != -ENOTSOCK)
            return answer;
    }
    return ev_write_without_waiting(fd, pieces->first, pieces->count);
}

/// To what is ready, and cannot be asked not to wait.
static long write_portion(int fd, const ev_pieces *pieces)
{
    // In one piece what a pipe takes in one piece; and to a device each call is a message.
    if (ev_pieces_length(pieces) <= PORTION || ev_descriptor_is_device(fd))
        return EV_KERNEL(writev, fd, pieces->first, pieces->count);
    size_t most = pieces->first->iov_len < PORTION ? pieces->first->iov_len : PORTION;
    return EV_KERNEL(write, fd, pieces->first->iov_base, most);
}

/// Writes the rest of something of which `done` bytes are written.
static ssize_t write_rest(int fd, ev_pieces pieces, ev_kind kind, size_t done)
{
    size_t length = done + ev_pieces_length(&pieces);
    ev_attempt attempt = ev_attempt_to_write(fd);
    ev_pieces_advance(&pieces, 0); // Past those that are empty.
    for (;;) {
        long answer = write_some(fd, &pieces, kind, done > 0);
        if (answer == -EINTR)
            continue;
        if (answer == -EOPNOTSUPP) {
            // It cannot be asked not to wait. So look whether it would.
            if (ev_descriptor_is_file(fd))
                return ev_part(done, EV_CALL_BLOCKING(EV_BLOCKS_FOR_FILE, "write", writev, fd,
                                                      pieces.first, pieces.count));
            if (ev_descriptor_is_nonblocking(fd))
                return ev_part(done, EV_CALL_ORIGINAL(writev, fd, pieces.first, pieces.count));
            answer = -EAGAIN;
            if (ev_descriptor_is_ready(fd, POLLOUT)) {
                answer = write_portion(fd, &pieces);
                if (answer == -EINTR)
                    continue;
            }
        }
        if (answer >= 0) {
            done += (size_t)answer;
            // A driver may take nothing, and that is its answer.
            if (done >= length || answer == 0)
                return (ssize_t)done;
            ev_pieces_advance(&pieces, (size_t)answer);
            if (!attempt.has_waited && ev_descriptor_is_nonblocking(fd))
                return (ssize_t)done;
            continue;
        }
        if (answer != -EAGAIN)
            return ev_part(done, ev_libc_result(answer));
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return ev_part(done, -1);
        case EV_CALL_FOR_REAL:
            return ev_part(done, EV_CALL_BLOCKING(EV_BLOCKS_AS_MUST, "write", writev, fd,
                                                  pieces.first, pieces.count));
        }
    }
}

static ev_kind kind_of(int fd)
{
    ev_kind kind = ev_descriptor_kind(fd);
    return kind == EV_KIND_UNKNOWN ? ev_descriptor_find_kind(fd) : kind;
}

static EV_APART ssize_t write_greenly(int fd, const void *buffer, size_t count)
{
    ev_kind kind = kind_of(fd);
    size_t done = 0;
    if (kind == EV_KIND_SOCKET) {
        // One call that does it all is the way of nearly every message.
        long answer = EV_KERNEL(sendto, fd, buffer, count, MSG_DONTWAIT, NULL, 0);
        if (answer == (long)count)
            return (ssize_t)count;
        if (answer == -ENOTSOCK)
            kind = ev_descriptor_find_kind(fd);
        else if (answer < 0 && answer != -EAGAIN && answer != -EINTR)
            return ev_libc_result(answer);
        else if (answer > 0)
            done = (size_t)answer;
        if (done > 0 && ev_descriptor_is_nonblocking(fd))
            return (ssize_t)done;
    }
    struct iovec piece = { (char *)buffer + done, count - done };
    return write_rest(fd, (ev_pieces){ &piece, 1 }, kind, done);
}

EV_HOOK ssize_t write(int fd, const void *buffer, size_t count)
{
    if (!ev_patch_applies(SUBJECTS) || count == 0)
        return EV_CALL_ORIGINAL(write, fd, buffer, count);
    return write_greenly(fd, buffer, count);
}

EV_HOOK ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    if (!ev_patch_applies(SUBJECTS) || count <= 0 || !ev_pieces_can_be_copied(count))
        return EV_CALL_ORIGINAL(writev, fd, pieces, count);
    EV_COPY_PIECES(rest, pieces, count);
    // To some it is an empty message.
    if (ev_pieces_length(&rest) == 0)
        return EV_CALL_ORIGINAL(writev, fd, pieces, count);
    return write_rest(fd, rest, kind_of(fd), 0);
}

EV_HOOK extern __typeof(write) __write __attribute__((alias("write")));

EV_END_HOOKS
