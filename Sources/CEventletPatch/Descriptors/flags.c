// fcntl and ioctl: what tells of a descriptor's flags, and sets them.
#include "descriptors.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, fcntl, (int, int, ...))
EV_ORIGINAL(int, ioctl, (int, unsigned long, ...))

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
    int result = EV_CALL_ORIGINAL(fcntl, fd, command, argument);
    if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && result >= 0
        && ev_patch_installed() != 0)
        ev_descriptor_duplicate(fd, result);
    return result;
}

EV_HOOK int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (request == FIONBIO && ev_descriptor_is_made_nonblocking(fd)) {
        if (*(const int *)argument == 0)
            return 0; // So it looks.
        ev_descriptor_disown_nonblocking(fd);
    }
    return EV_CALL_ORIGINAL(ioctl, fd, request, argument);
}

EV_HOOK extern int fcntl64(int, int, ...) __attribute__((alias("fcntl")));
EV_HOOK extern int __fcntl(int, int, ...) __attribute__((alias("fcntl")));

EV_END_HOOKS
