// sleep and its relatives.
#include "durations.h"

#include <threads.h>
#include <time.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(unsigned, sleep, (unsigned))
EV_ORIGINAL(int, usleep, (useconds_t))
EV_ORIGINAL(int, nanosleep, (const struct timespec *, struct timespec *))
EV_ORIGINAL(int, clock_nanosleep,
            (clockid_t, int, const struct timespec *, struct timespec *))
EV_ORIGINAL(int, thrd_sleep, (const struct timespec *, struct timespec *))

static void tell_rest(int64_t deadline, struct timespec *rest)
{
    int64_t nanoseconds = EV_ASK_HUB(rest, deadline);
    if (rest)
        *rest = (struct timespec){ nanoseconds / 1000000000, nanoseconds % 1000000000 };
}

EV_HOOK unsigned sleep(unsigned seconds)
{
    if (!ev_patch_applies(EV_PATCH_TIME))
        return EV_CALL_ORIGINAL(sleep, seconds);
    int64_t deadline = EV_ASK_HUB(deadline, ev_patch_nanoseconds(seconds, 0));
    switch (EV_ASK_TO_WAIT(sleep, deadline)) {
    case EV_PATCH_INTERRUPTED:
        return (unsigned)((EV_ASK_HUB(rest, deadline) + 999999999) / 1000000000);
    case EV_PATCH_MUST_NOT:
        return EV_CALL_ORIGINAL(sleep, seconds);
    default:
        return 0;
    }
}

EV_HOOK int usleep(useconds_t microseconds)
{
    if (!ev_patch_applies(EV_PATCH_TIME))
        return EV_CALL_ORIGINAL(usleep, microseconds);
    switch (EV_ASK_TO_WAIT(sleep, EV_ASK_HUB(deadline, (int64_t)microseconds * 1000))) {
    case EV_PATCH_INTERRUPTED:
        return ev_patch_give_up();
    case EV_PATCH_MUST_NOT:
        return EV_CALL_ORIGINAL(usleep, microseconds);
    default:
        return 0;
    }
}

EV_HOOK int nanosleep(const struct timespec *time, struct timespec *rest)
{
    if (!ev_patch_applies(EV_PATCH_TIME) || !ev_is_valid_duration(time))
        return EV_CALL_ORIGINAL(nanosleep, time, rest);
    int64_t deadline = ev_deadline_after(time);
    switch (EV_ASK_TO_WAIT(sleep, deadline)) {
    case EV_PATCH_INTERRUPTED:
        tell_rest(deadline, rest);
        return ev_patch_give_up();
    case EV_PATCH_MUST_NOT:
        return EV_CALL_ORIGINAL(nanosleep, time, rest);
    default:
        return 0;
    }
}

/// Until `time` by a clock that may be set meanwhile: so it is looked at once a second.
static int sleep_until(clockid_t clock, const struct timespec *time)
{
    for (;;) {
        struct timespec now;
        if (clock_gettime(clock, &now) != 0)
            return errno;
        int64_t rest = ev_patch_nanoseconds(time->tv_sec - now.tv_sec, time->tv_nsec - now.tv_nsec);
        if (rest <= 0)
            return 0;
        int64_t step = rest < 1000000000 ? rest : 1000000000;
        switch (EV_ASK_TO_WAIT(sleep, EV_ASK_HUB(deadline, step))) {
        case EV_PATCH_INTERRUPTED:
            return ECANCELED;
        case EV_PATCH_MUST_NOT:
            return EV_CALL_ORIGINAL(clock_nanosleep, clock, TIMER_ABSTIME, time, NULL);
        default:
            break;
        }
    }
}

EV_HOOK int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                            struct timespec *rest)
{
    // Time of processors is no time to wait for; and the kernel says best what is no clock.
    bool is_of_the_world = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC
                           || clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
    if (!ev_patch_applies(EV_PATCH_TIME) || !is_of_the_world || !ev_is_valid_duration(time))
        return EV_CALL_ORIGINAL(clock_nanosleep, clock, flags, time, rest);
    if (flags & TIMER_ABSTIME)
        return sleep_until(clock, time);
    int64_t deadline = ev_deadline_after(time);
    switch (EV_ASK_TO_WAIT(sleep, deadline)) {
    case EV_PATCH_INTERRUPTED:
        tell_rest(deadline, rest);
        return ECANCELED;
    case EV_PATCH_MUST_NOT:
        return EV_CALL_ORIGINAL(clock_nanosleep, clock, flags, time, rest);
    default:
        return 0;
    }
}

/// 0, or -1 when it was interrupted.
EV_HOOK int thrd_sleep(const struct timespec *time, struct timespec *rest)
{
    if (!ev_patch_applies(EV_PATCH_TIME) || !ev_is_valid_duration(time))
        return EV_CALL_ORIGINAL(thrd_sleep, time, rest);
    return nanosleep(time, rest);
}

EV_HOOK extern __typeof(nanosleep) __nanosleep __attribute__((alias("nanosleep")));

EV_END_HOOKS
