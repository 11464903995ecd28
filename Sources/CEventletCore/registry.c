// All OS threads that have a hub, for those who look at a hub from outside.
#define _GNU_SOURCE
#include "internal.h"

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ev_thread *first;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

/// Of all OS threads only the one that forked goes on.
static void after_fork_in_child(void)
{
    pthread_mutex_init(&lock, NULL);
    ev_thread *me = ev_thread_pointer;
    first = me && me->mailbox ? me : NULL;
    if (!first)
        return;
    me->identifier = ev_gettid();
    me->next = NULL;
    me->previous = NULL;
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void unlink_thread(ev_thread *thread)
{
    if (thread->previous)
        thread->previous->next = thread->next;
    else
        first = thread->next;
    if (thread->next)
        thread->next->previous = thread->previous;
    thread->mailbox = NULL;
}

void ev_registry_add(ev_thread *thread, void *mailbox, int mailbox_descriptor)
{
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&lock);
    if (thread->mailbox)
        unlink_thread(thread);
    thread->identifier = ev_gettid();
    thread->handle = pthread_self();
    thread->mailbox = mailbox;
    thread->mailbox_descriptor = mailbox_descriptor;
    thread->previous = NULL;
    thread->next = first;
    if (first)
        first->previous = thread;
    first = thread;
    pthread_mutex_unlock(&lock);
}

void ev_registry_remove(ev_thread *thread)
{
    pthread_mutex_lock(&lock);
    if (thread->mailbox)
        unlink_thread(thread);
    pthread_mutex_unlock(&lock);
}

ev_thread *ev_registry_lock(void)
{
    pthread_mutex_lock(&lock);
    return first;
}

void ev_registry_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

ev_progress ev_thread_progress(const ev_thread *thread)
{
    const ev_context *current = __atomic_load_n(&thread->current, __ATOMIC_RELAXED);
    return (ev_progress){
        .switches = __atomic_load_n(&thread->switches, __ATOMIC_RELAXED),
        .turns = __atomic_load_n(&thread->turns, __ATOMIC_RELAXED),
        .green_threads = __atomic_load_n(&thread->green_threads, __ATOMIC_RELAXED),
        .is_polling = __atomic_load_n(&thread->is_polling, __ATOMIC_RELAXED),
        .is_on_original_stack = current && !current->stack_size,
        .is_process_main = thread->identifier == getpid(),
    };
}
