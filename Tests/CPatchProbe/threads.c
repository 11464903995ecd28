// Locks and threads, as far as Swift cannot say it.
#include "transcript.h"

#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

static int once_ends;

static void run_once(void)
{
    char byte;
    if (read(once_ends, &byte, 1) == 1)
        run_count++;
}

int probe_once_by_siblings(int fd)
{
    once_ends = fd;
    pthread_once(&once, run_once);
    return run_count;
}

static void *end_with_seven(void *fd)
{
    char byte;
    return read((int)(intptr_t)fd, &byte, 1) == 1 ? (void *)7 : NULL;
}

int probe_join(int fd)
{
    pthread_t thread;
    void *value = NULL;
    pthread_create(&thread, NULL, end_with_seven, (void *)(intptr_t)fd);
    return pthread_join(thread, &value) == 0 ? (int)(intptr_t)value : -1;
}

// ---- Plain OS threads ------------------------------------------------------------------------

typedef struct accepting {
    int listener;
    _Atomic int thread;
} accepting;

static void *accept_in_vain(void *opaque)
{
    accepting *accepting = opaque;
    atomic_store(&accepting->thread, probe_thread_number());
    accept(accepting->listener, NULL, NULL);
    return NULL;
}

int probe_cancel_accept(int listener)
{
    accepting accepting = { .listener = listener };
    pthread_t thread;
    void *value = NULL;
    pthread_create(&thread, NULL, accept_in_vain, &accepting);
    while (!probe_is_asleep(atomic_load(&accepting.thread)))
        sched_yield();
    pthread_cancel(thread);
    pthread_join(thread, &value);
    return value == PTHREAD_CANCELED;
}

static pthread_mutex_t robust;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void *end_as_owner(void *argument)
{
    (void)argument;
    // Until the one who waits for the condition has given it back.
    pthread_mutex_lock(&robust);
    pthread_cond_signal(&condition);
    return NULL;
}

int probe_condition_of_dead_owner(void)
{
    pthread_mutexattr_t attributes;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    pthread_mutex_lock(&robust);
    pthread_create(&thread, NULL, end_as_owner, NULL);
    int result = pthread_cond_wait(&condition, &robust);
    pthread_join(thread, NULL);
    pthread_mutex_consistent(&robust);
    pthread_mutex_unlock(&robust);
    pthread_mutex_destroy(&robust);
    return result;
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

int probe_vfork_and_sleep(void)
{
    pid_t child = vfork();
    if (child == 0) {
        usleep(2000);
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
