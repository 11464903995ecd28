// Starting programs. Not by posix_spawn(3): it does not say which step failed, and gives no process
// descriptor in the same step. As there, the child borrows our memory until it has become the
// program, so that a large process starts one as fast as a small one.
#define _GNU_SOURCE
#include "ev_system_call.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#if defined(__clang__)
#define EV_NOT_SANITIZED __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define EV_NOT_SANITIZED __attribute__((no_sanitize("address,thread,undefined")))
#endif

// The name that no sanitizer replaces with a function for children that get their own memory.
int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

enum { SIGNALS = 64, CHILD_STACK = 64 * 1024 };

typedef struct child {
    ev_spawn *spawn;
    rlim_t most_descriptors;
    volatile int error; // 0 once it is the program
    volatile int step;
} child;

// Below, raw system calls alone. The child runs in our memory: what libc or a sanitizer notes there
// about handlers and descriptors is noted of us.

static EV_NOT_SANITIZED int fail(child *me, int step)
{
    me->error = errno;
    me->step = step;
    return 127;
}

static EV_NOT_SANITIZED int take_descriptors(int from[3])
{
    // Out of the way first: one of them may be what another is to become.
    for (int i = 0; i < 3; i++) {
        if (from[i] == i || from[i] > 2)
            continue;
        from[i] = (int)EV_SYSTEM_CALL(fcntl, from[i], F_DUPFD, 3);
        if (from[i] < 0)
            return -1;
    }
    for (int i = 0; i < 3; i++) {
        // dup3 refuses equal numbers; the original may be close-on-exec.
        long result = from[i] == i ? EV_SYSTEM_CALL(fcntl, i, F_SETFD, 0)
                                   : EV_SYSTEM_CALL(dup3, from[i], i, 0);
        // Whoever runs without a standard stream hands on that there is none.
        if (result < 0 && !(errno == EBADF && from[i] == i))
            return -1;
    }
    return 0;
}

/// As close_range(2) from 3 on, for kernels before 5.9: what /proc lists, since the limit may be a
/// billion. The kernel lists by number, and so what is closed meanwhile does no harm.
static EV_NOT_SANITIZED int close_listed(void)
{
    struct entry {
        uint64_t inode;
        int64_t offset;
        unsigned short length;
        unsigned char type;
        char name[];
    };
    long directory = EV_SYSTEM_CALL(openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
    if (directory < 0)
        return -1;
    _Alignas(struct entry) char entries[4096];
    long size;
    while ((size = EV_SYSTEM_CALL(getdents64, directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at < size;) {
            const struct entry *entry = (const struct entry *)(entries + at);
            at += entry->length;
            int fd = 0;
            for (const char *digit = entry->name; *digit; digit++)
                fd = *digit >= '0' && *digit <= '9' ? fd * 10 + (*digit - '0') : 0;
            if (fd > 2 && fd != directory)
                EV_SYSTEM_CALL(close, fd);
        }
    }
    EV_SYSTEM_CALL(close, directory);
    return size < 0 ? -1 : 0;
}

static EV_NOT_SANITIZED void close_others(const child *me)
{
    if (!me->spawn->avoid_pidfd && EV_SYSTEM_CALL(close_range, 3u, ~0u, 0u) == 0)
        return;
    if (close_listed() == 0)
        return;
    for (rlim_t fd = 3; fd < me->most_descriptors; fd++)
        EV_SYSTEM_CALL(close, (int)fd);
}

static EV_NOT_SANITIZED int become_program(void *opaque)
{
    child *me = opaque;
    ev_spawn *spawn = me->spawn;
    // All are blocked. No handler of ours may run in our memory in another process, and what we
    // ignore the program is not to ignore.
    const unsigned long defaults[4] = { 0 }; // The kernel's structure: handler, flags, restorer, mask
    for (int signal = 1; signal <= SIGNALS; signal++)
        if (signal != SIGKILL && signal != SIGSTOP)
            EV_SYSTEM_CALL(rt_sigaction, signal, defaults, NULL, 8);
    if (spawn->own_group && EV_SYSTEM_CALL(setpgid, 0, 0) < 0)
        return fail(me, EV_SPAWN_GROUP);
    if (take_descriptors(spawn->descriptors) < 0)
        return fail(me, EV_SPAWN_DESCRIPTORS);
    close_others(me);
    if (spawn->directory && EV_SYSTEM_CALL(chdir, spawn->directory) < 0)
        return fail(me, EV_SPAWN_DIRECTORY);
    const uint64_t nothing = 0;
    EV_SYSTEM_CALL(rt_sigprocmask, SIG_SETMASK, &nothing, NULL, 8);

    // As execvp(3): one that may not be run is remembered, and the search goes on.
    bool is_forbidden = false;
    for (const char *const *path = spawn->paths; *path; path++) {
        EV_SYSTEM_CALL(execve, *path, spawn->arguments, spawn->environment);
        if (errno == EACCES)
            is_forbidden = true;
        else if (errno != ENOENT && errno != ENOTDIR && errno != ENODEV && errno != ESTALE)
            return fail(me, EV_SPAWN_EXEC);
    }
    errno = is_forbidden ? EACCES : ENOENT;
    return fail(me, EV_SPAWN_EXEC);
}

int ev_process_spawn(ev_spawn *spawn)
{
    child me = { .spawn = spawn, .most_descriptors = 65536 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        me.most_descriptors = limit.rlim_cur;
    spawn->step = EV_SPAWN_CLONE;
    spawn->pidfd = -1;
    char *stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return errno;
    const uint64_t all = ~(uint64_t)0;
    uint64_t before;
    EV_SYSTEM_CALL(rt_sigprocmask, SIG_BLOCK, &all, &before, 8);
    int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    int pid = -1;
    if (!spawn->avoid_pidfd)
        pid = __clone(become_program, stack + CHILD_STACK, flags | CLONE_PIDFD, &me, &spawn->pidfd);
    if (pid < 0 && (spawn->avoid_pidfd || errno == EINVAL))
        pid = __clone(become_program, stack + CHILD_STACK, flags, &me);
    int error = pid < 0 ? errno : me.error;
    EV_SYSTEM_CALL(rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
    munmap(stack, CHILD_STACK);
    if (pid >= 0 && error != 0) {
        // Gone already, or about to be: it only has to leave the kernel.
        while (EV_KERNEL(wait4, pid, NULL, 0, NULL) == -EINTR)
            ;
        if (spawn->pidfd >= 0)
            EV_KERNEL(close, spawn->pidfd);
        spawn->pidfd = -1;
        spawn->step = me.step;
    }
    spawn->pid = pid;
    return error;
}

static int wait_for(int what, int which, siginfo_t *info, int how)
{
    return (int)EV_SYSTEM_CALL(waitid, what, which, info, how, NULL);
}

int ev_process_reap(int pidfd, int pid, int *kind, int *value)
{
    siginfo_t info;
    int result;
    do {
        memset(&info, 0, sizeof info);
        result = pidfd < 0 ? -1 : wait_for(P_PIDFD, pidfd, &info, WEXITED | WNOHANG);
        // Linux 5.3 has process descriptors, but cannot wait by one.
        if (pidfd < 0 || (result < 0 && errno == EINVAL))
            result = wait_for(P_PID, pid, &info, WEXITED | WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result < 0)
        return -1;
    if (info.si_pid == 0)
        return 0;
    *kind = info.si_code == CLD_EXITED ? EV_EXITED
            : info.si_code == CLD_DUMPED ? EV_DUMPED
                                         : EV_KILLED;
    *value = info.si_status;
    return 1;
}

bool ev_process_has_ended(int pid)
{
    siginfo_t info;
    int result;
    do {
        memset(&info, 0, sizeof info);
        result = wait_for(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT);
    } while (result < 0 && errno == EINTR);
    return result == 0 && info.si_pid == pid;
}

int ev_process_wait(int pid)
{
    siginfo_t info;
    int result;
    do
        result = wait_for(P_PID, pid, &info, WEXITED | WNOWAIT);
    while (result < 0 && errno == EINTR);
    return result;
}

int ev_process_signal(int pidfd, int pid, int signal)
{
    if (pidfd >= 0) {
        if (EV_SYSTEM_CALL(pidfd_send_signal, pidfd, signal, NULL, 0u) == 0)
            return 0;
        if (errno != ENOSYS && errno != EPERM)
            return -1;
        // A sandbox may forbid the call and nothing else.
    }
    return kill(pid, signal);
}

int ev_pidfd_open(int pid)
{
    return (int)EV_SYSTEM_CALL(pidfd_open, pid, 0u);
}

char **ev_environment(void)
{
    return environ;
}
