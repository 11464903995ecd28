// How long an OS thread waits for a lock before its green thread parks.
#ifndef EV_PATIENCE_H
#define EV_PATIENCE_H

#include "waiters.h"

/// Nanoseconds, by who has it; 0: it parks at once.
///
/// A green thread of a hub may wait while it has the lock. A plain OS thread mostly gives it back
/// by itself, and a short wait of the OS thread does less harm then than a switch in the middle of
/// what may be somebody's critical section; but it may also wait for what a sibling is to do.
static inline int64_t ev_patience_with(int owner)
{
    if (ev_thread_pointer->identifier == owner)
        return 0;
    if (!ev_patch_is_of_a_hub(owner))
        return 50000000;
    // The Swift runtime's own locks are held for moments, and nobody may switch in between.
    return ev_patch_runtime_is_inside() ? 1000000 : 0;
}

/// When that wait is over; it is the only one.
static inline int64_t ev_patience_deadline(int64_t deadline, int64_t *_Nonnull patience)
{
    int64_t end = EV_ASK_HUB(deadline, *patience);
    *patience = 0;
    return deadline < end ? deadline : end;
}

/// When a waiter looks again. The first does it for all, so that thousands cost no more than one;
/// the others only seldom, should the first have left.
static inline int64_t ev_patience_recheck(const ev_waiter *_Nonnull waiter, int64_t deadline)
{
    return ev_deadline_or_recheck(deadline, ev_waiter_is_first(waiter) ? EV_RECHECK : 1000000000);
}

/// The time of CLOCK_REALTIME at a deadline of the hub's.
static inline struct timespec ev_real_time_at(int64_t deadline)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    int64_t end = ev_patch_nanoseconds(time.tv_sec, time.tv_nsec) + EV_ASK_HUB(rest, deadline);
    return (struct timespec){ end / 1000000000, end % 1000000000 };
}

#endif
