// Mutexes. libc knows their owners by OS thread: so to it, siblings are one and the same.
#include "auditing.h"
#include "holdings.h"
#include "patience.h"
#include "waiters.h"

#include <pthread.h>
#include <time.h>

#if !defined(__GLIBC__)
#error "the fields of a mutex are those of glibc"
#endif

EV_BEGIN_HOOKS

EV_ORIGINAL(int, pthread_mutex_lock, (pthread_mutex_t *))
EV_ORIGINAL(int, pthread_mutex_trylock, (pthread_mutex_t *))
EV_ORIGINAL(int, pthread_mutex_timedlock, (pthread_mutex_t *, const struct timespec *))
EV_ORIGINAL(int, pthread_mutex_unlock, (pthread_mutex_t *))

/// Whether libc asks who owns it: then it must be told apart which sibling does.
static bool has_owner(const pthread_mutex_t *mutex)
{
    int kind = mutex->__data.__kind & 3;
    return kind == PTHREAD_MUTEX_RECURSIVE_NP || kind == PTHREAD_MUTEX_ERRORCHECK_NP;
}

static int my_number(void)
{
    return ev_thread_pointer->identifier;
}

static bool is_of_this_thread(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED) == my_number();
}

// ---- Which green thread has it -----------------------------------------------------------

static bool is_robust(const pthread_mutex_t *mutex)
{
    enum { ROBUST = 16 }; // as glibc has it
    return mutex->__data.__kind & ROBUST;
}

/// In a robust mutex there is its place in libc's list of those; in all others nothing, so there it
/// stands who has it. It counts while the mutex is this OS thread's.
static const ev_context **holder_inside(pthread_mutex_t *mutex)
{
    return (const ev_context **)&mutex->__data.__list;
}

/// NULL: one of this OS thread's that has taken it when nothing was patched.
static const ev_context *holder_of(pthread_mutex_t *mutex)
{
    if (!is_robust(mutex))
        return *holder_inside(mutex);
    const ev_holding *found = ev_holding_find(mutex);
    return found ? found->holder : NULL;
}

/// The running green thread has taken it, for the first time.
static void note_taken(pthread_mutex_t *mutex)
{
    if (is_robust(mutex))
        ev_holding_add(mutex);
    else
        *holder_inside(mutex) = ev_thread_pointer->current;
}

/// It has taken it once more.
static void note_taken_again(const pthread_mutex_t *mutex)
{
    ev_holding *found = is_robust(mutex) ? ev_holding_find(mutex) : NULL;
    if (found)
        found->depth++;
}

/// Comes before it is given back, perhaps after the hub of this OS thread has gone.
static EV_APART void note_unlocking(pthread_mutex_t *mutex)
{
    if (is_robust(mutex)) {
        ev_holding_remove(mutex);
        return;
    }
    const ev_context **holder = holder_inside(mutex);
    if (*holder == NULL || mutex->__data.__count > 1)
        return;
    int me = ev_thread_pointer ? my_number() : (int)EV_KERNEL(gettid);
    // Another's cannot be given back, as libc says next.
    if (mutex->__data.__owner == me)
        *holder = NULL;
}

/// Whether a sibling has it, whom libc would take for the caller.
static bool is_a_siblings(pthread_mutex_t *mutex)
{
    if (!is_of_this_thread(mutex))
        return false;
    const ev_context *holder = holder_of(mutex);
    return holder != NULL && holder != ev_thread_pointer->current;
}

// ---- Locking -----------------------------------------------------------------------------

/// One that is nobody's, or another OS thread's.
static int take_free(pthread_mutex_t *mutex, bool keeps_owner)
{
    int result = EV_CALL_ORIGINAL(pthread_mutex_trylock, mutex);
    if (keeps_owner && (result == 0 || result == EOWNERDEAD))
        note_taken(mutex);
    return result;
}

/// Tries it, as `pthread_mutex_trylock` does.
static int try_lock(pthread_mutex_t *mutex)
{
    bool keeps_owner = has_owner(mutex);
    if (!keeps_owner || !is_of_this_thread(mutex))
        return take_free(mutex, keeps_owner);
    if (is_a_siblings(mutex))
        return EBUSY;
    int result = EV_CALL_ORIGINAL(pthread_mutex_trylock, mutex);
    if (result == 0)
        note_taken_again(mutex);
    return result;
}

/// One that the caller has already: libc knows what to say.
static bool is_mine(pthread_mutex_t *mutex)
{
    return has_owner(mutex) && is_of_this_thread(mutex) && !is_a_siblings(mutex);
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Blocks the OS thread.
static int lock_for_real(pthread_mutex_t *mutex, int64_t deadline)
{
    int result;
    int64_t begin = ev_blocking_begin();
    if (deadline == EV_NEVER) {
        result = EV_CALL_ORIGINAL(pthread_mutex_lock, mutex);
    } else {
        const struct timespec time = ev_real_time_at(deadline);
        result = EV_CALL_ORIGINAL(pthread_mutex_timedlock, mutex, &time);
    }
    ev_blocking_end(begin, "pthread_mutex_lock", EV_BLOCKS_FOR_THREAD);
    if ((result == 0 || result == EOWNERDEAD) && has_owner(mutex))
        note_taken(mutex);
    return result;
}

static EV_APART int lock_greenly(pthread_mutex_t *mutex, int64_t deadline)
{
    int64_t patience = -1;
    for (int spins = 0;; spins++) {
        if (is_mine(mutex)) {
            // Again, or a mistake: that waits for nobody, unless it is a dead-lock with oneself.
            int result = EV_CALL_ORIGINAL(pthread_mutex_lock, mutex);
            if (result == 0)
                note_taken_again(mutex);
            return result;
        }
        int result = try_lock(mutex);
        if (result != EBUSY)
            return result;
        if (deadline != EV_NEVER && EV_ASK_HUB(rest, deadline) == 0)
            return ETIMEDOUT;
        // Nobody has it, or not yet: it is just being taken or given.
        if (mutex->__data.__owner == 0 && spins < 100) {
            relax();
            continue;
        }
        if (patience < 0)
            patience = ev_patience_with(mutex->__data.__owner);
        if (patience > 0) {
            result = lock_for_real(mutex, ev_patience_deadline(deadline, &patience));
            if (result != ETIMEDOUT)
                return result;
            continue;
        }
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, mutex))
            return lock_for_real(mutex, deadline);
        // It may have been given back before we were in line.
        result = try_lock(mutex);
        if (result == EBUSY)
            ev_waiter_park(&waiter, ev_patience_recheck(&waiter, deadline));
        bool was_woken = ev_waiter_end(&waiter);
        if (result != EBUSY) {
            // Somebody else's turn, then.
            if (was_woken)
                ev_waiters_wake(mutex, 1);
            return result;
        }
    }
}

static EV_APART int lock_for(const void *caller, pthread_mutex_t *mutex)
{
    if (ev_patch_is_in_runtime(caller))
        return EV_CALL_ORIGINAL(pthread_mutex_lock, mutex);
    int error = errno; // which no lock of libc's touches
    int result = lock_greenly(mutex, EV_NEVER);
    errno = error;
    return result;
}

/// Nearly all are free.
static EV_APART int take_or_lock(const void *caller, pthread_mutex_t *mutex)
{
    int result = EBUSY;
    if (!has_owner(mutex))
        result = EV_CALL_ORIGINAL(pthread_mutex_trylock, mutex);
    else if (mutex->__data.__owner == 0)
        result = take_free(mutex, true);
    return result != EBUSY ? result : lock_for(caller, mutex);
}

EV_HOOK int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_mutex_lock, mutex);
    return take_or_lock(__builtin_return_address(0), mutex);
}

EV_HOOK int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_mutex_trylock, mutex);
    return try_lock(mutex);
}

EV_HOOK int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *time)
{
    if (!ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time))
        return EV_CALL_ORIGINAL(pthread_mutex_timedlock, mutex, time);
    return lock_greenly(mutex, ev_deadline_at(CLOCK_REALTIME, time));
}

/// libc before 2.30 has none, and then nobody calls it.
EV_ORIGINAL(int, pthread_mutex_clocklock, (pthread_mutex_t *, clockid_t, const struct timespec *))
EV_HOOK int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                    const struct timespec *time)
{
    if (!ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time)
        || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return EV_CALL_ORIGINAL(pthread_mutex_clocklock, mutex, clock, time);
    return lock_greenly(mutex, ev_deadline_at(clock, time));
}

static EV_APART void wake_next(const pthread_mutex_t *mutex)
{
    ev_waiters_wake(mutex, 1);
}

EV_HOOK int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (has_owner(mutex))
        note_unlocking(mutex);
    int result = EV_CALL_ORIGINAL(pthread_mutex_unlock, mutex);
    if (ev_waiters_exist())
        wake_next(mutex);
    return result;
}

EV_END_HOOKS
