// Condition variables.
#include "waiters.h"

#include <pthread.h>
#include <time.h>

EV_BEGIN_HOOKS

// Each has an older form of the same name, of another layout, which programs made before 2003 use.
#if defined(__x86_64__)
#define VERSION "GLIBC_2.3.2"
#else
#define VERSION NULL
#endif
EV_ORIGINAL_OF_VERSION(int, pthread_cond_wait, (pthread_cond_t *, pthread_mutex_t *), VERSION)
EV_ORIGINAL_OF_VERSION(int, pthread_cond_timedwait,
                       (pthread_cond_t *, pthread_mutex_t *, const struct timespec *), VERSION)
EV_ORIGINAL_OF_VERSION(int, pthread_cond_signal, (pthread_cond_t *), VERSION)
EV_ORIGINAL_OF_VERSION(int, pthread_cond_broadcast, (pthread_cond_t *), VERSION)
/// libc before 2.30 has none, and then nobody calls it.
EV_ORIGINAL(int, pthread_cond_clockwait,
            (pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *))

/// glibc keeps a condition's clock in a bit of this field (2.25 and newer).
static clockid_t clock_of(const pthread_cond_t *condition)
{
    return condition->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

/// A signal of another process is not seen here (a bit of the same field tells of those): so they
/// wake now and then for no reason, which every waiter must expect.
static int64_t deadline_of(const pthread_cond_t *condition, int64_t deadline)
{
    return condition->__data.__wrefs & 1 ? ev_deadline_or_recheck(deadline, EV_RECHECK) : deadline;
}

/// 0, ETIMEDOUT, or -1: one may not wait greenly here.
static int wait_greenly(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline)
{
    int error = errno;
    ev_waiter waiter;
    if (!ev_waiter_begin(&waiter, condition))
        return -1;
    // In line before the mutex is free: from then on a signal counts.
    int result = pthread_mutex_unlock(mutex);
    if (result == 0)
        ev_waiter_park(&waiter, deadline_of(condition, deadline));
    bool is_woken = ev_waiter_end(&waiter);
    if (result != 0) {
        if (is_woken) // for one who waits
            pthread_cond_signal(condition);
    } else {
        bool is_over = !is_woken && deadline != EV_NEVER && EV_ASK_HUB(rest, deadline) == 0;
        // A robust mutex may say that its owner died.
        result = pthread_mutex_lock(mutex);
        if (result == 0 && is_over)
            result = ETIMEDOUT;
    }
    errno = error;
    return result;
}

EV_HOOK int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    int result = -1;
    if (ev_patch_applies(EV_PATCH_THREAD))
        result = wait_greenly(condition, mutex, EV_NEVER);
    return result >= 0 ? result : EV_CALL_ORIGINAL(pthread_cond_wait, condition, mutex);
}

EV_HOOK int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                   const struct timespec *time)
{
    int result = -1;
    if (ev_patch_applies(EV_PATCH_THREAD) && ev_is_valid_time(time))
        result = wait_greenly(condition, mutex, ev_deadline_at(clock_of(condition), time));
    return result >= 0 ? result : EV_CALL_ORIGINAL(pthread_cond_timedwait, condition, mutex, time);
}

EV_HOOK int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                   clockid_t clock, const struct timespec *time)
{
    bool is_known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
    int result = -1;
    if (is_known && ev_patch_applies(EV_PATCH_THREAD) && ev_is_valid_time(time))
        result = wait_greenly(condition, mutex, ev_deadline_at(clock, time));
    return result >= 0 ? result
                       : EV_CALL_ORIGINAL(pthread_cond_clockwait, condition, mutex, clock, time);
}

EV_HOOK int pthread_cond_signal(pthread_cond_t *condition)
{
    // One waiter, of either kind.
    if (ev_waiters_exist() && ev_waiters_wake(condition, 1) == 1)
        return 0;
    return EV_CALL_ORIGINAL(pthread_cond_signal, condition);
}

EV_HOOK int pthread_cond_broadcast(pthread_cond_t *condition)
{
    if (ev_waiters_exist())
        ev_waiters_wake(condition, INT32_MAX);
    return EV_CALL_ORIGINAL(pthread_cond_broadcast, condition);
}

EV_END_HOOKS
