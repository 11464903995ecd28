// Locks for many readers or one writer.
#include "auditing.h"
#include "holdings.h"
#include "patience.h"
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

/// Blocks the OS thread.
static int lock_for_real(pthread_rwlock_t *lock, mode mode, int64_t deadline)
{
    int result;
    int64_t begin = ev_blocking_begin();
    if (deadline == EV_NEVER) {
        result = mode == WRITES ? EV_CALL_ORIGINAL(pthread_rwlock_wrlock, lock)
                                : EV_CALL_ORIGINAL(pthread_rwlock_rdlock, lock);
    } else {
        const struct timespec time = ev_real_time_at(deadline);
        result = mode == WRITES ? EV_CALL_ORIGINAL(pthread_rwlock_timedwrlock, lock, &time)
                                : EV_CALL_ORIGINAL(pthread_rwlock_timedrdlock, lock, &time);
    }
    ev_blocking_end(begin, mode == WRITES ? "pthread_rwlock_wrlock" : "pthread_rwlock_rdlock",
                    EV_BLOCKS_FOR_THREAD);
    return result;
}

/// One that the caller writes under already: libc says so where a sibling must wait.
static bool is_mine(const pthread_rwlock_t *lock)
{
    int writer = __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED);
    return writer == ev_thread_pointer->identifier && ev_holding_is_mine(ev_holding_find(lock));
}

/// How long the OS thread waits for who has it. Who reads, nobody knows.
static int64_t patience_with_writer(const pthread_rwlock_t *lock)
{
    int writer = __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED);
    return writer != 0 ? ev_patience_with(writer) : 0;
}

static int wait_for_lock(pthread_rwlock_t *lock, mode mode, int64_t deadline)
{
    int64_t patience = -1;
    for (;;) {
        int result = try_lock(lock, mode);
        if (result != EBUSY && result != EDEADLK)
            return result;
        if (is_mine(lock))
            return EDEADLK;
        if (deadline != EV_NEVER && EV_ASK_HUB(rest, deadline) == 0)
            return ETIMEDOUT;
        if (patience < 0)
            patience = patience_with_writer(lock);
        if (patience > 0) {
            result = lock_for_real(lock, mode, ev_patience_deadline(deadline, &patience));
            if (result != ETIMEDOUT && result != EDEADLK)
                return result;
            continue;
        }
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, lock))
            return lock_for_real(lock, mode, deadline);
        result = try_lock(lock, mode);
        bool is_taken = result == EBUSY || result == EDEADLK;
        if (is_taken)
            ev_waiter_park(&waiter, ev_deadline_or_recheck(deadline, EV_RECHECK));
        ev_waiter_end(&waiter); // All are woken together.
        if (!is_taken)
            return result;
    }
}

static EV_APART int lock_greenly(pthread_rwlock_t *lock, mode mode, int64_t deadline)
{
    int error = errno; // which no lock of libc's touches
    int result = wait_for_lock(lock, mode, deadline);
    errno = error;
    if (result == 0 && mode == WRITES)
        ev_holding_add(lock);
    return result;
}

/// By who may wait greenly.
static int try_to_write(pthread_rwlock_t *lock)
{
    int result = try_lock(lock, WRITES);
    if (result == 0)
        ev_holding_add(lock);
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
    int result = try_to_write(lock);
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

EV_HOOK int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_rwlock_trywrlock, lock);
    int result = try_to_write(lock);
    return result == EDEADLK ? EBUSY : result;
}

/// Comes before it is given back, perhaps after the hub of this OS thread has gone.
static EV_APART void note_unlocking(const pthread_rwlock_t *lock)
{
    if (__atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED) != 0)
        ev_holding_remove(lock);
}

EV_HOOK int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    if (EV_RARELY(ev_holdings != NULL))
        note_unlocking(lock);
    int result = EV_CALL_ORIGINAL(pthread_rwlock_unlock, lock);
    if (ev_waiters_exist())
        ev_waiters_wake(lock, INT32_MAX);
    return result;
}

EV_END_HOOKS
