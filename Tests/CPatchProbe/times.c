// sleep and its relatives.
#include "transcript.h"

#include <threads.h>
#include <time.h>

static long milliseconds_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
}

#define TIMED(what, least, call)                                                                   \
    do {                                                                                           \
        struct timespec begin;                                                                     \
        clock_gettime(CLOCK_MONOTONIC, &begin);                                                    \
        note_result(what, call);                                                                   \
        note("long enough: %d", milliseconds_since(&begin) >= (least));                            \
    } while (0)

static void sleeps(void)
{
    struct timespec time = { 0, 20000000 }, rest = { 1, 2 };
    TIMED("usleep", 20, usleep(20000));
    TIMED("usleep of nothing", 0, usleep(0));
    TIMED("sleep of nothing", 0, sleep(0));
    TIMED("nanosleep", 20, nanosleep(&time, &rest));
    note("the rest is left alone: %ld %ld", (long)rest.tv_sec, rest.tv_nsec);
    TIMED("nanosleep without a rest", 20, nanosleep(&time, NULL));
    TIMED("clock_nanosleep", 20, clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &rest));
    TIMED("by the wall clock", 20, clock_nanosleep(CLOCK_REALTIME, 0, &time, NULL));
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000)
        until = (struct timespec){ until.tv_sec + 1, until.tv_nsec - 1000000000 };
    TIMED("until", 19, clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    TIMED("until the past", 0, clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    TIMED("thrd_sleep", 20, thrd_sleep(&time, NULL));
    time.tv_nsec = 1000000000;
    note_result("nanosleep, a bad time", nanosleep(&time, NULL));
    note("clock_nanosleep, a bad time: %d", clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL));
    time = (struct timespec){ -1, 0 };
    note_result("nanosleep, before", nanosleep(&time, NULL));
    note_result("thrd_sleep, before", thrd_sleep(&time, NULL));
    note("no clock: %d", clock_nanosleep(99, 0, &time, NULL));
    note("a thread's clock: %d", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL));
}

const probe time_probes[] = {
    { "sleeping", 1, sleeps },
    { "", 0, NULL },
};
