// What ends or changes the meaning of a descriptor's number, and what tells of its flags.
#include "descriptors.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, close, (int))
EV_ORIGINAL(int, dup2, (int, int))
EV_ORIGINAL(int, dup3, (int, int, int))
EV_ORIGINAL(int, fclose, (FILE *))
EV_ORIGINAL(int, fcntl, (int, int, ...))

/// Whatever is installed, once something is: siblings that wait for the old file are to hear that
/// it is gone.
static bool applies(void)
{
    return EV_RARELY(ev_patch_installed() != 0);
}

/// A child of vfork has its parent's memory, and closes descriptors that stay open in the parent.
static bool is_in_vfork_child(void)
{
    return EV_KERNEL(getpid) != ev_patch_process();
}

static void announce(int fd)
{
    if (is_in_vfork_child())
        return;
    if (ev_thread_pointer && ev_thread_pointer->hub)
        EV_TELL_HUB(closing, fd);
    ev_descriptor_forget(fd);
}

EV_HOOK int close(int fd)
{
    if (applies() && fd >= 0)
        announce(fd);
    return EV_CALL_ORIGINAL(close, fd);
}

EV_HOOK int dup2(int from, int to)
{
    // To itself it changes nothing; with a bad one, it fails and leaves the other open.
    if (applies() && to >= 0 && from != to && EV_KERNEL(fcntl, from, F_GETFD) >= 0)
        announce(to);
    return EV_CALL_ORIGINAL(dup2, from, to);
}

EV_HOOK int dup3(int from, int to, int flags)
{
    if (applies() && to >= 0 && from != to && EV_KERNEL(fcntl, from, F_GETFD) >= 0)
        announce(to);
    return EV_CALL_ORIGINAL(dup3, from, to, flags);
}

/// libc before 2.34 has no such function, so it is the system call.
EV_HOOK int close_range(unsigned first, unsigned last, int flags)
{
    // With flags it closes nothing yet (CLOSE_RANGE_CLOEXEC), or nothing of ours: another table.
    if (applies() && flags == 0 && !is_in_vfork_child()) {
        unsigned most = (unsigned)ev_descriptor_highest();
        for (unsigned fd = first; fd <= last && fd <= most; fd++)
            announce((int)fd);
    }
    return (int)EV_SYSTEM_CALL(close_range, first, last, flags);
}

EV_HOOK void closefrom(int first)
{
    close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0);
}

/// libc closes the descriptor inside.
EV_HOOK int fclose(FILE *file)
{
    if (applies() && file) {
        int fd = fileno(file);
        if (fd >= 0)
            announce(fd);
    }
    return EV_CALL_ORIGINAL(fclose, file);
}

// ---- fcntl -------------------------------------------------------------------------

static int lock_record(int fd, int command, void *record)
{
    int without_waiting = command == F_SETLKW ? F_SETLK : F_OFD_SETLK;
    int64_t pause = 0;
    for (;;) {
        int result = EV_CALL_ORIGINAL(fcntl, fd, without_waiting, record);
        if (result == 0 || (errno != EAGAIN && errno != EACCES))
            return result;
        if (!ev_patch_pause(&pause, EV_NEVER))
            return -1;
    }
}

EV_HOOK int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *); // an int is in the same register
    va_end(arguments);
    if (applies()) {
        if ((command == F_SETLKW || command == F_OFD_SETLKW) && ev_patch_applies(EV_PATCH_OS))
            return lock_record(fd, command, argument);
        if (EV_RARELY(ev_descriptor_is_made_nonblocking(fd))) {
            if (command == F_GETFL)
                return ev_descriptor_flags(fd);
            if (command == F_SETFL && (long)argument & O_NONBLOCK)
                ev_descriptor_disown_nonblocking(fd);
            else if (command == F_SETFL)
                argument = (void *)((long)argument | O_NONBLOCK);
        }
    }
    return EV_CALL_ORIGINAL(fcntl, fd, command, argument);
}

EV_HOOK extern __typeof(close) __close __attribute__((alias("close")));
EV_HOOK extern int fcntl64(int, int, ...) __attribute__((alias("fcntl")));
EV_HOOK extern int __fcntl(int, int, ...) __attribute__((alias("fcntl")));

EV_END_HOOKS
