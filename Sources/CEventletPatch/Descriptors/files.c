// Locks of files.
#include "hook.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, flock, (int, int))
EV_ORIGINAL(int, lockf, (int, int, off_t))
EV_ORIGINAL(int, lockf64, (int, int, off64_t))

EV_HOOK int flock(int fd, int operation)
{
    if (operation & (LOCK_NB | LOCK_UN) || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(flock, fd, operation);
    int64_t pause = 0;
    for (;;) {
        int result = EV_CALL_ORIGINAL(flock, fd, operation | LOCK_NB);
        if (result == 0 || errno != EWOULDBLOCK)
            return result;
        if (!ev_patch_pause(&pause, EV_NEVER))
            return -1;
    }
}

EV_HOOK int lockf(int fd, int command, off_t length)
{
    if (command != F_LOCK || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(lockf, fd, command, length);
    int64_t pause = 0;
    for (;;) {
        int result = EV_CALL_ORIGINAL(lockf, fd, F_TLOCK, length);
        if (result == 0 || (errno != EAGAIN && errno != EACCES))
            return result;
        if (!ev_patch_pause(&pause, EV_NEVER))
            return -1;
    }
}

EV_HOOK int lockf64(int fd, int command, off64_t length)
{
    if (command != F_LOCK || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(lockf64, fd, command, length);
    return lockf(fd, command, length); // off_t has 64 bits wherever this is built.
}

EV_END_HOOKS
