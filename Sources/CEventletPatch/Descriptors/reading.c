// read and readv, of anything that has a descriptor.
#include "auditing.h"
#include "descriptors.h"
#include "pieces.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(ssize_t, read, (int, void *, size_t))
EV_ORIGINAL(ssize_t, readv, (int, const struct iovec *, int))

enum { SUBJECTS = EV_PATCH_SOCKET | EV_PATCH_OS };

/// Of a socket, by which nothing is ever read but without waiting. False: it is none.
static bool read_socket(int fd, void *buffer, size_t count, ssize_t *result)
{
    ev_attempt attempt = ev_attempt_to_read(fd);
    for (;;) {
        long answer = EV_KERNEL(recvfrom, fd, buffer, count, MSG_DONTWAIT, NULL, NULL);
        if (answer == -EINTR)
            continue;
        if (answer == -ENOTSOCK)
            return false;
        if (answer != -EAGAIN) {
            *result = ev_libc_result(answer);
            return true;
        }
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            *result = -1;
            return true;
        case EV_CALL_FOR_REAL:
            *result = EV_CALL_BLOCKING(EV_BLOCKS_AS_MUST, "read", read, fd, buffer, count);
            return true;
        }
    }
}

/// The rest of a regular file's part, of which `got` bytes were in memory.
static ssize_t finish(int fd, const struct iovec *pieces, int count, ssize_t got)
{
    EV_COPY_PIECES(rest, pieces, count);
    ev_pieces_advance(&rest, (size_t)got);
    ssize_t more = EV_CALL_BLOCKING(EV_BLOCKS_FOR_FILE, "read", readv, fd, rest.first,
                                    rest.count);
    return more > 0 ? got + more : got;
}

static ssize_t read_pieces(int fd, const struct iovec *pieces, int count, ev_kind kind)
{
    ev_attempt attempt = ev_attempt_to_read(fd);
    for (;;) {
        long answer = ev_read_without_waiting(fd, pieces, count);
        if (answer == -EINTR)
            continue;
        if (answer >= 0) {
            const ev_pieces all = { (struct iovec *)pieces, count };
            // From a pipe that is all there is; of a file it is what was in memory.
            if (kind != EV_KIND_PIPE && answer > 0 && (size_t)answer < ev_pieces_length(&all)
                && ev_descriptor_is_file(fd))
                return finish(fd, pieces, count, answer);
            return answer;
        }
        if (answer == -EOPNOTSUPP) {
            // It cannot be asked not to wait. So look whether it would.
            if (ev_descriptor_is_file(fd))
                return EV_CALL_BLOCKING(EV_BLOCKS_FOR_FILE, "read", readv, fd, pieces, count);
            if (ev_descriptor_is_nonblocking(fd) || ev_descriptor_is_ready(fd, POLLIN))
                return EV_CALL_ORIGINAL(readv, fd, pieces, count);
        } else if (answer != -EAGAIN) {
            return ev_libc_result(answer);
        } else if (ev_descriptor_is_file(fd)) {
            return EV_CALL_BLOCKING(EV_BLOCKS_FOR_FILE, "read", readv, fd, pieces, count);
        }
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return -1;
        case EV_CALL_FOR_REAL:
            return EV_CALL_BLOCKING(EV_BLOCKS_AS_MUST, "read", readv, fd, pieces, count);
        }
    }
}

static EV_APART ssize_t read_greenly(int fd, void *buffer, size_t count)
{
    ev_kind kind = ev_descriptor_kind(fd);
    if (kind == EV_KIND_UNKNOWN)
        kind = ev_descriptor_find_kind(fd);
    ssize_t result;
    if (kind == EV_KIND_SOCKET) {
        if (read_socket(fd, buffer, count, &result))
            return result;
        kind = ev_descriptor_find_kind(fd);
    }
    struct iovec piece = { buffer, count };
    return read_pieces(fd, &piece, 1, kind);
}

EV_HOOK ssize_t read(int fd, void *buffer, size_t count)
{
    // Reading nothing waits for nothing.
    if (!ev_patch_applies(SUBJECTS) || count == 0)
        return EV_CALL_ORIGINAL(read, fd, buffer, count);
    return read_greenly(fd, buffer, count);
}

EV_HOOK ssize_t readv(int fd, const struct iovec *pieces, int count)
{
    if (!ev_patch_applies(SUBJECTS) || count <= 0 || !ev_pieces_can_be_copied(count))
        return EV_CALL_ORIGINAL(readv, fd, pieces, count);
    return read_pieces(fd, pieces, count, EV_KIND_OTHER);
}

// Other names of the same: what code compiled with _FORTIFY_SOURCE calls, and what libraries of
// libc's own family do.

extern void __chk_fail(void) __attribute__((noreturn));

EV_HOOK ssize_t __read_chk(int fd, void *buffer, size_t count, size_t room)
{
    if (count > room)
        __chk_fail();
    return read(fd, buffer, count);
}

EV_HOOK extern __typeof(read) __read __attribute__((alias("read")));

EV_END_HOOKS
