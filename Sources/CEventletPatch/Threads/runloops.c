// Foundation's run loops. Each OS thread has one, and whoever runs it pushes a state that it takes
// away when it leaves: in the opposite order. Siblings would not keep to that, so one of them runs
// the loop at a time, and serves the sources of all; the others wait for their turn.
//
// Weak: where Foundation is inside the program its own definition wins, and nothing can be done.
#include "waiters.h"

EV_BEGIN_HOOKS

typedef const void *reference;

EV_ORIGINAL(int32_t, CFRunLoopRunSpecific, (reference, reference, double, unsigned char))

enum { RUN_TIMED_OUT = 3 }; // as Foundation says it

/// A green thread of this OS thread that runs a loop: lies on its stack.
typedef struct running {
    struct running *next;
    reference loop;
    const ev_context *runner;
} running;

static __thread running *first;

static bool is_run_by_a_sibling(reference loop)
{
    const running *found = first;
    while (found && (found->loop != loop || found->runner == ev_thread_pointer->current))
        found = found->next;
    return found != NULL;
}

/// False: the time was over first.
static bool wait_for_turn(reference loop, int64_t deadline)
{
    while (is_run_by_a_sibling(loop)) {
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, loop))
            return true; // One may not wait greenly here.
        bool is_turn = ev_waiter_park(&waiter, deadline);
        is_turn = ev_waiter_end(&waiter) || is_turn;
        if (!is_turn)
            return false;
    }
    return true;
}

static void leave(running *me)
{
    running **link = &first;
    while (*link != me)
        link = &(*link)->next;
    *link = me->next;
    ev_waiters_wake(me->loop, 1);
}

typedef struct turn {
    reference loop, mode;
    double seconds;
    unsigned char returns_early;
    int32_t result;
} turn;

static void run(void *opaque)
{
    turn *turn = opaque;
    turn->result = EV_CALL_ORIGINAL(CFRunLoopRunSpecific, turn->loop, turn->mode, turn->seconds,
                                    turn->returns_early);
}

static EV_APART int32_t run_in_turn(reference loop, reference mode, double seconds,
                                    unsigned char returns_early)
{
    int64_t begin = EV_ASK_HUB(deadline, 0), deadline = EV_NEVER;
    if (!(seconds > 0))
        deadline = begin;
    else if (seconds < 1e9)
        deadline = EV_ASK_HUB(deadline, (int64_t)(seconds * 1e9));
    if (!wait_for_turn(loop, deadline))
        return RUN_TIMED_OUT;
    running me = { .next = first, .loop = loop, .runner = ev_thread_pointer->current };
    turn turn = { loop, mode, seconds, returns_early, 0 };
    if (deadline != EV_NEVER)
        turn.seconds = (double)EV_ASK_HUB(rest, deadline) / 1e9;
    first = &me;
    // Foundation asks for no error when its loop waits: it would wait again at once, and for ever.
    ev_patch_hub->uninterrupted(run, &turn);
    leave(&me);
    return turn.result;
}

/// What all other functions that run a loop call.
__attribute__((weak, visibility("default"))) int32_t
CFRunLoopRunSpecific(reference loop, reference mode, double seconds, unsigned char returns_early)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return EV_CALL_ORIGINAL(CFRunLoopRunSpecific, loop, mode, seconds, returns_early);
    return run_in_turn(loop, mode, seconds, returns_early);
}

EV_END_HOOKS
