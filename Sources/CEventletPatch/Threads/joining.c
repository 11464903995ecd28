// pthread_join, and barriers: what waits for other threads, of which libc alone knows.
#include "waiters.h"

#include <pthread.h>
#include <stdlib.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, pthread_join, (pthread_t, void **))
EV_ORIGINAL(int, pthread_barrier_wait, (pthread_barrier_t *))

/// A call that an OS thread makes for the green one.
typedef struct call {
    ev_patch_job job;
    pthread_t thread;           // to be joined,
    void *value;                // with that result;
    pthread_barrier_t *barrier; // or to be waited at
    int result;
} call;

static void join(ev_patch_job *opaque)
{
    call *call = (struct call *)opaque;
    call->result = EV_CALL_ORIGINAL(pthread_join, call->thread, &call->value);
}

/// libc counts who has come.
static void wait_at_barrier(ev_patch_job *opaque)
{
    call *call = (struct call *)opaque;
    call->result = EV_CALL_ORIGINAL(pthread_barrier_wait, call->barrier);
}

static void free_call(ev_patch_job *job)
{
    free(job);
}

/// Has it made, whatever arrives meanwhile. False: there is no memory.
static bool make(call *made)
{
    call *call = malloc(sizeof *call);
    if (!call)
        return false;
    *call = *made;
    int error = errno;
    ev_patch_perform_to_the_end(&call->job);
    made->value = call->value;
    made->result = call->result;
    ev_patch_job_abandon(&call->job);
    errno = error;
    return true;
}

EV_HOOK int pthread_join(pthread_t thread, void **value)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_join, thread, value);
    // One that has ended already is the usual case; one that must not be joined is told at once.
    int result = pthread_tryjoin_np(thread, value);
    if (result != EBUSY || pthread_equal(thread, pthread_self()))
        return result == EBUSY ? EDEADLK : result;
    call call = { .job = { .perform = join, .destroy = free_call, .takes_long = true },
                  .thread = thread };
    if (!make(&call))
        return EV_CALL_ORIGINAL(pthread_join, thread, value);
    if (call.result == 0 && value)
        *value = call.value;
    return call.result;
}

EV_HOOK int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_barrier_wait, barrier);
    call call = { .job = { .perform = wait_at_barrier, .destroy = free_call, .takes_long = true },
                  .barrier = barrier };
    if (!make(&call))
        return EV_CALL_ORIGINAL(pthread_barrier_wait, barrier);
    return call.result;
}

EV_END_HOOKS
