// What a call costs when nothing has to wait. Compiled once into the program that is patched and once
// by itself, as the program that is not.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#if !defined(__clang__)
#define _Nonnull
#define _Nullable
#endif
#include "include/CPatchBench.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 25, CALLS = 20000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/// The least of several runs: what comes in between only adds.
#define LEAST(call)                                                                                \
    ({                                                                                             \
        double least = 1e300;                                                                      \
        for (int run = 0; run < RUNS; run++) {                                                     \
            double begin = now();                                                                  \
            for (int i = 0; i < CALLS; i++) {                                                      \
                call;                                                                              \
            }                                                                                      \
            double each = (now() - begin) / CALLS;                                                 \
            least = each < least ? each : least;                                                   \
        }                                                                                          \
        least;                                                                                     \
    })

static void require(int is_true)
{
    if (!is_true)
        abort();
}

/// The cheapest way into the kernel and back, so that what is added shows.
static double read_of_nothing_open(void)
{
    char byte;
    return LEAST(require(read(-1, &byte, 1) < 0));
}

static double read_zero(void)
{
    char byte;
    int fd = open("/dev/zero", O_RDONLY);
    double result = LEAST(require(read(fd, &byte, 1) == 1));
    close(fd);
    return result;
}

static double write_null(void)
{
    int fd = open("/dev/null", O_WRONLY);
    double result = LEAST(require(write(fd, "x", 1) == 1));
    close(fd);
    return result;
}

static double pipe_both(void)
{
    int ends[2];
    char byte;
    require(pipe(ends) == 0);
    double result = LEAST(require(write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1));
    close(ends[0]);
    close(ends[1]);
    return result;
}

static double socket_by_send(void)
{
    int ends[2];
    char byte;
    require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    double result
        = LEAST(require(send(ends[1], "x", 1, 0) == 1 && recv(ends[0], &byte, 1, 0) == 1));
    close(ends[0]);
    close(ends[1]);
    return result;
}

static double socket_by_write(void)
{
    int ends[2];
    char byte;
    require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    double result = LEAST(require(write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1));
    close(ends[0]);
    close(ends[1]);
    return result;
}

static double poll_ready(void)
{
    int ends[2];
    require(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    struct pollfd one = { ends[0], POLLIN, 0 };
    double result = LEAST(require(poll(&one, 1, 1000) == 1));
    close(ends[0]);
    close(ends[1]);
    return result;
}

static double mutex(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    return LEAST(pthread_mutex_lock(&lock); pthread_mutex_unlock(&lock));
}

static double recursive_mutex(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t lock;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock, &attributes);
    return LEAST(pthread_mutex_lock(&lock); pthread_mutex_unlock(&lock));
}

static double read_lock(void)
{
    static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    return LEAST(pthread_rwlock_rdlock(&lock); pthread_rwlock_unlock(&lock));
}

static double semaphore(void)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    return LEAST(sem_post(&semaphore); sem_wait(&semaphore));
}

static double signal_nobody(void)
{
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    return LEAST(pthread_cond_signal(&condition));
}

static const patch_call calls[] = {
    { "read_ebadf", read_of_nothing_open },
    { "read_zero", read_zero },
    { "write_null", write_null },
    { "pipe_write_read", pipe_both },
    { "socket_send_recv", socket_by_send },
    { "socket_write_read", socket_by_write },
    { "poll_ready", poll_ready },
    { "mutex", mutex },
    { "recursive_mutex", recursive_mutex },
    { "read_lock", read_lock },
    { "semaphore", semaphore },
    { "signal_nobody", signal_nobody },
    { "", NULL },
};

const patch_call *patch_calls(void)
{
    return calls;
}

static void *run(void *body)
{
    ((void (*)(void))body)();
    return NULL;
}

void patch_on_plain_thread(void (*body)(void))
{
    pthread_t thread;
    require(pthread_create(&thread, NULL, run, (void *)body) == 0);
    pthread_join(thread, NULL);
}

#if defined(UNPATCHED_PROGRAM)
static void print_all(void)
{
    const char *comma = "{";
    for (const patch_call *call = calls; call->measure; call++) {
        printf("%s\"patch_%s_ns\": %.1f", comma, call->name, call->measure());
        comma = ", ";
    }
    printf("}\n");
}

int main(void)
{
    // libc spares itself much in a process of one thread, which no Swift program is.
    patch_on_plain_thread(print_all);
    return 0;
}
#endif
