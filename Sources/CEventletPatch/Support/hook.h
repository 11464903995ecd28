// What each hook begins with.
#ifndef EV_HOOK_H
#define EV_HOOK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CEventletCore.h"
#include "CEventletPatch.h"
#include "ev_system_call.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#define EV_HIDDEN __attribute__((visibility("hidden")))
/// A definition that takes the place of libc's.
#define EV_HOOK __attribute__((visibility("default")))
/// What a hook does when it acts: apart, so that one that only passes a call on saves no registers.
#define EV_APART __attribute__((noinline))
#define EV_RARELY(condition) __builtin_expect(!!(condition), 0)

// The thread sanitizer calls some of these functions before it is ready for instrumented code.
#define EV_BEGIN_HOOKS                                                                             \
    EV_PRAGMA(clang attribute push(__attribute__((disable_sanitizer_instrumentation)),             \
                                   apply_to = function))
#define EV_END_HOOKS EV_PRAGMA(clang attribute pop)
#define EV_PRAGMA(text) _Pragma(#text)

/// What is installed. Set rarely, read by every hook.
extern _Atomic unsigned ev_patch_subjects EV_HIDDEN;
extern const ev_patch_operations *_Nullable ev_patch_hub EV_HIDDEN;

// ---- The original functions --------------------------------------------------

/// `original_NAME(…)` is the next definition of a function after ours: libc's. Under a sanitizer
/// it is that one's own, which ours has displaced: past it, it would not see what it watches.
#define EV_ORIGINAL(result, name, parameters) EV_ORIGINAL_OF_VERSION(result, name, parameters, NULL)
/// For a function that libc also has in an older form, which dlsym found up to glibc 2.35.
#define EV_ORIGINAL_OF_VERSION(result, name, parameters, version)                                  \
    typedef result(*name##_function) parameters;                                                   \
    extern result __interceptor_##name parameters __attribute__((weak));                           \
    static _Atomic(name##_function) name##_found;                                                  \
    static __attribute__((noinline, cold)) name##_function find_##name(void)                       \
    {                                                                                              \
        name##_function found = __interceptor_##name;                                              \
        if (!found)                                                                                \
            found = (name##_function)ev_patch_find(#name, version);                                \
        atomic_store_explicit(&name##_found, found, memory_order_relaxed);                         \
        return found;                                                                              \
    }                                                                                              \
    static inline name##_function original_##name##_function(void)                                 \
    {                                                                                              \
        name##_function found = atomic_load_explicit(&name##_found, memory_order_relaxed);         \
        return __builtin_expect(found != NULL, 1) ? found : find_##name();                         \
    }
#define EV_CALL_ORIGINAL(name, ...) original_##name##_function()(__VA_ARGS__)

EV_HIDDEN void *_Nonnull ev_patch_find(const char *_Nonnull name, const char *_Nullable version);

/// The process in which something was installed, or its child by fork; not that of a vfork.
EV_HIDDEN int ev_patch_process(void);

/// Whether the OS thread of that number has a hub: what it owns may be a green thread's that waits.
/// So is what was owned at a fork by the OS thread that goes on in this child.
EV_HIDDEN bool ev_patch_is_of_a_hub(int number);

// ---- Whether a hook acts -----------------------------------------------------

EV_HIDDEN bool ev_patch_is_on_os_stack(ev_thread *_Nonnull thread, uintptr_t address);

/// Whether a green thread calls that must not block its siblings. Not so on another stack than its
/// own: a handler of signals that has one reports a crash, say, and must not switch.
__attribute__((always_inline)) static inline bool ev_patch_is_green(void)
{
    ev_thread *thread = ev_thread_pointer;
    // Without a hub yet it is being made.
    if (thread == NULL || thread->hub == NULL)
        return false;
    const ev_context *current = thread->current;
    if (EV_RARELY(current->calls_originals))
        return false;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (EV_RARELY(current->stack_size == 0))
        return ev_patch_is_on_os_stack(thread, here);
    return here - (uintptr_t)current->stack_low < current->stack_size;
}

/// Inline, and without a word on what is likely: the compiler would move what is not out of the
/// way, and a program that installs something comes by at each call.
__attribute__((always_inline)) static inline bool ev_patch_applies(unsigned subjects)
{
    // With what was stored before it: `ev_patch_hub`.
    unsigned installed = atomic_load_explicit(&ev_patch_subjects, memory_order_acquire);
    return installed & subjects && ev_patch_is_green();
}

// ---- Asking the hub ------------------------------------------------------------

/// While the hub is asked, all calls on this stack are libc's: its lists are in the middle of a
/// change, and the Swift runtime, which takes locks of its own, must not let a sibling come to
/// them.
static inline ev_context *_Nullable ev_patch_enter_hub(void)
{
    ev_thread *thread = ev_thread_pointer;
    ev_context *context = thread ? thread->current : NULL;
    if (context)
        context->calls_originals++;
    return context;
}

static inline void ev_patch_leave_hub(ev_context *_Nullable context)
{
    if (context)
        context->calls_originals--;
}

#define EV_ASK_HUB(operation, ...)                                                                 \
    ({                                                                                             \
        ev_context *asking = ev_patch_enter_hub();                                                 \
        __auto_type answer_of_hub = ev_patch_hub->operation(__VA_ARGS__);                          \
        ev_patch_leave_hub(asking);                                                                \
        answer_of_hub;                                                                             \
    })
#define EV_TELL_HUB(operation, ...)                                                                \
    do {                                                                                           \
        ev_context *telling = ev_patch_enter_hub();                                                \
        ev_patch_hub->operation(__VA_ARGS__);                                                      \
        ev_patch_leave_hub(telling);                                                               \
    } while (0)

/// Whether this is a child of vfork, in its parent's memory: its hub is the parent's, so nothing
/// waits greenly.
static inline bool ev_patch_is_in_vfork_child(void)
{
    return EV_KERNEL(getpid) != ev_patch_process();
}

/// For what waits, and says how that ended.
#define EV_ASK_TO_WAIT(operation, ...)                                                             \
    (ev_patch_is_in_vfork_child() ? EV_PATCH_MUST_NOT : EV_ASK_HUB(operation, __VA_ARGS__))

typedef enum ev_image_kind { EV_IMAGE_NONE, EV_IMAGE_PROGRAM, EV_IMAGE_LIBRARY } ev_image_kind;

/// The program, or one of its libraries, in memory.
typedef struct ev_image {
    ev_image_kind kind;
    uintptr_t low, high;
} ev_image;

/// The one that `address` is in.
EV_HIDDEN ev_image ev_patch_image_of(const void *_Nonnull address);

/// Whether the Swift runtime calls, from `address`: its locks are held for moments, and by nobody
/// who waits.
EV_HIDDEN bool ev_patch_is_in_runtime(const void *_Nonnull address);
/// Whether that cannot be told, because the runtime is inside the program.
EV_HIDDEN bool ev_patch_runtime_is_inside(void);

// ---- Waiting -----------------------------------------------------------------

#define EV_NEVER INT64_MAX

/// Sets errno to what a call returns that is given up for a kill or timeout. -1.
static inline int ev_patch_give_up(void)
{
    errno = ECANCELED;
    return -1;
}

static inline int64_t ev_patch_nanoseconds(int64_t seconds, int64_t nanoseconds)
{
    int64_t sum;
    if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &sum)
        || __builtin_add_overflow(sum, nanoseconds, &sum))
        return EV_NEVER;
    return sum;
}

/// What cannot be waited for is tried again, after pauses of a tenth of a millisecond that double
/// up to 20. False: interrupted, and errno says so.
static inline bool ev_patch_pause(int64_t *_Nonnull pause, int64_t deadline)
{
    int64_t rest = EV_ASK_HUB(rest, deadline);
    int64_t next = *pause < 100000 ? 100000 : *pause > 10000000 ? 20000000 : *pause * 2;
    *pause = next;
    int64_t length = next < rest ? next : rest;
    int end = EV_ASK_TO_WAIT(sleep, EV_ASK_HUB(deadline, length));
    if (end == EV_PATCH_MUST_NOT) {
        const struct timespec time = { length / 1000000000, length % 1000000000 };
        EV_KERNEL(ppoll, NULL, 0, &time, NULL, 0);
    }
    if (end == EV_PATCH_INTERRUPTED)
        ev_patch_give_up();
    return end != EV_PATCH_INTERRUPTED;
}

// ---- Jobs of helper threads ----------------------------------------------------

/// Has `job` performed, whatever arrives meanwhile.
EV_HIDDEN void ev_patch_perform_to_the_end(ev_patch_job *_Nonnull job);

struct ev_patch_job {
    void (*_Nonnull perform)(ev_patch_job *_Nonnull job);
    /// Called by whoever is the second to be done with it: the waiter that left, or the helper.
    void (*_Nonnull destroy)(ev_patch_job *_Nonnull job);
    _Atomic int left; // how many have done with it
    int error;        // errno as `perform` left it
    bool takes_long;  // it may wait for what somebody else is to do
};

#endif
