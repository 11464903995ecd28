// Locks and conditions of C11. libc makes them of those of POSIX, and calls those inside.
#include "hook.h"

#include <pthread.h>
#include <threads.h>

EV_BEGIN_HOOKS

static int c11_result(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

// The layouts are the same, as libc itself has it.
#define MUTEX(mutex) ((pthread_mutex_t *)(mutex))
#define CONDITION(condition) ((pthread_cond_t *)(condition))

EV_HOOK int mtx_lock(mtx_t *mutex)
{
    return c11_result(pthread_mutex_lock(MUTEX(mutex)));
}

EV_HOOK int mtx_trylock(mtx_t *mutex)
{
    return c11_result(pthread_mutex_trylock(MUTEX(mutex)));
}

EV_HOOK int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict time)
{
    return c11_result(pthread_mutex_timedlock(MUTEX(mutex), time));
}

EV_HOOK int mtx_unlock(mtx_t *mutex)
{
    return c11_result(pthread_mutex_unlock(MUTEX(mutex)));
}

EV_HOOK int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return c11_result(pthread_cond_wait(CONDITION(condition), MUTEX(mutex)));
}

EV_HOOK int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                          const struct timespec *restrict time)
{
    return c11_result(pthread_cond_timedwait(CONDITION(condition), MUTEX(mutex), time));
}

EV_HOOK int cnd_signal(cnd_t *condition)
{
    return c11_result(pthread_cond_signal(CONDITION(condition)));
}

EV_HOOK int cnd_broadcast(cnd_t *condition)
{
    return c11_result(pthread_cond_broadcast(CONDITION(condition)));
}

EV_HOOK void call_once(once_flag *flag, void (*routine)(void))
{
    pthread_once((pthread_once_t *)flag, routine);
}

EV_HOOK int thrd_join(thrd_t thread, int *result)
{
    void *value = NULL;
    int error = pthread_join(thread, &value);
    if (error == 0 && result)
        *result = (int)(intptr_t)value;
    return c11_result(error);
}

EV_END_HOOKS
