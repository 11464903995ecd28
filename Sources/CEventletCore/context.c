// A switch in three layers: registers and stack (assembly), the runtime's
// thread-local words and errno (here), and what the sanitizers want to know.
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(EV_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(EV_TSAN)
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void *__tsan_get_current_fiber(void);
#endif

extern void ev_stack_start(void);

static void save_words(const ev_thread *thread, ev_context *context)
{
    context->concurrency[0] = thread->concurrency[0];
    context->concurrency[1] = thread->concurrency[1];
    context->concurrency[2] = thread->concurrency[2];
    context->exclusivity = *thread->exclusivity;
    context->exceptions[0] = thread->exceptions[0];
    context->exceptions[1] = thread->exceptions[1];
    context->has_words = true;
}

static void load_words(const ev_thread *thread, ev_context *context)
{
    static const ev_context none;
    const ev_context *words = context->has_words ? context : &none;
    thread->concurrency[0] = words->concurrency[0];
    thread->concurrency[1] = words->concurrency[1];
    thread->concurrency[2] = words->concurrency[2];
    *thread->exclusivity = words->exclusivity;
    thread->exceptions[0] = words->exceptions[0];
    thread->exceptions[1] = words->exceptions[1];
    context->has_words = false;
}

/// What a fresh stack is handed: it lies at the very top, above all frames.
typedef struct start_record {
    void (*entry)(void *);
    void *argument;
} start_record;

static void ev_context_start(void *opaque)
{
    start_record *record = opaque;
#if defined(EV_ASAN)
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
    record->entry(record->argument);
    abort(); // An entry switches away for the last time, and never returns.
}

void ev_context_prepare(ev_context *context, void *top, void (*entry)(void *), void *argument)
{
    context->has_words = false;
    context->saved_errno = 0;

    uintptr_t address = ((uintptr_t)top - sizeof(start_record)) & ~(uintptr_t)15;
    start_record *record = (start_record *)address;
    *record = (start_record){ entry, argument };

    // A null frame ends walks by frame pointer. The pair keeps the stack
    // 16-byte aligned at the call, which SSE stores in vfprintf rely on.
    uintptr_t *sp = (uintptr_t *)address;
    *--sp = 0;
    *--sp = 0;
#if defined(__x86_64__)
    *--sp = (uintptr_t)ev_stack_start;
    *--sp = 0;                   // rbp
    *--sp = (uintptr_t)ev_context_start;    // rbx
    *--sp = (uintptr_t)record;   // r12
    *--sp = 0;                   // r13
    *--sp = 0;                   // r14
    *--sp = 0;                   // r15
    *--sp = ev_float_control_read();
#else
    sp -= 22;
    memset(sp, 0, 22 * sizeof *sp);
    sp[1] = (uintptr_t)ev_stack_start; // x30
    sp[2] = (uintptr_t)ev_context_start;          // x19
    sp[3] = (uintptr_t)record;         // x20
    sp[20] = ev_float_control_read();
#endif
    context->stack_pointer = sp;
#if defined(EV_TSAN)
    if (!context->tsan_fiber)
        context->tsan_fiber = __tsan_create_fiber(0);
#endif
}

#if defined(EV_ASAN)
static void announce_asan(void **save, ev_context *to)
{
    if (to->stack_size)
        __sanitizer_start_switch_fiber(save, to->stack_low, to->stack_size);
    else
        __sanitizer_start_switch_fiber(save, to->os_stack_low, to->os_stack_size);
}
#endif

void ev_context_adopt(ev_thread *thread, ev_context *context)
{
#if defined(EV_ASAN) || defined(EV_TSAN)
    thread->switches_in_full |= EV_FULL_SANITIZER;
#endif
    thread->float_control = ev_float_control_read();
#if defined(EV_ASAN)
    pthread_attr_t attributes;
    void *low = NULL;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, &context->os_stack_size);
        pthread_attr_destroy(&attributes);
    }
    context->os_stack_low = low;
#endif
#if defined(EV_TSAN)
    context->tsan_fiber = __tsan_get_current_fiber();
#endif
    thread->current = context;
}

void ev_context_switch_in_full(ev_thread *thread, ev_context *from, ev_context *to)
{
    if (thread->trace)
        thread->trace(thread->hub, from, to);
    // Loaded before the switch: nothing that runs in between looks at them.
    save_words(thread, from);
    load_words(thread, to);
    from->saved_errno = *thread->errno_address;
    *thread->errno_address = to->saved_errno;
    __atomic_store_n(&thread->current, to, __ATOMIC_RELAXED);
#if defined(EV_TSAN)
    __tsan_switch_to_fiber(to->tsan_fiber, 0);
#endif
#if defined(EV_ASAN)
    announce_asan(&from->fake_stack, to);
#endif
    ev_stack_switch(&from->stack_pointer, to->stack_pointer);
#if defined(EV_ASAN)
    const void *bottom = NULL;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(from->fake_stack, &bottom, &size);
    (void)bottom, (void)size;
#endif
}

void ev_context_renew(ev_thread *thread)
{
    // A body that has returned has closed its accesses and catch blocks, but
    // may have pushed task-local values in C style, or changed the rounding.
    ev_context nothing = { .has_words = false };
    load_words(thread, &nothing);
    *thread->errno_address = 0;
    ev_float_control_renew(thread->float_control);
}

void ev_context_destroy(ev_context *context)
{
#if defined(EV_TSAN)
    void *fiber = context->tsan_fiber;
    if (!fiber)
        return;
    // The sanitizer's runtime relies on a list that it makes when a fiber's first event is recorded
    // (llvm/llvm-project#171766), and one that was never entered has none: this is its event.
    void *current = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber, 0);
    context->tsan_fiber = NULL;
    __tsan_switch_to_fiber(current, 0);
    __tsan_destroy_fiber(fiber);
#else
    (void)context;
#endif
}
