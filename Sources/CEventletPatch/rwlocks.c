// Locks for many readers or one writer.
#include "auditing.h"
#include "waiters.h"

#include <pthread.h>
#include <time.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, pthread_rwlock_rdlock, (pthread_rwlock_t *))
EV_ORIGINAL(int, pthread_rwlock_wrlock, (pthread_rwlock_t *))
EV_ORIGINAL(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t *))
EV_ORIGINAL(int, pthread_rwlock_trywrlock, (pthread_rwlock_t *))
EV_ORIGINAL(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t *, const struct timespec *))
EV_ORIGINAL(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t *, const struct timespec *))
EV_ORIGINAL(int, pthread_rwlock_unlock, (pthread_rwlock_t *))

typedef enum mode { READS, WRITES } mode;

static int try_lock(pthread_rwlock_t *lock, mode mode)
{
    return mode == WRITES ? EV_CALL_ORIGINAL(pthread_rwlock_trywrlock, lock)
                          : EV_CALL_ORIGINAL(pthread_rwlock_tryrdlock, lock);
}

static int lock_for_real(pthread_rwlock_t *lock, mode mode)
{
    int64_t begin = ev_blocking_begin();
    int result = mode == WRITES ? EV_CALL_ORIGINAL(pthread_rwlock_wrlock, lock)
                                : EV_CALL_ORIGINAL(pthread_rwlock_rdlock, lock);
    ev_blocking_end(begin, mode == WRITES ? "pthread_rwlock_wrlock" : "pthread_rwlock_rdlock",
                    EV_BLOCKS_FOR_THREAD);
    return result;
}

/// A writer that is a plain OS thread gives it back by itself. Who reads, nobody knows.
static bool is_a_plain_threads(const pthread_rwlock_t *lock)
{
    int writer = __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED);
    return writer != 0 && !ev_is_hub_thread(writer);
}

static int lock_greenly(pthread_rwlock_t *lock, mode mode, int64_t deadline)
{
    int error = errno, result;
    for (;;) {
        result = try_lock(lock, mode);
        if (result != EBUSY && result != EDEADLK)
            break;
        if (deadline == EV_NEVER && is_a_plain_threads(lock)) {
            result = lock_for_real(lock, mode);
            break;
        }
        if (deadline != EV_NEVER && EV_ASK_HUB(rest, deadline) == 0) {
            result = ETIMEDOUT;
            break;
        }
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, lock)) {
            result = lock_for_real(lock, mode);
            break;
        }
        result = try_lock(lock, mode);
        bool is_taken = result == EBUSY || result == EDEADLK;
        if (is_taken)
            ev_waiter_park(&waiter, ev_deadline_or_recheck(deadline, EV_RECHECK));
        ev_waiter_end(&waiter); // All are woken together.
        if (!is_taken)
            break;
    }
    errno = error;
    return result;
}

EV_HOOK int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_rwlock_rdlock, lock);
    int result = try_lock(lock, READS);
    return result == EBUSY ? lock_greenly(lock, READS, EV_NEVER) : result;
}

EV_HOOK int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_rwlock_wrlock, lock);
    int result = try_lock(lock, WRITES);
    return result == EBUSY || result == EDEADLK ? lock_greenly(lock, WRITES, EV_NEVER) : result;
}

EV_HOOK int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *time)
{
    if (!ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time))
        return EV_CALL_ORIGINAL(pthread_rwlock_timedrdlock, lock, time);
    return lock_greenly(lock, READS, ev_deadline_at(CLOCK_REALTIME, time));
}

EV_HOOK int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *time)
{
    if (!ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time))
        return EV_CALL_ORIGINAL(pthread_rwlock_timedwrlock, lock, time);
    return lock_greenly(lock, WRITES, ev_deadline_at(CLOCK_REALTIME, time));
}

/// libc before 2.30 has neither, and then nobody calls them.
EV_ORIGINAL(int, pthread_rwlock_clockrdlock,
            (pthread_rwlock_t *, clockid_t, const struct timespec *))
EV_ORIGINAL(int, pthread_rwlock_clockwrlock,
            (pthread_rwlock_t *, clockid_t, const struct timespec *))

EV_HOOK int pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock,
                                       const struct timespec *time)
{
    bool is_known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
    if (!is_known || !ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time))
        return EV_CALL_ORIGINAL(pthread_rwlock_clockrdlock, lock, clock, time);
    return lock_greenly(lock, READS, ev_deadline_at(clock, time));
}

EV_HOOK int pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock,
                                       const struct timespec *time)
{
    bool is_known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
    if (!is_known || !ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time))
        return EV_CALL_ORIGINAL(pthread_rwlock_clockwrlock, lock, clock, time);
    return lock_greenly(lock, WRITES, ev_deadline_at(clock, time));
}

EV_HOOK int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    int result = EV_CALL_ORIGINAL(pthread_rwlock_unlock, lock);
    if (ev_waiters_exist())
        ev_waiters_wake(lock, INT32_MAX);
    return result;
}

EV_END_HOOKS
