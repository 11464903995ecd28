#define _GNU_SOURCE
#include "CSwitchBench.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

uint64_t sb_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

size_t sb_resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    size_t total = 0, resident = 0;
    if (!file)
        return 0;
    if (fscanf(file, "%zu %zu", &total, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

size_t sb_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    size_t lines = 0;
    if (!file)
        return 0;
    for (int byte; (byte = fgetc(file)) != EOF;)
        lines += byte == '\n';
    fclose(file);
    return lines;
}

// The switch of CEventletCore; not declared by a header that the umbrella
// re-exports, but linked into every program that uses it.
void ev_stack_switch(void **save, void *to);
typedef struct ev_context ev_context;

static void *here, *there;

static void other(void)
{
    for (;;)
        ev_stack_switch(&there, here);
}

double sb_context_switch(size_t count)
{
    enum { BYTES = 64 * 1024 };
    char *stack = aligned_alloc(4096, BYTES);
    if (!stack)
        return -1;
    uintptr_t *sp = (uintptr_t *)(stack + BYTES - 64);
#if defined(__x86_64__)
    *--sp = 0; // the return address of `other`, which never returns
    *--sp = (uintptr_t)other;
    for (int i = 0; i < 6; i++)
        *--sp = 0;
    *--sp = 0x1f80u | (uintptr_t)0x37f << 32; // MXCSR and x87 control words
#else
    sp -= 22;
    for (int i = 0; i < 22; i++)
        sp[i] = 0;
    sp[1] = (uintptr_t)other;
#endif
    there = sp;
    uint64_t start = sb_now();
    for (size_t i = 0; i < count; i++)
        ev_stack_switch(&here, there);
    double elapsed = (double)(sb_now() - start);
    free(stack);
    return elapsed / (double)(count * 2);
}

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t asked, answered;
    bool has_question, has_answer;
    size_t left;
} talk = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .asked = PTHREAD_COND_INITIALIZER,
    .answered = PTHREAD_COND_INITIALIZER,
};

static void *answer(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&talk.mutex);
    for (; talk.left; talk.left--) {
        while (!talk.has_question)
            pthread_cond_wait(&talk.asked, &talk.mutex);
        talk.has_question = false;
        talk.has_answer = true;
        pthread_cond_signal(&talk.answered);
    }
    pthread_mutex_unlock(&talk.mutex);
    return NULL;
}

double sb_condition_round_trip(size_t count)
{
    pthread_t thread;
    talk.left = count;
    if (pthread_create(&thread, NULL, answer, NULL) != 0)
        return -1;
    uint64_t start = sb_now();
    pthread_mutex_lock(&talk.mutex);
    for (size_t i = 0; i < count; i++) {
        talk.has_question = true;
        pthread_cond_signal(&talk.asked);
        while (!talk.has_answer)
            pthread_cond_wait(&talk.answered, &talk.mutex);
        talk.has_answer = false;
    }
    pthread_mutex_unlock(&talk.mutex);
    double elapsed = (double)(sb_now() - start);
    pthread_join(thread, NULL);
    return elapsed / (double)count;
}
