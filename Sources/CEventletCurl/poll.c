#include "CEventletCurl.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <curl/curl.h>

int ev_curl_poll_create(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

int ev_curl_poll_change(int epoll, int socket, int interest, bool is_new)
{
    struct epoll_event event = { .data.fd = socket };
    if (interest & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (interest & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    return epoll_ctl(epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

int ev_curl_poll_remove(int epoll, int socket)
{
    struct epoll_event event = { 0 }; // Kernels before 2.6.9 wanted one.
    return epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event);
}

int ev_curl_poll_look(int epoll, int *sockets, int *events, int capacity)
{
    struct epoll_event found[64];
    int count = epoll_wait(epoll, found, capacity < 64 ? capacity : 64, 0);
    for (int i = 0; i < count; i++) {
        sockets[i] = found[i].data.fd;
        events[i] = 0;
        if (found[i].events & EPOLLIN)
            events[i] |= CURL_CSELECT_IN;
        if (found[i].events & EPOLLOUT)
            events[i] |= CURL_CSELECT_OUT;
        // Whoever reads or writes finds out what it is.
        if (found[i].events & (EPOLLERR | EPOLLHUP))
            events[i] |= CURL_CSELECT_ERR | CURL_CSELECT_IN;
    }
    return count;
}

int ev_curl_timer_create(void)
{
    return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

void ev_curl_timer_set(int timer, int64_t milliseconds)
{
    struct itimerspec time = {
        .it_value = { .tv_sec = milliseconds / 1000,
            .tv_nsec = (long)(milliseconds % 1000) * 1000000 },
    };
    timerfd_settime(timer, 0, &time, NULL);
}

void ev_curl_timer_clear(int timer)
{
    uint64_t count;
    // Nothing to read is no error: it may have been stopped meanwhile.
    ssize_t ignored = read(timer, &count, sizeof count);
    (void)ignored;
}
