// poll and ppoll.
#include "durations.h"
#include "masking.h"
#include "waits.h"

#include <poll.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, poll, (struct pollfd *, nfds_t, int))
EV_ORIGINAL(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *))

static const struct timespec no_time = { 0, 0 };

static uint32_t bits_of(short events)
{
    return (events & (POLLIN | POLLRDNORM) ? EV_READABLE : 0)
           | (events & (POLLOUT | POLLWRNORM) ? EV_WRITABLE : 0)
           | (events & (POLLPRI | POLLRDBAND) ? EV_URGENT : 0)
           | (events & POLLRDHUP ? EV_HANGUP : 0);
}

static short events_of(uint32_t bits, short wanted)
{
    int events = (bits & EV_READABLE ? POLLIN | POLLRDNORM : 0)
                 | (bits & EV_WRITABLE ? POLLOUT | POLLWRNORM : 0)
                 | (bits & EV_URGENT ? POLLPRI : 0) | (bits & EV_HANGUP ? POLLRDHUP : 0);
    return (short)((events & wanted) | (bits & EV_INVALID ? POLLNVAL : 0));
}

static int look(struct pollfd *list, nfds_t count, ev_masking masking)
{
    long answer;
    do
        answer = EV_KERNEL(ppoll, list, count, &no_time, masking.mask, EV_SIGNAL_SET);
    while (ev_masking_repeats(masking, answer));
    return (int)ev_libc_result(answer);
}

/// What woke us is told though nobody else can see it any more: a sibling that polls the same
/// descriptor may have used it up by now, and of two OS threads both would have been told.
static int report(struct pollfd *list, nfds_t count, const ev_waits *waits)
{
    int found = 0;
    size_t place = 0;
    for (nfds_t i = 0; i < count; i++) {
        if (list[i].fd < 0)
            continue;
        short events = events_of(waits->list[place++].happened, list[i].events);
        if (!list[i].revents)
            list[i].revents = events;
        found += list[i].revents != 0;
    }
    return found;
}

static void tell_others(const struct pollfd *list, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (list[i].revents)
            EV_TELL_HUB(tell, list[i].fd, bits_of(list[i].revents));
}

static EV_APART int poll_greenly(struct pollfd *list, nfds_t count, int64_t deadline,
                                 const sigset_t *mask)
{
    const ev_masking masking = ev_masking_with(mask);
    int found = look(list, count, masking);
    if (found != 0) {
        if (found > 0)
            tell_others(list, count);
        return found;
    }
    ev_waits waits;
    if (!ev_waits_begin(&waits, count))
        return -1;
    for (nfds_t i = 0; i < count; i++)
        if (list[i].fd >= 0)
            waits.list[waits.count++] = (ev_wait){ list[i].fd, bits_of(list[i].events), 0 };
    int64_t pause = 0;
    while (ev_waits_wait(&waits, ev_masking_next_look(masking, deadline), &pause, &found)) {
        found = look(list, count, masking);
        if (found < 0)
            break;
        found = report(list, count, &waits);
        if (found > 0 || EV_ASK_HUB(rest, deadline) == 0)
            break;
    }
    ev_waits_end(&waits);
    return found;
}

EV_HOOK int poll(struct pollfd *list, nfds_t count, int milliseconds)
{
    if (milliseconds == 0 || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(poll, list, count, milliseconds);
    return poll_greenly(list, count, ev_deadline_after_milliseconds(milliseconds), NULL);
}

EV_HOOK int ppoll(struct pollfd *list, nfds_t count, const struct timespec *time,
                  const sigset_t *mask)
{
    if ((time && (ev_is_no_time(time) || !ev_is_valid_duration(time)))
        || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(ppoll, list, count, time, mask);
    return poll_greenly(list, count, ev_deadline_after(time), mask);
}

// ---- Other names -------------------------------------------------------------------------

extern void __chk_fail(void) __attribute__((noreturn));

EV_HOOK int __poll_chk(struct pollfd *list, nfds_t count, int milliseconds, size_t room)
{
    if (room / sizeof *list < count)
        __chk_fail();
    return poll(list, count, milliseconds);
}

EV_HOOK int __ppoll_chk(struct pollfd *list, nfds_t count, const struct timespec *time,
                        const sigset_t *mask, size_t room)
{
    if (room / sizeof *list < count)
        __chk_fail();
    return ppoll(list, count, time, mask);
}

EV_HOOK extern __typeof(poll) __poll __attribute__((alias("poll")));

EV_END_HOOKS
