// Lengths of time, as callers give them.
#ifndef EV_DURATIONS_H
#define EV_DURATIONS_H

#include "hook.h"

static inline bool ev_is_valid_duration(const struct timespec *_Nonnull time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

static inline bool ev_is_no_time(const struct timespec *_Nonnull time)
{
    return time->tv_sec == 0 && time->tv_nsec == 0;
}

/// NULL is for ever.
static inline int64_t ev_deadline_after(const struct timespec *_Nullable time)
{
    return time ? EV_ASK_HUB(deadline, ev_patch_nanoseconds(time->tv_sec, time->tv_nsec))
                : EV_NEVER;
}

/// Less than none is for ever.
static inline int64_t ev_deadline_after_milliseconds(int milliseconds)
{
    return milliseconds < 0 ? EV_NEVER
                            : EV_ASK_HUB(deadline, (int64_t)milliseconds * 1000000);
}

#endif
