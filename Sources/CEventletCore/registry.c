// All OS threads that have a hub, for those who look at a hub from outside.
#define _GNU_SOURCE
#include "internal.h"

#include <pthread.h>
#include <unistd.h>

// Not a mutex of libc: who asks about hubs may be in the middle of locking one.
static ev_lock lock;
static ev_thread *first;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    ev_lock_take(&lock);
}

static void after_fork_in_parent(void)
{
    ev_lock_release(&lock);
}

/// Of all OS threads only the one that forked goes on.
static void after_fork_in_child(void)
{
    lock = (ev_lock){ 0 };
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
    ev_lock_take(&lock);
    if (thread->mailbox)
        unlink_thread(thread);
    thread->identifier = ev_gettid();
    thread->mailbox = mailbox;
    thread->mailbox_descriptor = mailbox_descriptor;
    thread->previous = NULL;
    thread->next = first;
    if (first)
        first->previous = thread;
    first = thread;
    ev_lock_release(&lock);
}

void ev_registry_remove(ev_thread *thread)
{
    ev_lock_take(&lock);
    if (thread->mailbox)
        unlink_thread(thread);
    ev_lock_release(&lock);
}

ev_thread *ev_registry_lock(void)
{
    ev_lock_take(&lock);
    return first;
}

void ev_registry_unlock(void)
{
    ev_lock_release(&lock);
}

bool ev_is_hub_thread(int identifier)
{
    if (ev_thread_pointer && ev_thread_pointer->identifier == identifier)
        return true;
    ev_lock_take(&lock);
    const ev_thread *thread = first;
    while (thread && thread->identifier != identifier)
        thread = thread->next;
    ev_lock_release(&lock);
    return thread != NULL;
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
