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

// Nearly always all words are zero, on both sides: outside tasks, accesses and
// catch blocks there is nothing to carry. Six loads find that out; copying only
// when there is something saves a dozen stores and as many loads.

static inline void save_words(ev_thread *thread, ev_context *context)
{
    const uintptr_t *task = thread->concurrency, *exceptions = thread->exceptions;
    uintptr_t access = *thread->exclusivity;
    bool any = (task[0] | task[1] | task[2] | access | exceptions[0] | exceptions[1]) != 0;
    context->has_words = any;
    thread->left_words = any;
    if (any) {
        context->concurrency[0] = task[0];
        context->concurrency[1] = task[1];
        context->concurrency[2] = task[2];
        context->exclusivity = access;
        context->exceptions[0] = exceptions[0];
        context->exceptions[1] = exceptions[1];
    }
    context->saved_errno = *thread->errno_address;
}

static void write_words(ev_thread *thread, const ev_context *context)
{
    static const ev_context none;
    if (!context->has_words)
        context = &none;
    thread->concurrency[0] = context->concurrency[0];
    thread->concurrency[1] = context->concurrency[1];
    thread->concurrency[2] = context->concurrency[2];
    *thread->exclusivity = context->exclusivity;
    thread->exceptions[0] = context->exceptions[0];
    thread->exceptions[1] = context->exceptions[1];
}

static inline void restore_words(ev_thread *thread, ev_context *context)
{
    if (context->has_words || thread->left_words)
        write_words(thread, context);
    *thread->errno_address = context->saved_errno;
}

/// What a fresh stack is handed: it lies at the very top, above all frames.
typedef struct start_record {
    ev_context *context;
    void (*entry)(void *);
    void *argument;
} start_record;

static void start(void *opaque)
{
    start_record *record = opaque;
#if defined(EV_ASAN)
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
    restore_words(ev_thread_current(), record->context);
    record->entry(record->argument);
    abort(); // An entry leaves by ev_context_leave, never by returning.
}

void ev_context_prepare(ev_context *context, void *top, void (*entry)(void *), void *argument)
{
    context->has_words = false;
    context->saved_errno = 0;

    uintptr_t address = ((uintptr_t)top - sizeof(start_record)) & ~(uintptr_t)15;
    start_record *record = (start_record *)address;
    *record = (start_record){ context, entry, argument };

    // A null frame ends walks by frame pointer. The pair keeps the stack
    // 16-byte aligned at the call, which SSE stores in vfprintf rely on.
    uintptr_t *sp = (uintptr_t *)address;
    *--sp = 0;
    *--sp = 0;
#if defined(__x86_64__)
    unsigned mxcsr = 0;
    unsigned short x87 = 0;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
    *--sp = (uintptr_t)ev_stack_start;
    *--sp = 0;                   // rbp
    *--sp = (uintptr_t)start;    // rbx
    *--sp = (uintptr_t)record;   // r12
    *--sp = 0;                   // r13
    *--sp = 0;                   // r14
    *--sp = 0;                   // r15
    *--sp = (uintptr_t)mxcsr | (uintptr_t)x87 << 32;
#elif defined(__aarch64__)
    uintptr_t fpcr = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    sp -= 22;
    memset(sp, 0, 22 * sizeof *sp);
    sp[1] = (uintptr_t)ev_stack_start; // x30
    sp[2] = (uintptr_t)start;          // x19
    sp[3] = (uintptr_t)record;         // x20
    sp[20] = fpcr;
#else
#error "no context switch for this architecture"
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

void ev_context_switch(ev_thread *thread, ev_context *from, ev_context *to)
{
    save_words(thread, from);
    thread->current = to;
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
    restore_words(thread, from);
}

void ev_context_leave(ev_thread *thread, ev_context *from, ev_context *to)
{
    // A body that has returned has closed its accesses and catch blocks, but
    // may have pushed task-local values in C style: clear them all the same.
    thread->left_words = true;
    thread->current = to;
#if defined(EV_TSAN)
    // In this order: a fiber that is running cannot be destroyed.
    __tsan_switch_to_fiber(to->tsan_fiber, 0);
    __tsan_destroy_fiber(from->tsan_fiber);
    from->tsan_fiber = NULL;
#endif
#if defined(EV_ASAN)
    announce_asan(NULL, to); // NULL: the fake stack of `from` goes
#endif
    ev_stack_switch(&from->stack_pointer, to->stack_pointer);
    abort();
}

void ev_context_destroy(ev_context *context)
{
#if defined(EV_TSAN)
    // One that destroys itself before it leaves is left to ev_context_leave.
    const ev_thread *thread = ev_thread_current(); // NULL once it was detached
    if (!context->tsan_fiber || (thread && thread->current == context))
        return;
    __tsan_destroy_fiber(context->tsan_fiber);
#endif
    context->tsan_fiber = NULL;
}

size_t ev_context_frames(const ev_context *context, uintptr_t *out, size_t capacity)
{
    if (!context->stack_size || !context->stack_pointer)
        return 0;
    uintptr_t low = (uintptr_t)context->stack_low, high = low + context->stack_size;
    uintptr_t *frame = context->stack_pointer;
#if defined(__x86_64__)
    uintptr_t frame_pointer = frame[6];
    uintptr_t program_counter = frame[7];
#else
    uintptr_t frame_pointer = frame[0];
    uintptr_t program_counter = frame[1];
#endif
    size_t count = 0;
    if (count < capacity)
        out[count++] = program_counter;
    while (count < capacity && frame_pointer >= low && frame_pointer + 16 <= high
           && !(frame_pointer & 7)) {
        const uintptr_t *pair = (const uintptr_t *)frame_pointer;
        if (pair[1] < 4096)
            break;
        out[count++] = pair[1];
        if (pair[0] <= frame_pointer)
            break;
        frame_pointer = pair[0];
    }
    return count;
}
