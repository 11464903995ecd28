// A stack overflow hits the guard below the stack and raises SIGSEGV. The
// handler runs on a stack of its own, says which green thread it was, and hands
// the fault to whoever was there before: Swift's backtracer, or the default.
#define _GNU_SOURCE
#include "internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIGNAL_STACK_BYTES = 256 * 1024 };

static struct sigaction previous_segv, previous_bus;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread void *signal_stack;

// Only async-signal-safe calls below: no stdio, no allocation.

static void put(const char *text, size_t length)
{
    while (length) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static void put_number(uint64_t value)
{
    char digits[24];
    char *p = digits + sizeof digits;
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    put(p, (size_t)(digits + sizeof digits - p));
}

static void report(const ev_context *context)
{
    if (context->spawn_file) {
        put_text("fatal: green thread ");
        put_number(context->identifier);
    } else { // The hub's stack is no green thread's: nobody spawned it.
        put_text("fatal: a callback of the hub");
    }
    if (context->name) {
        put_text(" '");
        put_text(context->name);
        put_text("'");
    }
    put_text(" overflowed its stack of ");
    put_number(context->stack_size / 1024);
    put_text(" KiB");
    if (context->spawn_file) {
        put_text("; spawned at ");
        put(context->spawn_file, context->spawn_file_length);
        put_text(":");
        put_number(context->spawn_line);
    }
    put_text(". Give it more with spawn(stackSize:) or Hub.Configuration.stackSize,"
             " or recurse less.\n");
}

static void handle(int signal, siginfo_t *info, void *opaque)
{
    (void)opaque;
    ev_thread *thread = ev_thread_current();
    const ev_context *context = thread ? thread->current : NULL;
    if (context && context->stack_size) {
        uintptr_t fault = (uintptr_t)info->si_addr;
        uintptr_t low = (uintptr_t)context->stack_low;
        if (fault < low && fault >= low - EV_GUARD_BYTES)
            report(context);
    }
    // Back to the previous handler: the instruction is run again, faults again,
    // and that handler sees the fault as if we had not been here.
    sigaction(signal, signal == SIGBUS ? &previous_bus : &previous_segv, NULL);
    // Sent by kill or raise, not by a fault: no instruction will repeat it. It
    // arrives when this handler returns, as the signal is blocked until then.
    if (info->si_code <= 0)
        raise(signal);
}

static void install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous_segv);
    sigaction(SIGBUS, &action, &previous_bus);
}

void ev_overflow_reporting_install(void)
{
#if defined(EV_ASAN) || defined(EV_TSAN)
    return; // The sanitizers have handlers and signal stacks of their own.
#else
    pthread_once(&once, install);
    stack_t present;
    if (sigaltstack(NULL, &present) == 0 && !(present.ss_flags & SS_DISABLE))
        return; // Swift's backtracer gave the main thread one.
    void *memory = mmap(NULL, SIGNAL_STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    stack_t wanted = { .ss_sp = memory, .ss_size = SIGNAL_STACK_BYTES };
    if (sigaltstack(&wanted, NULL) != 0)
        munmap(memory, SIGNAL_STACK_BYTES);
    else
        signal_stack = memory;
#endif
}

void ev_overflow_stack_release(void)
{
    if (!signal_stack)
        return;
    stack_t none = { .ss_flags = SS_DISABLE };
    sigaltstack(&none, NULL);
    munmap(signal_stack, SIGNAL_STACK_BYTES);
    signal_stack = NULL;
}
