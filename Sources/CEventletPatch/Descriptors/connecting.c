// connect and accept.
#include "auditing.h"
#include "descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, connect, (int, const struct sockaddr *, socklen_t))
EV_ORIGINAL(int, accept, (int, struct sockaddr *, socklen_t *))
EV_ORIGINAL(int, accept4, (int, struct sockaddr *, socklen_t *, int))
EV_ORIGINAL(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *))

/// There is no MSG_DONTWAIT for it: the flag is up for the length of one system call.
static long connect_without_waiting(int fd, int flags, const struct sockaddr *address,
                                    socklen_t length)
{
    EV_KERNEL(fcntl, fd, F_SETFL, flags | O_NONBLOCK);
    long answer = EV_KERNEL(connect, fd, address, length);
    EV_KERNEL(fcntl, fd, F_SETFL, flags);
    return answer;
}

bool ev_connection_wait(int fd, int64_t deadline)
{
    switch (EV_ASK_TO_WAIT(wait, fd, EV_WRITABLE, deadline)) {
    case EV_PATCH_TIMED_OUT:
        errno = EINPROGRESS; // as Linux says it
        return false;
    case EV_PATCH_CLOSED:
        errno = EBADF;
        return false;
    case EV_PATCH_INTERRUPTED:
        ev_patch_give_up();
        return false;
    case EV_PATCH_READY:
        return true;
    default: {
        struct pollfd one = { .fd = fd, .events = POLLOUT };
        while (EV_KERNEL(ppoll, &one, 1, NULL, NULL, 0) == -EINTR)
            ;
        return true;
    }
    }
}

EV_HOOK int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (!ev_patch_applies(EV_PATCH_SOCKET))
        return EV_CALL_ORIGINAL(connect, fd, address, length);
    int flags = ev_descriptor_flags(fd);
    if (flags < 0 || flags & O_NONBLOCK)
        return EV_CALL_ORIGINAL(connect, fd, address, length);
    int64_t deadline = ev_descriptor_deadline(fd, SO_SNDTIMEO);
    int64_t pause = 0;
    for (;;) {
        // Again when it is done: the kernel has a socket be connected by the call that says so.
        long answer = connect_without_waiting(fd, flags, address, length);
        if (answer == -EINPROGRESS || answer == -EALREADY) {
            if (!ev_connection_wait(fd, deadline))
                return -1;
        } else if (answer == -EAGAIN && address->sa_family == AF_UNIX) {
            // The listener's queue is full, and no event will tell when it is not.
            if (EV_ASK_HUB(rest, deadline) == 0)
                return (int)ev_libc_result(answer);
            if (!ev_patch_pause(&pause, deadline))
                return -1;
        } else {
            return (int)ev_libc_result(answer);
        }
    }
}

// ---- accept ------------------------------------------------------------------------

// Several hubs, threads and processes may share a listener. Of those that see a connection only one
// gets it; accept would have the others wait in the kernel, and it knows no MSG_DONTWAIT. So this
// is the one descriptor whose O_NONBLOCK is set. Nobody is to notice: fcntl hides it, and who is no
// green thread waits all the same.

/// For a listener that we made non-blocking, and a caller who is to block.
static int accept_blocking(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    struct timeval limit = { 0, 0 };
    socklen_t size = sizeof limit;
    EV_KERNEL(getsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size);
    struct timespec time = { limit.tv_sec, limit.tv_usec * 1000 };
    bool is_limited = time.tv_sec != 0 || time.tv_nsec != 0;
    for (;;) {
        long answer = EV_KERNEL(accept4, fd, address, length, flags);
        if (answer != -EAGAIN)
            return (int)ev_libc_result(answer);
        struct pollfd one = { .fd = fd, .events = POLLIN };
        // libc's, where an OS thread may be cancelled.
        int found = EV_CALL_ORIGINAL(ppoll, &one, 1, is_limited ? &time : NULL, NULL);
        if (found < 0)
            return -1;
        if (found == 0) {
            errno = EAGAIN;
            return -1;
        }
    }
}

static bool is_listener(int fd)
{
    int listens = 0;
    socklen_t size = sizeof listens;
    return EV_KERNEL(getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

static int accept_without_blocking(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    ev_attempt attempt = ev_attempt_to_read(fd);
    socklen_t room = length ? *length : 0;
    for (;;) {
        // Of what is none, no flag is touched: the kernel says what is wrong.
        if (!ev_descriptor_is_made_nonblocking(fd)
            && (ev_descriptor_is_nonblocking(fd) || !is_listener(fd)
                || !ev_descriptor_make_nonblocking(fd)))
            return (int)EV_SYSTEM_CALL(accept4, fd, address, length, flags);
        long answer = EV_KERNEL(accept4, fd, address, length, flags);
        if (answer == -EINTR)
            continue;
        if (answer != -EAGAIN)
            return (int)ev_libc_result(answer);
        if (length)
            *length = room;
        switch (ev_attempt_wait(&attempt)) {
        case EV_TRY_AGAIN:
            break;
        case EV_FAIL:
            return -1;
        case EV_CALL_FOR_REAL: {
            int64_t begin = ev_blocking_begin();
            int result = accept_blocking(fd, address, length, flags);
            ev_blocking_end(begin, "accept", EV_BLOCKS_AS_MUST);
            return result;
        }
        }
    }
}

static EV_APART int accept_greenly(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    int result = accept_without_blocking(fd, address, length, flags);
    // Others were given back by whoever has uninstalled it meanwhile.
    if (EV_RARELY(!(ev_patch_installed() & EV_PATCH_SOCKET)))
        ev_descriptors_restore();
    return result;
}

EV_HOOK int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    if (ev_patch_applies(EV_PATCH_SOCKET))
        return accept_greenly(fd, address, length, flags);
    if (EV_RARELY(ev_descriptor_is_made_nonblocking(fd)))
        return accept_blocking(fd, address, length, flags);
    return EV_CALL_ORIGINAL(accept4, fd, address, length, flags);
}

EV_HOOK int accept(int fd, struct sockaddr *address, socklen_t *length)
{
    if (ev_patch_applies(EV_PATCH_SOCKET))
        return accept_greenly(fd, address, length, 0);
    if (EV_RARELY(ev_descriptor_is_made_nonblocking(fd)))
        return accept_blocking(fd, address, length, 0);
    return EV_CALL_ORIGINAL(accept, fd, address, length);
}

EV_HOOK extern __typeof(connect) __connect __attribute__((alias("connect")));

EV_END_HOOKS
