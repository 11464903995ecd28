// The locks of C11.
#include "transcript.h"

#include <threads.h>
#include <time.h>

static mtx_t mutex;
static cnd_t condition;

void probe_c11_prepare(void)
{
    mtx_init(&mutex, mtx_timed);
    cnd_init(&condition);
}

int probe_c11_lock(void)
{
    return mtx_lock(&mutex);
}

int probe_c11_unlock(void)
{
    return mtx_unlock(&mutex);
}

int probe_c11_wait(void)
{
    return cnd_wait(&condition, &mutex);
}

int probe_c11_signal(void)
{
    return cnd_signal(&condition);
}

int probe_c11_lock_for(int milliseconds)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    time.tv_nsec += milliseconds * 1000000L;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return mtx_timedlock(&mutex, &time);
}
