// A system call without libc, as Go's runtime makes them.
#include "CPatchProbe.h"

#include <sys/syscall.h>

long probe_read_directly(int fd)
{
    char byte;
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_read), "D"((long)fd), "S"(&byte), "d"(1L)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_read;
    register long result __asm__("x0") = fd;
    register char *buffer __asm__("x1") = &byte;
    register long length __asm__("x2") = 1;
    __asm__ volatile("svc #0" : "+r"(result) : "r"(number), "r"(buffer), "r"(length) : "memory");
    return result;
#endif
}
