// What waits for other threads: pthread_once, pthread_join, barriers.
#include "waiters.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

EV_BEGIN_HOOKS

// ---- pthread_once ---------------------------------------------------------------------------

EV_ORIGINAL(int, pthread_once, (pthread_once_t *, void (*)(void)))

enum { ONCE_IS_DONE = 2 }; // as glibc says it

/// A routine that a green thread is in the middle of: lies on its stack.
typedef struct running {
    struct running *next;
    pthread_once_t *control;
    const ev_context *runner;
} running;

static ev_lock lock;
static running *first;

/// Whether another green thread, of any hub, runs that routine.
static bool is_run_by_another(pthread_once_t *control)
{
    ev_lock_take(&lock);
    const running *found = first;
    while (found
           && (found->control != control || found->runner == ev_thread_pointer->current))
        found = found->next;
    ev_lock_release(&lock);
    return found != NULL;
}

static bool is_done(pthread_once_t *control)
{
    return __atomic_load_n((int *)control, __ATOMIC_ACQUIRE) == ONCE_IS_DONE;
}

static void end_running(running *me)
{
    ev_lock_take(&lock);
    running **link = &first;
    while (*link != me)
        link = &(*link)->next;
    *link = me->next;
    ev_lock_release(&lock);
    ev_waiters_wake(me->control, INT32_MAX);
}

/// libc would wait in the kernel for the OS thread that runs it: for itself, perhaps.
static bool wait_until_run(pthread_once_t *control)
{
    while (!is_done(control) && is_run_by_another(control)) {
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, control))
            return false;
        if (!is_done(control) && is_run_by_another(control))
            ev_waiter_park(&waiter, EV_ASK_HUB(deadline, EV_RECHECK));
        ev_waiter_end(&waiter);
    }
    return true;
}

EV_HOOK int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    if (is_done(control) || !ev_patch_applies(EV_PATCH_THREAD) || !wait_until_run(control)
        || is_done(control))
        return EV_CALL_ORIGINAL(pthread_once, control, routine);
    // Ends also if the routine throws, in C++.
    __attribute__((cleanup(end_running))) running me
        = { .control = control, .runner = ev_thread_pointer->current };
    ev_lock_take(&lock);
    me.next = first;
    first = &me;
    ev_lock_release(&lock);
    return EV_CALL_ORIGINAL(pthread_once, control, routine);
}

// ---- pthread_join ---------------------------------------------------------------------------

EV_ORIGINAL(int, pthread_join, (pthread_t, void **))
EV_ORIGINAL(int, pthread_barrier_wait, (pthread_barrier_t *))

typedef struct join_job {
    ev_patch_job job;
    pthread_t thread;
    void *value;
    int result;
} join_job;

static void join(ev_patch_job *opaque)
{
    join_job *job = (join_job *)opaque;
    job->result = EV_CALL_ORIGINAL(pthread_join, job->thread, &job->value);
}

static void free_job(ev_patch_job *job)
{
    free(job);
}

EV_HOOK int pthread_join(pthread_t thread, void **value)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_join, thread, value);
    // One that has ended already is the usual case; one that must not be joined is told at once.
    int result = pthread_tryjoin_np(thread, value);
    if (result != EBUSY || pthread_equal(thread, pthread_self()))
        return result == EBUSY ? EDEADLK : result;
    join_job *job = calloc(1, sizeof *job);
    if (!job)
        return EV_CALL_ORIGINAL(pthread_join, thread, value);
    job->job.perform = join;
    job->job.destroy = free_job;
    job->thread = thread;
    int error = errno;
    EV_TELL_HUB(perform_to_the_end, &job->job);
    result = job->result;
    if (result == 0 && value)
        *value = job->value;
    ev_patch_job_abandon(&job->job);
    errno = error;
    return result;
}

// ---- Barriers -------------------------------------------------------------------------------

typedef struct barrier_job {
    ev_patch_job job;
    pthread_barrier_t *barrier;
    int result;
} barrier_job;

/// An OS thread stands for the green one: libc counts who has come.
static void wait_at_barrier(ev_patch_job *opaque)
{
    barrier_job *job = (barrier_job *)opaque;
    job->result = EV_CALL_ORIGINAL(pthread_barrier_wait, job->barrier);
}

EV_HOOK int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_barrier_wait, barrier);
    barrier_job *job = calloc(1, sizeof *job);
    if (!job)
        return EV_CALL_ORIGINAL(pthread_barrier_wait, barrier);
    job->job.perform = wait_at_barrier;
    job->job.destroy = free_job;
    job->barrier = barrier;
    int error = errno;
    EV_TELL_HUB(perform_to_the_end, &job->job);
    int result = job->result;
    ev_patch_job_abandon(&job->job);
    errno = error;
    return result;
}

EV_END_HOOKS
