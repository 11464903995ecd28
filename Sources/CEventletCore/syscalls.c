// System calls whose structures or names Swift's importer does not carry well.
#define _GNU_SOURCE
#include "ev_system_call.h"
#include "internal.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int ev_errno(void)
{
    return errno;
}

void ev_set_errno(int value)
{
    errno = value;
}

const char *ev_errno_name(int error)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    return strerrorname_np(error);
#else
    (void)error;
    return NULL;
#endif
}

uint64_t ev_monotonic_nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void ev_trim_heap(void)
{
    malloc_trim(0);
}

void ev_set_thread_name(const char *name)
{
    char shown[16] = { 0 }; // The kernel refuses more.
    strncpy(shown, name, sizeof shown - 1);
    pthread_setname_np(pthread_self(), shown);
}

int ev_gettid(void)
{
    return (int)EV_KERNEL(gettid);
}

// ---- epoll ---------------------------------------------------------------

int ev_epoll_create(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

static int control(int epoll, int operation, int fd, uint32_t interest, bool one_shot,
                   uint64_t tag)
{
    struct epoll_event event = { .data.u64 = tag };
    event.events = one_shot ? EPOLLONESHOT : EPOLLET;
    if (interest & EV_READABLE)
        event.events |= EPOLLIN | EPOLLRDHUP;
    if (interest & EV_READABLE && !one_shot)
        event.events |= EPOLLPRI;
    if (interest & EV_WRITABLE)
        event.events |= EPOLLOUT;
    if (interest & EV_URGENT)
        event.events |= EPOLLPRI;
    if (interest & EV_HANGUP)
        event.events |= EPOLLRDHUP;
    return epoll_ctl(epoll, operation, fd, &event);
}

int ev_epoll_add(int epoll, int fd, uint32_t interest, bool one_shot, uint64_t tag)
{
    return control(epoll, EPOLL_CTL_ADD, fd, interest, one_shot, tag);
}

int ev_epoll_modify(int epoll, int fd, uint32_t interest, bool one_shot, uint64_t tag)
{
    return control(epoll, EPOLL_CTL_MOD, fd, interest, one_shot, tag);
}

int ev_epoll_remove(int epoll, int fd)
{
    struct epoll_event event = { 0 }; // Kernels before 2.6.9 wanted one.
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
}

static struct timespec *duration(int64_t nanoseconds, struct timespec *storage)
{
    if (nanoseconds < 0)
        return NULL;
    storage->tv_sec = nanoseconds / 1000000000;
    storage->tv_nsec = nanoseconds % 1000000000;
    return storage;
}

/// Rounded up: waking early would mean one more round for nothing.
static int milliseconds(int64_t nanoseconds)
{
    if (nanoseconds < 0)
        return -1;
    int64_t rounded = (nanoseconds + 999999) / 1000000;
    return rounded > INT32_MAX ? INT32_MAX : (int)rounded;
}

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

int ev_epoll_wait(int epoll, ev_ready *out, int capacity, int64_t nanoseconds)
{
    enum { MOST = 512 };
    struct epoll_event events[MOST];
    if (capacity > MOST)
        capacity = MOST;
    static int no_pwait2; // Linux before 5.11; a race only asks twice
    int count = -1;
    if (nanoseconds > 0 && !__atomic_load_n(&no_pwait2, __ATOMIC_RELAXED)) {
        struct timespec storage;
        count = (int)EV_SYSTEM_CALL(epoll_pwait2, epoll, events, capacity,
                                    duration(nanoseconds, &storage), NULL, 8);
        if (count < 0 && (errno == ENOSYS || errno == EPERM))
            __atomic_store_n(&no_pwait2, 1, __ATOMIC_RELAXED);
        else if (count < 0)
            return -1;
    }
    if (count < 0)
        count = (int)EV_SYSTEM_CALL(epoll_pwait, epoll, events, capacity,
                                    milliseconds(nanoseconds), NULL, 8);
    for (int i = 0; i < count; i++) {
        uint32_t from = events[i].events, to = 0;
        if (from & (EPOLLIN | EPOLLPRI))
            to |= EV_READABLE;
        if (from & EPOLLPRI)
            to |= EV_URGENT;
        if (from & EPOLLOUT)
            to |= EV_WRITABLE;
        if (from & (EPOLLRDHUP | EPOLLHUP))
            to |= EV_HANGUP;
        if (from & EPOLLERR)
            to |= EV_ERROR;
        out[i] = (ev_ready){ events[i].data.u64, to };
    }
    return count;
}

int ev_poll(const int *fds, const uint32_t *interest, uint32_t *events, int count,
            int64_t nanoseconds)
{
    struct pollfd few[64];
    struct pollfd *list = few;
    if (count > 64 && !(list = malloc((size_t)count * sizeof *list)))
        return -1;
    for (int i = 0; i < count; i++) {
        short wanted = 0;
        if (interest[i] & EV_READABLE)
            wanted |= POLLIN | POLLRDHUP;
        if (interest[i] & EV_WRITABLE)
            wanted |= POLLOUT;
        if (interest[i] & EV_URGENT)
            wanted |= POLLPRI;
        if (interest[i] & EV_HANGUP)
            wanted |= POLLRDHUP;
        list[i] = (struct pollfd){ .fd = fds[i], .events = wanted };
    }
    struct timespec storage;
    int ready = (int)EV_SYSTEM_CALL(ppoll, list, count, duration(nanoseconds, &storage), NULL, 8);
    int error = errno;
    for (int i = 0; i < count; i++) {
        short from = ready > 0 ? list[i].revents : 0;
        uint32_t to = 0;
        if (from & POLLIN)
            to |= EV_READABLE;
        if (from & POLLPRI)
            to |= EV_URGENT;
        if (from & POLLOUT)
            to |= EV_WRITABLE;
        if (from & (POLLRDHUP | POLLHUP))
            to |= EV_HANGUP;
        if (from & POLLERR)
            to |= EV_ERROR;
        if (from & POLLNVAL)
            to |= EV_INVALID;
        events[i] = to;
    }
    if (list != few)
        free(list);
    errno = error;
    return ready;
}

int ev_eventfd_create(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void ev_eventfd_notify(int fd)
{
    uint64_t one = 1;
    // EAGAIN: the counter is full, so the reader is woken anyway.
    while (EV_KERNEL(write, fd, &one, sizeof one) == -EINTR)
        ;
}

void ev_eventfd_clear(int fd)
{
    uint64_t value;
    while (EV_KERNEL(read, fd, &value, sizeof value) == -EINTR)
        ;
}
