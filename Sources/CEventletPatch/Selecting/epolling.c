// Waiting for an epoll set of somebody else's.
#include "durations.h"
#include "masking.h"

#include <sys/epoll.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, epoll_wait, (int, struct epoll_event *, int, int))
EV_ORIGINAL(int, epoll_pwait, (int, struct epoll_event *, int, int, const sigset_t *))

/// The kernel's answer. A call that is not to wait does not look for signals, as poll's does.
static long look(int set, struct epoll_event *events, int most, ev_masking masking)
{
    static const struct timespec no_time = { 0, 0 };
    long answer = EV_KERNEL(epoll_pwait, set, events, most, 0, masking.mask, EV_SIGNAL_SET);
    if (answer == 0 && masking.differs)
        answer = EV_KERNEL(ppoll, NULL, 0, &no_time, masking.mask, EV_SIGNAL_SET);
    return answer;
}

/// A set is itself a descriptor that is readable when one of its own is ready.
static EV_APART int wait_in_set(int set, struct epoll_event *events, int most, int64_t deadline,
                                const sigset_t *mask)
{
    const ev_masking masking = ev_masking_with(mask);
    for (;;) {
        long answer;
        do
            answer = look(set, events, most, masking);
        while (ev_masking_repeats(masking, answer));
        if (answer != 0)
            return (int)ev_libc_result(answer);
        switch (EV_ASK_TO_WAIT(wait, set, EV_READABLE, ev_masking_next_look(masking, deadline))) {
        case EV_PATCH_READY:
            break;
        case EV_PATCH_TIMED_OUT:
            if (EV_ASK_HUB(rest, deadline) == 0)
                return 0;
            break;
        case EV_PATCH_CLOSED:
            errno = EBADF;
            return -1;
        case EV_PATCH_INTERRUPTED:
            return ev_patch_give_up();
        default: { // Here nobody may wait greenly.
            int64_t rest = EV_ASK_HUB(rest, deadline);
            int milliseconds = deadline == EV_NEVER ? -1 : (int)((rest + 999999) / 1000000);
            return EV_CALL_ORIGINAL(epoll_pwait, set, events, most, milliseconds, mask);
        }
        }
    }
}

EV_HOOK int epoll_wait(int set, struct epoll_event *events, int most, int milliseconds)
{
    if (milliseconds == 0 || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(epoll_wait, set, events, most, milliseconds);
    return wait_in_set(set, events, most, ev_deadline_after_milliseconds(milliseconds), NULL);
}

EV_HOOK int epoll_pwait(int set, struct epoll_event *events, int most, int milliseconds,
                        const sigset_t *mask)
{
    if (milliseconds == 0 || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(epoll_pwait, set, events, most, milliseconds, mask);
    return wait_in_set(set, events, most, ev_deadline_after_milliseconds(milliseconds), mask);
}

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/// libc before 2.35 has no such function, so it is the system call.
EV_HOOK int epoll_pwait2(int set, struct epoll_event *events, int most,
                         const struct timespec *time, const sigset_t *mask)
{
    if ((time && (ev_is_no_time(time) || !ev_is_valid_duration(time)))
        || !ev_patch_applies(EV_PATCH_SELECT))
        return (int)EV_SYSTEM_CALL(epoll_pwait2, set, events, most, time, mask, EV_SIGNAL_SET);
    return wait_in_set(set, events, most, ev_deadline_after(time), mask);
}

EV_END_HOOKS
