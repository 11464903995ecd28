#include "children.h"

#include "fork.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>

EV_BEGIN_HOOKS

/// An OS thread that waits in the kernel, and takes nothing. All who want to know the same share
/// it; and since nothing but a child ends it, one that is given up is there for who asks next.
typedef struct child_wait {
    struct child_wait *next;
    idtype_t type;
    id_t which;
    int options;
    int fd;    // an eventfd, readable when a child has changed
    int users; // and the OS thread
} child_wait;

static ev_lock lock;
static child_wait *first;

/// With the lock.
static void let_go(child_wait *wait)
{
    if (--wait->users > 0)
        return;
    EV_KERNEL(close, wait->fd);
    free(wait);
}

static void await_change(const child_wait *wait)
{
    siginfo_t info;
    while (EV_KERNEL(waitid, wait->type, wait->which, &info, wait->options | WNOWAIT, NULL)
           == -EINTR)
        ;
}

static void *run(void *opaque)
{
    child_wait *wait = opaque;
    const uint64_t one = 1;
    await_change(wait);
    ev_lock_take(&lock);
    child_wait **link = &first;
    while (*link != wait)
        link = &(*link)->next;
    *link = wait->next;
    EV_KERNEL(write, wait->fd, &one, sizeof one);
    let_go(wait);
    ev_lock_release(&lock);
    return NULL;
}

/// Signals are for the program's own OS threads.
static int start(child_wait *wait)
{
    enum { STACK = 64 * 1024 };
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    int error = pthread_create(&thread, &attributes, run, wait);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/// With the lock. NULL: errno says why not.
static child_wait *make(idtype_t type, id_t which, int options)
{
    child_wait *wait = malloc(sizeof *wait);
    int fd = eventfd(0, EFD_CLOEXEC);
    if (wait)
        *wait = (child_wait){ first, type, which, options, fd, 1 };
    int error = !wait ? ENOMEM : fd < 0 ? errno : start(wait);
    if (error != 0) {
        if (fd >= 0)
            EV_KERNEL(close, fd);
        free(wait);
        errno = error;
        return NULL;
    }
    first = wait;
    return wait;
}

static child_wait *find_or_make(idtype_t type, id_t which, int options)
{
    ev_lock_take(&lock);
    child_wait *wait = first;
    while (wait && (wait->type != type || wait->which != which || wait->options != options))
        wait = wait->next;
    if (!wait)
        wait = make(type, which, options);
    if (wait)
        wait->users++;
    ev_lock_release(&lock);
    return wait;
}

bool ev_children_wait(idtype_t type, id_t which, int options)
{
    child_wait *wait = find_or_make(type, which, options);
    if (!wait)
        return false;
    int end = EV_ASK_TO_WAIT(wait, wait->fd, EV_READABLE, EV_NEVER);
    if (end == EV_PATCH_MUST_NOT)
        await_change(wait);
    ev_lock_take(&lock);
    let_go(wait);
    ev_lock_release(&lock);
    if (end == EV_PATCH_INTERRUPTED)
        ev_patch_give_up();
    return end != EV_PATCH_INTERRUPTED;
}

// ---- Fork ------------------------------------------------------------------------

void ev_children_before_fork(void)
{
    ev_lock_take(&lock);
}

/// In a child those OS threads are not; who waits for one looks again.
void ev_children_after_fork(bool is_child)
{
    while (is_child && first) {
        int ready = eventfd(1, EFD_CLOEXEC);
        if (ready >= 0) {
            EV_KERNEL(dup3, ready, first->fd, O_CLOEXEC);
            EV_KERNEL(close, ready);
        }
        child_wait *wait = first;
        first = wait->next;
        let_go(wait);
    }
    ev_lock_release(&lock);
}

EV_END_HOOKS
