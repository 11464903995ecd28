// pthread_once. libc would have a green thread wait in the kernel for the OS thread that runs the
// routine: for itself, perhaps.
#include "fork.h"
#include "waiters.h"

#include <pthread.h>
#include <stdlib.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, pthread_once, (pthread_once_t *, void (*)(void)))

enum { ONCE_IS_DONE = 2 }; // a bit, as glibc has it; 0 before the routine runs

/// A green thread that has a routine run. Not on its stack: a routine of C++ may throw, past this
/// code, which cannot clean up.
typedef struct run {
    struct run *next;
    pthread_once_t *control;
    const ev_context *runner;
    const ev_thread *thread;
    void (*routine)(void);
    bool has_begun;
} run;

static ev_lock lock;
static run *first;

static int state_of(pthread_once_t *control)
{
    return __atomic_load_n((int *)control, __ATOMIC_ACQUIRE);
}

static bool is_done(pthread_once_t *control)
{
    return state_of(control) & ONCE_IS_DONE;
}

/// Whether its routine has thrown: libc has taken it back then.
static bool has_thrown(const run *run)
{
    return __atomic_load_n(&run->has_begun, __ATOMIC_ACQUIRE) && state_of(run->control) == 0;
}

/// The place of a run of that routine in the list; at its end if there is none.
static run **find_run(pthread_once_t *control)
{
    run **link = &first;
    while (*link) {
        run *found = *link;
        if (found->control == control && has_thrown(found)) {
            *link = found->next;
            free(found);
            continue;
        }
        if (found->control == control)
            break;
        link = &found->next;
    }
    return link;
}

/// Whether another green thread, of any hub, runs that routine.
static bool is_run_by_another(pthread_once_t *control)
{
    ev_lock_take(&lock);
    const run *found = *find_run(control);
    bool result = found && found->runner != ev_thread_pointer->current;
    ev_lock_release(&lock);
    return result;
}

/// False: one may not wait greenly here.
static bool wait_until_run(pthread_once_t *control)
{
    while (!is_done(control) && is_run_by_another(control)) {
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, control))
            return false;
        if (!is_done(control) && is_run_by_another(control))
            ev_waiter_park(&waiter, EV_ASK_HUB(deadline, EV_RECHECK));
        ev_waiter_end(&waiter);
    }
    return true;
}

/// Lists `fresh`, unless another was faster.
static bool begin(run *fresh)
{
    ev_lock_take(&lock);
    const run *other = *find_run(fresh->control);
    bool is_mine = !other || other->runner == fresh->runner;
    if (is_mine) {
        fresh->next = first;
        first = fresh;
    }
    ev_lock_release(&lock);
    return is_mine;
}

static void end(run *me)
{
    ev_lock_take(&lock);
    run **link = &first;
    while (*link != me)
        link = &(*link)->next;
    *link = me->next;
    ev_lock_release(&lock);
    ev_waiters_wake(me->control, INT32_MAX);
    free(me);
}

// How the routine, which libc calls at once or never, learns which run it is.
static __thread run *beginning;

static void run_routine(void)
{
    run *me = beginning;
    __atomic_store_n(&me->has_begun, true, __ATOMIC_RELEASE);
    me->routine();
}

static EV_APART int run_greenly(pthread_once_t *control, void (*routine)(void))
{
    run *me = malloc(sizeof *me);
    if (!me)
        return EV_CALL_ORIGINAL(pthread_once, control, routine);
    *me = (run){ .control = control, .runner = ev_thread_pointer->current,
                 .thread = ev_thread_pointer, .routine = routine };
    do {
        if (!wait_until_run(control) || is_done(control)) {
            free(me);
            return EV_CALL_ORIGINAL(pthread_once, control, routine);
        }
    } while (!begin(me));
    beginning = me;
    int result = EV_CALL_ORIGINAL(pthread_once, control, run_routine);
    end(me);
    return result;
}

EV_HOOK int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    if (is_done(control) || !ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(pthread_once, control, routine);
    return run_greenly(control, routine);
}

// ---- Fork ------------------------------------------------------------------------

void ev_once_before_fork(void)
{
    ev_lock_take(&lock);
}

/// Of the routines that other OS threads ran libc knows in a child that they must be run again.
void ev_once_after_fork(bool is_child)
{
    run **link = is_child ? &first : NULL;
    while (link && *link) {
        run *found = *link;
        if (found->thread == ev_thread_pointer) {
            link = &found->next;
        } else {
            *link = found->next;
            free(found);
        }
    }
    ev_lock_release(&lock);
}

EV_END_HOOKS
