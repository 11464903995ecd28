// Mutexes. libc knows their owners by OS thread: so to it, siblings are one and the same.
#include "auditing.h"
#include "waiters.h"

#include <pthread.h>
#include <stdlib.h>
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

// ---- Which green thread owns it ----------------------------------------------------------

/// A mutex with an owner that a green thread of this OS thread has taken.
typedef struct holding {
    struct holding *next;
    pthread_mutex_t *mutex;
    const ev_context *holder;
    int depth;
} holding;

// Initial-exec, as `ev_thread_pointer` is: one load instead of a call, at each unlocking.
static __thread holding *holdings __attribute__((tls_model("initial-exec")));
static __thread holding *spare_holdings;

static holding *find_holding(const pthread_mutex_t *mutex)
{
    holding *found = holdings;
    while (found && found->mutex != mutex)
        found = found->next;
    return found;
}

static void add_holding(pthread_mutex_t *mutex)
{
    holding *fresh = find_holding(mutex); // of an owner whose unlocking was not seen
    if (!fresh) {
        fresh = spare_holdings;
        if (fresh)
            spare_holdings = fresh->next;
        else
            fresh = malloc(sizeof *fresh);
        if (!fresh)
            abort();
        fresh->next = holdings;
        holdings = fresh;
    }
    fresh->mutex = mutex;
    fresh->holder = ev_thread_pointer->current;
    fresh->depth = 1;
}

static void remove_holding(const pthread_mutex_t *mutex)
{
    for (holding **link = &holdings; *link; link = &(*link)->next) {
        holding *found = *link;
        if (found->mutex != mutex)
            continue;
        if (--found->depth == 0) {
            *link = found->next;
            found->next = spare_holdings;
            spare_holdings = found;
        }
        return;
    }
}

/// Whether a sibling has it, whom libc would take for the caller.
static bool is_a_siblings(const pthread_mutex_t *mutex)
{
    if (!is_of_this_thread(mutex))
        return false;
    const holding *found = find_holding(mutex);
    return found && found->holder != ev_thread_pointer->current;
}

// ---- Locking -----------------------------------------------------------------------------

/// Tries it, as `pthread_mutex_trylock` does.
static int try_lock(pthread_mutex_t *mutex)
{
    bool keeps_owner = has_owner(mutex);
    if (keeps_owner && is_of_this_thread(mutex)) {
        holding *found = find_holding(mutex);
        if (found && found->holder != ev_thread_pointer->current)
            return EBUSY;
        int result = EV_CALL_ORIGINAL(pthread_mutex_trylock, mutex);
        if (result == 0 && found)
            found->depth++;
        return result;
    }
    int result = EV_CALL_ORIGINAL(pthread_mutex_trylock, mutex);
    if ((result == 0 || result == EOWNERDEAD) && keeps_owner)
        add_holding(mutex);
    return result;
}

/// One that the caller has already: libc knows what to say.
static bool is_mine(const pthread_mutex_t *mutex)
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

/// Whether who has it may be waiting greenly, so that it must be waited for in the same way. A
/// plain OS thread gives it back by itself: a short wait of the OS thread does less harm there than
/// a switch in the middle of what may be somebody's critical section.
static bool is_held_by_a_hub(const pthread_mutex_t *mutex)
{
    int owner = __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED);
    return owner != 0 && ev_is_hub_thread(owner);
}

/// Blocks the OS thread.
static int lock_for_real(pthread_mutex_t *mutex, int64_t deadline)
{
    int result;
    int64_t begin = ev_blocking_begin();
    if (deadline == EV_NEVER) {
        result = EV_CALL_ORIGINAL(pthread_mutex_lock, mutex);
    } else {
        struct timespec time;
        clock_gettime(CLOCK_REALTIME, &time);
        int64_t end = ev_patch_nanoseconds(time.tv_sec, time.tv_nsec);
        end += EV_ASK_HUB(rest, deadline);
        time = (struct timespec){ end / 1000000000, end % 1000000000 };
        result = EV_CALL_ORIGINAL(pthread_mutex_timedlock, mutex, &time);
    }
    ev_blocking_end(begin, "pthread_mutex_lock", EV_BLOCKS_FOR_THREAD);
    if ((result == 0 || result == EOWNERDEAD) && has_owner(mutex))
        add_holding(mutex);
    return result;
}

static EV_APART int lock_greenly(pthread_mutex_t *mutex, int64_t deadline)
{
    for (int spins = 0;; spins++) {
        if (is_mine(mutex)) {
            // Again, or a mistake: that waits for nobody, unless it is a dead-lock with oneself.
            int result = EV_CALL_ORIGINAL(pthread_mutex_lock, mutex);
            holding *found = find_holding(mutex);
            if (result == 0 && found)
                found->depth++;
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
        if (mutex->__data.__owner != 0 && !is_held_by_a_hub(mutex))
            return lock_for_real(mutex, deadline);
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, mutex))
            return lock_for_real(mutex, deadline);
        // It may have been given back before we were in line.
        result = try_lock(mutex);
        if (result == EBUSY)
            ev_waiter_park(&waiter, ev_deadline_or_recheck(deadline, EV_RECHECK));
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

EV_HOOK int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_mutex_lock, mutex);
    // One without an owner that is free, as nearly all are.
    if (!has_owner(mutex)) {
        int result = EV_CALL_ORIGINAL(pthread_mutex_trylock, mutex);
        if (result != EBUSY)
            return result;
    }
    return lock_for(__builtin_return_address(0), mutex);
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

/// Comes before it is given back, perhaps after the hub of this OS thread has gone.
static EV_APART void note_unlocking(const pthread_mutex_t *mutex)
{
    if (has_owner(mutex))
        remove_holding(mutex);
}

static EV_APART void wake_next(const pthread_mutex_t *mutex)
{
    ev_waiters_wake(mutex, 1);
}

EV_HOOK int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (EV_RARELY(holdings != NULL))
        note_unlocking(mutex);
    int result = EV_CALL_ORIGINAL(pthread_mutex_unlock, mutex);
    if (ev_waiters_exist())
        wake_next(mutex);
    return result;
}

EV_END_HOOKS
