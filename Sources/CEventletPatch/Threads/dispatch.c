// `DispatchQueue.sync`. Dispatch tells owners of queues by their OS thread: were the body of one
// green thread to wait, a sibling's `sync` would look like a dead-lock with itself, and trap. So
// the queue runs the body on a thread of its own, and the green thread waits.
//
// Weak: where Dispatch is inside the program its own definitions win, and nothing can be done.
#include "waiters.h"

#include <stdlib.h>

EV_BEGIN_HOOKS

typedef void (*function)(void *);

EV_ORIGINAL(void, dispatch_sync, (void *, void *))
EV_ORIGINAL(void, dispatch_sync_f, (void *, void *, function))
EV_ORIGINAL(void, dispatch_barrier_sync, (void *, void *))
EV_ORIGINAL(void, dispatch_barrier_sync_f, (void *, void *, function))
EV_ORIGINAL(void, dispatch_async_and_wait, (void *, void *))
EV_ORIGINAL(void, dispatch_async_and_wait_f, (void *, void *, function))
EV_ORIGINAL(void, dispatch_barrier_async_and_wait, (void *, void *))
EV_ORIGINAL(void, dispatch_barrier_async_and_wait_f, (void *, void *, function))
EV_ORIGINAL(void, dispatch_async_f, (void *, void *, function))
EV_ORIGINAL(void, dispatch_barrier_async_f, (void *, void *, function))

/// The layout of a block, by the ABI of blocks: its function takes the block itself.
typedef struct block {
    void *class;
    int flags, reserved;
    function invoke;
} block;

/// On the stack of the green thread that waits.
typedef struct call {
    function body;
    void *argument;
} call;

static void run(void *opaque)
{
    call *call = opaque;
    call->body(call->argument);
    // In line since before this began, and until now.
    ev_waiters_wake(call, 1);
}

/// False: one may not wait greenly here.
static bool run_greenly(void *queue, void *argument, function body, bool is_barrier)
{
    if (!ev_patch_applies(EV_PATCH_THREAD))
        return false;
    int error = errno;
    call call = { .body = body, .argument = argument };
    ev_waiter waiter;
    if (!ev_waiter_begin(&waiter, &call))
        return false;
    if (is_barrier)
        EV_CALL_ORIGINAL(dispatch_barrier_async_f, queue, &call, run);
    else
        EV_CALL_ORIGINAL(dispatch_async_f, queue, &call, run);
    while (!ev_waiter_park(&waiter, EV_NEVER))
        ;
    ev_waiter_end(&waiter);
    errno = error;
    return true;
}

// ---- Work items ----------------------------------------------------------------------

EV_ORIGINAL(void *, dispatch_block_create, (unsigned long, void *))
EV_ORIGINAL(void *, dispatch_group_create, (void))
EV_ORIGINAL(void, dispatch_group_async, (void *, void *, void *))
EV_ORIGINAL(void, dispatch_group_notify_f, (void *, void *, void *, function))
EV_ORIGINAL(void *, dispatch_get_global_queue, (intptr_t, uintptr_t))
EV_ORIGINAL(void, dispatch_release, (void *))

static void do_nothing(void *unused)
{
    (void)unused;
}

/// The function of all blocks that have flags of their own, such as a barrier: Dispatch tells them
/// by it.
static function find_function_of_items(void)
{
    static const struct {
        size_t reserved, size;
    } description = { 0, sizeof(block) + sizeof(void *) };
    void *class = dlsym(RTLD_DEFAULT, "_NSConcreteGlobalBlock");
    void (*release)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_Block_release");
    if (!class || !release)
        return NULL;
    static struct {
        block block;
        const void *description;
    } sample;
    enum { IS_GLOBAL = 1 << 28 };
    sample.block = (block){ .class = class, .flags = IS_GLOBAL, .invoke = do_nothing };
    sample.description = &description;
    block *item = EV_CALL_ORIGINAL(dispatch_block_create, 0, &sample);
    if (!item)
        return NULL;
    function found = item->invoke;
    release(item);
    return found;
}

static bool is_item(const block *block)
{
    static _Atomic(function) known;
    function found = atomic_load_explicit(&known, memory_order_relaxed);
    if (!found) {
        found = find_function_of_items();
        atomic_store_explicit(&known, found, memory_order_relaxed);
    }
    return block->invoke == found;
}

static void wake(void *call)
{
    ev_waiters_wake(call, 1);
}

/// Dispatch runs it, which knows what its flags mean. False: one may not wait greenly here.
static bool run_item_greenly(void *queue, void *item)
{
    if (!ev_patch_applies(EV_PATCH_THREAD) || !is_item(item))
        return false;
    int error = errno;
    ev_waiter waiter;
    if (!ev_waiter_begin(&waiter, &waiter))
        return false;
    void *group = EV_CALL_ORIGINAL(dispatch_group_create);
    EV_CALL_ORIGINAL(dispatch_group_async, group, queue, item);
    EV_CALL_ORIGINAL(dispatch_group_notify_f, group,
                     EV_CALL_ORIGINAL(dispatch_get_global_queue, 0, 0), &waiter, wake);
    while (!ev_waiter_park(&waiter, EV_NEVER))
        ;
    ev_waiter_end(&waiter);
    EV_CALL_ORIGINAL(dispatch_release, group);
    errno = error;
    return true;
}

// ---- The functions -------------------------------------------------------------------

#define EV_WEAK_HOOK __attribute__((weak, visibility("default")))

#define EV_DISPATCH(name, is_barrier)                                                              \
    EV_WEAK_HOOK void name(void *queue, void *body)                                                \
    {                                                                                              \
        if (!(!is_barrier && run_item_greenly(queue, body))                                        \
            && !run_greenly(queue, body, ((block *)body)->invoke, is_barrier))                     \
            EV_CALL_ORIGINAL(name, queue, body);                                                   \
    }                                                                                              \
    EV_WEAK_HOOK void name##_f(void *queue, void *argument, function body)                         \
    {                                                                                              \
        if (!run_greenly(queue, argument, body, is_barrier))                                       \
            EV_CALL_ORIGINAL(name##_f, queue, argument, body);                                     \
    }

EV_DISPATCH(dispatch_sync, false)
EV_DISPATCH(dispatch_barrier_sync, true)
EV_DISPATCH(dispatch_async_and_wait, false)
EV_DISPATCH(dispatch_barrier_async_and_wait, true)

/// None without Dispatch. Weak, and not asked of dlsym, which knows no names that are inside a
/// program only.
extern void dispatch_async_f(void *, void *, function) __attribute__((weak));

bool ev_patch_reaches_dispatch(void)
{
    // Without Dispatch there is nothing to reach.
    return !dispatch_async_f
           || ev_patch_image_of((const void *)dispatch_async_f).kind != EV_IMAGE_PROGRAM;
}

EV_END_HOOKS
