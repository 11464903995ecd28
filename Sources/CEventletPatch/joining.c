// pthread_join, and barriers: what waits for other threads, of which libc alone knows.
#include "waiters.h"

#include <pthread.h>
#include <stdlib.h>

EV_BEGIN_HOOKS

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
    job->job.takes_long = true;
    job->thread = thread;
    int error = errno;
    ev_patch_perform_to_the_end(&job->job);
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
    job->job.takes_long = true;
    job->barrier = barrier;
    int error = errno;
    ev_patch_perform_to_the_end(&job->job);
    int result = job->result;
    ev_patch_job_abandon(&job->job);
    errno = error;
    return result;
}

EV_END_HOOKS
