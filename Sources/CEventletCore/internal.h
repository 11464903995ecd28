#ifndef EV_INTERNAL_H
#define EV_INTERNAL_H

#include "CEventletCore.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EV_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define EV_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define EV_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define EV_TSAN 1
#endif

/// For functions that read stacks. The words between the locals of an
/// instrumented function are poisoned; the pairs we read are not, but a chain may
/// lead astray.
#if defined(EV_ASAN)
#define EV_ANY_WORD __attribute__((no_sanitize_address))
#else
#define EV_ANY_WORD
#endif

/// Space below a stack that faults. Swift emits no stack probes, so a function
/// with large locals could step over a single page.
#define EV_GUARD_BYTES (64 * 1024)

/// The control words of the floating-point units (rounding, exception masks),
/// as `ev_stack_switch` keeps them.
static inline uint64_t ev_float_control_read(void)
{
#if defined(__x86_64__)
    uint32_t mxcsr = 0;
    uint16_t x87 = 0;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
    // The low six bits of MXCSR are status, not control.
    return (mxcsr & ~0x3fu) | (uint64_t)x87 << 32;
#elif defined(__aarch64__)
    uint64_t fpcr = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr;
#else
#error "no context switch for this architecture"
#endif
}

/// Makes the control words `control`.
static inline void ev_float_control_renew(uint64_t control)
{
#if defined(__x86_64__)
    // Reading MXCSR takes longer than all the rest of a short life. <fenv.h>
    // changes both words, so the cheap one tells; who sets MXCSR's other bits
    // (flush to zero) by hand and does not set them back has them stay.
    uint16_t x87 = 0;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    if (x87 != (uint16_t)(control >> 32)) {
        uint32_t mxcsr = (uint32_t)control;
        x87 = (uint16_t)(control >> 32);
        __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(x87));
    }
#else
    if (ev_float_control_read() != control)
        __asm__ volatile("msr fpcr, %0" : : "r"(control));
#endif
}

/// Return addresses along the frame pointers of a stack between `low` and `high`.
size_t ev_walk(uintptr_t frame_pointer, uintptr_t low, uintptr_t high, uintptr_t *out,
               size_t capacity);

/// Finds the runtime words of the calling OS thread.
void ev_runtime_find_words(ev_thread *thread, bool isolate_exclusivity);

#endif
