// Locks and threads, as far as Swift cannot say it.
#include "transcript.h"

#include <semaphore.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

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

// ---- Children and handlers -------------------------------------------------------------------

int probe_vfork_and_close(int fd)
{
    pid_t child = vfork();
    if (child == 0) {
        close(fd);
        _exit(3);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static volatile int slept;

static void sleep_a_while(int signal)
{
    (void)signal;
    slept = usleep(2000);
}

int probe_sleep_in_handler(int on_other_stack)
{
    static char memory[256 * 1024];
    stack_t stack = { .ss_sp = memory, .ss_size = sizeof memory }, stack_before;
    struct sigaction action = { .sa_handler = sleep_a_while }, before;
    slept = -2;
    if (on_other_stack) {
        action.sa_flags = SA_ONSTACK;
        sigaltstack(&stack, &stack_before);
    }
    sigaction(SIGUSR2, &action, &before);
    raise(SIGUSR2);
    sigaction(SIGUSR2, &before, NULL);
    if (on_other_stack)
        sigaltstack(&stack_before, NULL);
    return slept;
}

static volatile int came;

static void count(int signal)
{
    (void)signal;
    came++;
}

int probe_signals_during(int most)
{
    struct sigaction action = { .sa_handler = count }, before;
    struct itimerval interval = { { 0, 1000 }, { 0, 1000 } }, none = { { 0, 0 }, { 0, 0 } };
    came = 0;
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &interval, NULL);
    while (came < most)
        if (usleep(500) != 0)
            return -1;
    setitimer(ITIMER_REAL, &none, NULL);
    sigaction(SIGALRM, &before, NULL);
    return most;
}
