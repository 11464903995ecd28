// Locks and threads, as far as Swift cannot say it.
#include "transcript.h"

#include <semaphore.h>
#include <signal.h>
#include <sys/time.h>

static sem_t semaphore;

static void post(int signal)
{
    (void)signal;
    sem_post(&semaphore);
}

int probe_semaphore_posted_by_signal(void)
{
    struct sigaction action = { .sa_handler = post, .sa_flags = SA_RESTART }, before;
    struct itimerval interval = { { 0, 1000 }, { 0, 1000 } }, none = { { 0, 0 }, { 0, 0 } };
    int result = 0;
    sem_init(&semaphore, 0, 0);
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &interval, NULL);
    for (int i = 0; i < 100; i++)
        result |= sem_wait(&semaphore);
    setitimer(ITIMER_REAL, &none, NULL);
    sigaction(SIGALRM, &before, NULL);
    sem_destroy(&semaphore);
    return result;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int run_count;

static void run_once(void)
{
    run_count++;
    usleep(5000);
}

int probe_once_by_siblings(int runs)
{
    if (runs)
        pthread_once(&once, run_once);
    return run_count;
}

static void *end_with_seven(void *argument)
{
    (void)argument;
    usleep(20000);
    return (void *)7;
}

int probe_join(void)
{
    pthread_t thread;
    void *value = NULL;
    pthread_create(&thread, NULL, end_with_seven, NULL);
    return pthread_join(thread, &value) == 0 ? (int)(intptr_t)value : -1;
}
