// Reading and writing where O_NONBLOCK is not ours to set, and without SIGPIPE.
#define _GNU_SOURCE
#include "ev_system_call.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

int ev_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC);
}

int ev_set_nonblocking(int fd)
{
    int flags = (int)EV_SYSTEM_CALL(fcntl, fd, F_GETFL);
    return flags < 0 ? -1 : (int)EV_SYSTEM_CALL(fcntl, fd, F_SETFL, flags | O_NONBLOCK);
}

int ev_reopen(int fd, int flags)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

ssize_t ev_read(int fd, void *buffer, size_t count)
{
    ssize_t got;
    do
        got = EV_SYSTEM_CALL(read, fd, buffer, count);
    while (got < 0 && errno == EINTR);
    return got;
}

/// A SIGPIPE of write(2) goes to the writing OS thread alone. So it is held up there, taken back,
/// and nobody else sees a difference: a library has no business with the process's handlers.
static ssize_t without_sigpipe(int fd, const struct iovec *part, int flags)
{
    sigset_t broken, before, pending;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    bool was_blocked = sigismember(&before, SIGPIPE) == 1, was_pending = false;
    if (was_blocked && sigpending(&pending) == 0)
        was_pending = sigismember(&pending, SIGPIPE) == 1;
    ssize_t put;
    do
        put = flags ? EV_SYSTEM_CALL(pwritev2, fd, part, 1, -1, 0, flags)
                    : EV_SYSTEM_CALL(write, fd, part->iov_base, part->iov_len);
    while (put < 0 && errno == EINTR);
    int error = errno;
    if (put < 0 && error == EPIPE && !was_pending) {
        const struct timespec none = { 0, 0 };
        while (sigtimedwait(&broken, NULL, &none) < 0 && errno == EINTR)
            ;
    }
    if (!was_blocked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return put;
}

ssize_t ev_write(int fd, const void *buffer, size_t count)
{
    struct iovec part = { (void *)buffer, count };
    return without_sigpipe(fd, &part, 0);
}

static bool is_ready(int fd, short events)
{
    struct pollfd one = { .fd = fd, .events = events };
    const struct timespec none = { 0, 0 };
    long found;
    do
        found = EV_KERNEL(ppoll, &one, 1, &none, NULL, 0);
    while (found == -EINTR);
    // Errors too: the call will say which.
    return found != 0;
}

/// Whether a call failed because this kind of file, or kernel, knows no RWF_NOWAIT. ESPIPE and
/// EINVAL: some drivers do not take the position that says "none".
static bool knows_no_nowait(void)
{
    return errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL || errno == ESPIPE;
}

ssize_t ev_read_if_ready(int fd, void *buffer, size_t count)
{
    struct iovec part = { buffer, count };
    ssize_t got;
    do
        got = EV_SYSTEM_CALL(preadv2, fd, &part, 1, -1, 0, RWF_NOWAIT);
    while (got < 0 && errno == EINTR);
    if (got >= 0 || !knows_no_nowait())
        return got;
    if (!is_ready(fd, POLLIN)) {
        errno = EAGAIN;
        return -1;
    }
    return ev_read(fd, buffer, count);
}

ssize_t ev_write_if_ready(int fd, const void *buffer, size_t count)
{
    struct iovec part = { (void *)buffer, count };
    ssize_t put = without_sigpipe(fd, &part, RWF_NOWAIT);
    if (put >= 0 || !knows_no_nowait())
        return put;
    if (!is_ready(fd, POLLOUT)) {
        errno = EAGAIN;
        return -1;
    }
    // A pipe that is ready takes a page without waiting; a terminal is ready when less than
    // this is to be shown.
    struct stat what;
    size_t most = fstat(fd, &what) == 0 && S_ISFIFO(what.st_mode) ? PIPE_BUF : 256;
    part.iov_len = count < most ? count : most;
    return without_sigpipe(fd, &part, 0);
}
