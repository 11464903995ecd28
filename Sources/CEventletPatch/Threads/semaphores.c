// Semaphores of POSIX. `sem_post` may be called by a handler of signals, in the middle of anything:
// it can take no lock, so it wakes by a descriptor of each hub that waits.
#include "waiters.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <time.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, sem_wait, (sem_t *))
EV_ORIGINAL(int, sem_timedwait, (sem_t *, const struct timespec *))
EV_ORIGINAL(int, sem_post, (sem_t *))
/// libc before 2.30 has none, and then nobody calls it.
EV_ORIGINAL(int, sem_clockwait, (sem_t *, clockid_t, const struct timespec *))

// ---- The descriptor of each hub -------------------------------------------------------------

enum { SLOTS = 64 };

/// An OS thread whose green threads have waited for semaphores.
typedef struct slot {
    _Atomic bool is_taken;
    _Atomic int fd;      // an eventfd; 0 before there is one
    _Atomic int waiters; // green threads that wait, or are about to
} slot;

static slot slots[SLOTS];
static _Atomic int waiters; // of all slots
static __thread slot *mine;
static pthread_key_t at_exit;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Under the same number, which green threads wait for.
static void renew(int fd)
{
    if (fd <= 0)
        return;
    int fresh = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fresh < 0)
        return;
    EV_KERNEL(dup3, fresh, fd, O_CLOEXEC);
    EV_KERNEL(close, fresh);
}

static void give_back(void *opaque)
{
    slot *slot = opaque;
    // The descriptor stays: a handler may be about to write to it.
    atomic_store(&slot->is_taken, false);
}

/// A child's hub is woken by its parent's descriptors otherwise, and the other way round; and of
/// its OS threads only this one is left.
static void renew_in_child(void)
{
    for (int i = 0; i < SLOTS; i++) {
        slot *slot = &slots[i];
        int fd = atomic_load(&slot->fd);
        if (slot == mine) {
            renew(fd);
            continue;
        }
        atomic_store(&slot->fd, 0);
        atomic_store(&slot->waiters, 0);
        atomic_store(&slot->is_taken, false);
        if (fd > 0)
            EV_KERNEL(close, fd);
    }
    atomic_store(&waiters, mine ? atomic_load(&mine->waiters) : 0);
}

static void prepare(void)
{
    pthread_key_create(&at_exit, give_back);
    pthread_atfork(NULL, NULL, renew_in_child);
}

/// NULL: there are more hubs than slots, or no descriptors.
static slot *my_slot(void)
{
    if (mine)
        return atomic_load(&mine->fd) > 0 ? mine : NULL;
    pthread_once(&once, prepare);
    for (int i = 0; i < SLOTS && !mine; i++) {
        bool is_taken = false;
        if (atomic_compare_exchange_strong(&slots[i].is_taken, &is_taken, true))
            mine = &slots[i];
    }
    if (!mine)
        return NULL;
    pthread_setspecific(at_exit, mine);
    if (atomic_load(&mine->fd) <= 0)
        atomic_store(&mine->fd, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    return atomic_load(&mine->fd) > 0 ? mine : NULL;
}

static void tell_all(void)
{
    const uint64_t one = 1;
    for (int i = 0; i < SLOTS; i++)
        if (atomic_load(&slots[i].waiters) > 0 && atomic_load(&slots[i].fd) > 0)
            EV_KERNEL(write, atomic_load(&slots[i].fd), &one, sizeof one);
}

/// Waits until somebody has posted something. False: one may not wait greenly here.
static bool wait_for_news(slot *slot, int64_t deadline)
{
    int fd = atomic_load(&slot->fd);
    if (EV_ASK_TO_WAIT(wait_uninterrupted, fd, deadline) == EV_PATCH_MUST_NOT)
        return false;
    uint64_t count;
    // Siblings that wait were told by the same event, of which there is nothing left now.
    if (EV_KERNEL(read, fd, &count, sizeof count) > 0)
        EV_TELL_HUB(tell, fd, EV_READABLE);
    return true;
}

/// Waits for a while where there is no descriptor. False: as above.
static bool wait_a_while(sem_t *semaphore, int64_t deadline)
{
    ev_waiter waiter;
    if (!ev_waiter_begin(&waiter, semaphore))
        return false;
    ev_waiter_park(&waiter, ev_deadline_or_recheck(deadline, EV_RECHECK));
    ev_waiter_end(&waiter);
    return true;
}

// ---- Waiting ----------------------------------------------------------------------------------

enum { MUST_BLOCK = 1 };

/// What another process posts nobody here is told. (glibc keeps a word for that.)
static bool is_shared_by_processes(const sem_t *semaphore)
{
    return ((const int *)semaphore)[2] != 0;
}

/// 0; or -1 and errno; or MUST_BLOCK.
static int wait_greenly(sem_t *semaphore, int64_t deadline)
{
    for (;;) {
        if (sem_trywait(semaphore) == 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return -1;
        if (deadline != EV_NEVER && EV_ASK_HUB(rest, deadline) == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        slot *slot = is_shared_by_processes(semaphore) ? NULL : my_slot();
        if (!slot) {
            if (!wait_a_while(semaphore, deadline))
                return MUST_BLOCK;
            continue;
        }
        // Counted before the last look: who posts after that sees it.
        atomic_fetch_add(&waiters, 1);
        atomic_fetch_add(&slot->waiters, 1);
        bool has_it = sem_trywait(semaphore) == 0;
        bool has_waited = has_it || wait_for_news(slot, deadline);
        atomic_fetch_sub(&slot->waiters, 1);
        atomic_fetch_sub(&waiters, 1);
        if (has_it)
            return 0;
        if (!has_waited)
            return MUST_BLOCK;
    }
}

static EV_APART int wait_keeping_errno(sem_t *semaphore, int64_t deadline)
{
    int error = errno;
    int result = wait_greenly(semaphore, deadline);
    if (result == 0)
        errno = error;
    return result;
}

EV_HOOK int sem_wait(sem_t *semaphore)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(sem_wait, semaphore);
    int result = wait_keeping_errno(semaphore, EV_NEVER);
    return result == MUST_BLOCK ? EV_CALL_ORIGINAL(sem_wait, semaphore) : result;
}

EV_HOOK int sem_timedwait(sem_t *semaphore, const struct timespec *time)
{
    if (!ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time))
        return EV_CALL_ORIGINAL(sem_timedwait, semaphore, time);
    int result = wait_keeping_errno(semaphore, ev_deadline_at(CLOCK_REALTIME, time));
    return result == MUST_BLOCK ? EV_CALL_ORIGINAL(sem_timedwait, semaphore, time) : result;
}

EV_HOOK int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *time)
{
    bool is_known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
    if (!is_known || !ev_patch_applies(EV_PATCH_THREAD) || !ev_is_valid_time(time))
        return EV_CALL_ORIGINAL(sem_clockwait, semaphore, clock, time);
    int result = wait_keeping_errno(semaphore, ev_deadline_at(clock, time));
    return result == MUST_BLOCK ? EV_CALL_ORIGINAL(sem_clockwait, semaphore, clock, time) : result;
}

EV_HOOK int sem_post(sem_t *semaphore)
{
    int result = EV_CALL_ORIGINAL(sem_post, semaphore);
    if (EV_RARELY(atomic_load(&waiters) != 0))
        tell_all();
    return result;
}

EV_END_HOOKS
