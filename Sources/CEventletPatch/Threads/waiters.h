// Green threads that wait for something at an address: a lock, a condition, a futex.
#ifndef EV_WAITERS_H
#define EV_WAITERS_H

#include "hook.h"

/// Lies on the stack of the green thread that waits.
typedef struct ev_waiter {
    struct ev_waiter *_Nullable next, *_Nullable previous;
    const void *_Nonnull address;
    const ev_thread *_Nonnull thread; // of OS threads
    bool is_woken; // guarded by the bucket's lock
    _Alignas(16) char memory[EV_PATCH_WAITER_SIZE];
} ev_waiter;

/// How many green threads of the process wait: while it is 0, who could wake one looks no further.
extern _Atomic int ev_waiters_count EV_HIDDEN;

/// Takes a place in line. False: one may not wait greenly here.
EV_HIDDEN bool ev_waiter_begin(ev_waiter *_Nonnull waiter, const void *_Nonnull address);
/// Parks until it is woken or `deadline` passes. Returns whether it was woken.
EV_HIDDEN bool ev_waiter_park(ev_waiter *_Nonnull waiter, int64_t deadline);
/// Gives the place up. Returns whether it was woken meanwhile: then that is to be passed on, or of
/// use.
EV_HIDDEN bool ev_waiter_end(ev_waiter *_Nonnull waiter);

/// Whether nobody came before it to the same address.
EV_HIDDEN bool ev_waiter_is_first(const ev_waiter *_Nonnull waiter);

/// Wakes the first `most` who wait at `address`. Returns how many there were.
EV_HIDDEN int ev_waiters_wake(const void *_Nonnull address, int most);

static inline bool ev_waiters_exist(void)
{
    return EV_RARELY(atomic_load_explicit(&ev_waiters_count, memory_order_seq_cst) != 0);
}

/// A wait for what nobody tells, or not everybody: the lock may be given back inside libc.
#define EV_RECHECK INT64_C(5000000)

/// `deadline`, or the time to look again if that is earlier.
static inline int64_t ev_deadline_or_recheck(int64_t deadline, int64_t recheck)
{
    int64_t next = EV_ASK_HUB(deadline, recheck);
    return deadline < next ? deadline : next;
}

/// The hub's deadline for a point in time of `clock`.
EV_HIDDEN int64_t ev_deadline_at(clockid_t clock, const struct timespec *_Nonnull time);

static inline bool ev_is_valid_time(const struct timespec *_Nonnull time)
{
    return time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

#endif
