// System calls without libc's functions in between.
//
// A program may give names such as `read` and `syscall` another meaning, as EventletPatch does: the
// runtime's own calls must reach the kernel all the same, and never wait where libc would not. Not
// part of the module that Swift sees.
#ifndef EV_SYSTEM_CALL_H
#define EV_SYSTEM_CALL_H

#include <errno.h>
#include <sys/syscall.h>

/// The kernel's answer: a result, or an error number below zero. Leaves errno alone.
static inline long ev_kernel_answer(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
#else
#error "no system calls for this architecture"
#endif
}

/// As libc returns it: -1 and errno.
static inline long ev_libc_result(long answer)
{
    if (answer < 0 && answer > -4096) {
        errno = (int)-answer;
        return -1;
    }
    return answer;
}

/// EV_KERNEL(read, fd, buffer, count): up to six arguments, integers or pointers.
#define EV_KERNEL(name, ...) EV_KERNEL_NUMBER(SYS_##name, ##__VA_ARGS__)
#define EV_KERNEL_NUMBER(...) EV_KERNEL_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define EV_KERNEL_PADDED(number, a, b, c, d, e, f, ...)                                            \
    ev_kernel_answer(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/// The same, as libc returns it.
#define EV_SYSTEM_CALL(...) ev_libc_result(EV_KERNEL(__VA_ARGS__))

#endif
