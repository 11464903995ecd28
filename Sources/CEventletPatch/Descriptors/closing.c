// What ends or changes the meaning of a descriptor's number.
#include "descriptors.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, close, (int))
EV_ORIGINAL(int, dup, (int))
EV_ORIGINAL(int, dup2, (int, int))
EV_ORIGINAL(int, dup3, (int, int, int))
EV_ORIGINAL(int, fclose, (FILE *))

/// Whatever is installed, once something is: siblings that wait for the old file are to hear that
/// it is gone.
static bool applies(void)
{
    return EV_RARELY(ev_patch_installed() != 0);
}

/// A child of vfork has its parent's memory, and closes descriptors that stay open in the parent.
static void announce(int fd)
{
    if (ev_patch_is_in_vfork_child())
        return;
    if (ev_thread_pointer && ev_thread_pointer->hub)
        EV_TELL_HUB(closing, fd, fd);
    ev_descriptor_forget(fd);
}

static void announce_range(int first, int last)
{
    if (ev_patch_is_in_vfork_child())
        return;
    if (ev_thread_pointer && ev_thread_pointer->hub)
        EV_TELL_HUB(closing, first, last);
    int highest = ev_descriptor_highest();
    for (int fd = first; fd <= last && fd <= highest; fd++)
        ev_descriptor_forget(fd);
}

EV_HOOK int close(int fd)
{
    if (applies() && fd >= 0)
        announce(fd);
    return EV_CALL_ORIGINAL(close, fd);
}

EV_HOOK int dup(int fd)
{
    int duplicate = EV_CALL_ORIGINAL(dup, fd);
    if (duplicate >= 0 && applies())
        ev_descriptor_duplicate(fd, duplicate);
    return duplicate;
}

/// Whether `to` gets another file: to itself it changes nothing; with a bad one, it fails and
/// leaves the other open.
static bool replaces(int from, int to)
{
    return applies() && to >= 0 && from != to && EV_KERNEL(fcntl, from, F_GETFD) >= 0;
}

EV_HOOK int dup2(int from, int to)
{
    if (!replaces(from, to))
        return EV_CALL_ORIGINAL(dup2, from, to);
    announce(to);
    int result = EV_CALL_ORIGINAL(dup2, from, to);
    if (result >= 0)
        ev_descriptor_duplicate(from, to);
    return result;
}

EV_HOOK int dup3(int from, int to, int flags)
{
    if (!replaces(from, to))
        return EV_CALL_ORIGINAL(dup3, from, to, flags);
    announce(to);
    int result = EV_CALL_ORIGINAL(dup3, from, to, flags);
    if (result >= 0)
        ev_descriptor_duplicate(from, to);
    return result;
}

/// libc before 2.34 has no such function, so it is the system call.
EV_HOOK int close_range(unsigned first, unsigned last, int flags)
{
    // With flags it closes nothing yet (CLOSE_RANGE_CLOEXEC), or nothing of ours: another table.
    if (applies() && flags == 0 && first <= last && first <= INT32_MAX)
        announce_range((int)first, last < INT32_MAX ? (int)last : INT32_MAX - 1);
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

EV_HOOK extern __typeof(close) __close __attribute__((alias("close")));

EV_END_HOOKS
