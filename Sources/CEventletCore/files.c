// Opening relative to a directory: openat2(2), which the C library has no function for, and openat(2),
// which takes a variable number of arguments, as Swift cannot give.
#define _GNU_SOURCE
#include "ev_system_call.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437 // On all architectures.
#endif

// Of <linux/openat2.h>, which older systems do not have.
enum { NO_MAGIC_LINKS = 0x02, NO_SYMBOLIC_LINKS = 0x04, BENEATH = 0x08 };

_Static_assert(EV_OPEN_PATH == O_PATH, "the header has to name it without the feature macro");

int ev_open_beneath(int directory, const char *path, int flags, bool follows_links)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = { .flags = (unsigned)flags };
    how.resolve = BENEATH | NO_MAGIC_LINKS | (follows_links ? 0 : NO_SYMBOLIC_LINKS);
    int fd;
    do
        fd = (int)EV_SYSTEM_CALL(openat2, directory, path, &how, sizeof how);
    while (fd < 0 && errno == EINTR);
    return fd;
}

int ev_open_at(int directory, const char *path, int flags)
{
    int fd;
    do
        fd = openat(directory, path, flags);
    while (fd < 0 && errno == EINTR);
    return fd;
}
