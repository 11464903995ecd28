#include "descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

EV_BEGIN_HOOKS

// ---- One byte for each number --------------------------------------------------

// In blocks, which are made when a number of theirs is first looked at and then stay: the table is
// read by any OS thread without a lock, and a program may have four million descriptors.
enum { BLOCK = 4096, BLOCKS = 1024 };
enum { KIND_BITS = 3, MADE_NONBLOCKING = 4 };

typedef _Atomic uint8_t entry;
// The first is always there: a handler of signals, which must not allocate, may write.
static entry first_block[BLOCK];
static _Atomic(entry *) blocks[BLOCKS] = { first_block };

static entry *existing_entry(int fd)
{
    unsigned block = (unsigned)fd / BLOCK;
    if (block >= BLOCKS)
        return NULL;
    entry *entries = atomic_load_explicit(&blocks[block], memory_order_acquire);
    return entries ? &entries[(unsigned)fd % BLOCK] : NULL;
}

static entry *make_entry(int fd)
{
    entry *found = existing_entry(fd);
    unsigned block = (unsigned)fd / BLOCK;
    if (found || block >= BLOCKS)
        return found;
    entry *fresh = calloc(BLOCK, sizeof *fresh), *none = NULL;
    if (!fresh)
        return NULL;
    if (!atomic_compare_exchange_strong(&blocks[block], &none, fresh))
        free(fresh);
    return existing_entry(fd);
}

ev_kind ev_descriptor_kind(int fd)
{
    entry *known = existing_entry(fd);
    return known ? atomic_load_explicit(known, memory_order_relaxed) & KIND_BITS : EV_KIND_UNKNOWN;
}

void ev_descriptor_set_kind(int fd, ev_kind kind)
{
    entry *known = make_entry(fd);
    if (!known)
        return;
    // Another OS thread may be making it non-blocking.
    uint8_t before = atomic_load_explicit(known, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(known, &before,
                                         (before & MADE_NONBLOCKING) | (uint8_t)kind))
        ;
}

ev_kind ev_descriptor_find_kind(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return EV_KIND_UNKNOWN;
    ev_kind kind = EV_KIND_OTHER;
    if (S_ISFIFO(status.st_mode))
        kind = EV_KIND_PIPE;
    if (S_ISSOCK(status.st_mode)) {
        // To one of records `write` adds MSG_EOR, which `send` does not.
        int type = 0;
        socklen_t length = sizeof type;
        if (EV_KERNEL(getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0
            && (type == SOCK_STREAM || type == SOCK_DGRAM))
            kind = EV_KIND_SOCKET;
    }
    ev_descriptor_set_kind(fd, kind);
    return kind;
}

void ev_descriptor_forget(int fd)
{
    entry *known = existing_entry(fd);
    if (known && atomic_load_explicit(known, memory_order_relaxed) != 0)
        atomic_store_explicit(known, 0, memory_order_relaxed);
}

int ev_descriptor_highest(void)
{
    for (int block = BLOCKS - 1; block >= 0; block--)
        if (atomic_load_explicit(&blocks[block], memory_order_acquire))
            return (block + 1) * BLOCK - 1;
    return -1;
}

// ---- Non-blocking for our sake -------------------------------------------------

bool ev_descriptor_is_made_nonblocking(int fd)
{
    entry *known = existing_entry(fd);
    return known && atomic_load_explicit(known, memory_order_relaxed) & MADE_NONBLOCKING;
}

bool ev_descriptor_make_nonblocking(int fd)
{
    entry *known = make_entry(fd);
    long flags = EV_KERNEL(fcntl, fd, F_GETFL);
    if (!known || flags < 0)
        return false;
    // Remembered first: another OS thread that accepts must not see EAGAIN.
    atomic_fetch_or_explicit(known, MADE_NONBLOCKING, memory_order_seq_cst);
    return EV_KERNEL(fcntl, fd, F_SETFL, flags | O_NONBLOCK) >= 0;
}

void ev_descriptor_duplicate(int fd, int duplicate)
{
    entry *known = existing_entry(fd);
    uint8_t what = known ? atomic_load_explicit(known, memory_order_relaxed) : 0;
    entry *other = what != 0 ? make_entry(duplicate) : existing_entry(duplicate);
    if (other)
        atomic_store_explicit(other, what, memory_order_relaxed);
}

void ev_descriptor_disown_nonblocking(int fd)
{
    entry *known = existing_entry(fd);
    if (known)
        atomic_fetch_and_explicit(known, (uint8_t)~MADE_NONBLOCKING, memory_order_relaxed);
}

void ev_descriptors_restore(void)
{
    for (int block = 0; block < BLOCKS; block++) {
        if (!atomic_load_explicit(&blocks[block], memory_order_acquire))
            continue;
        for (int fd = block * BLOCK; fd < (block + 1) * BLOCK; fd++) {
            if (!ev_descriptor_is_made_nonblocking(fd))
                continue;
            long flags = EV_KERNEL(fcntl, fd, F_GETFL);
            if (flags >= 0)
                EV_KERNEL(fcntl, fd, F_SETFL, flags & ~(long)O_NONBLOCK);
            ev_descriptor_disown_nonblocking(fd);
        }
    }
}

// ---- What the kernel says --------------------------------------------------------

int ev_descriptor_flags(int fd)
{
    int flags = (int)EV_SYSTEM_CALL(fcntl, fd, F_GETFL);
    return flags >= 0 && ev_descriptor_is_made_nonblocking(fd) ? flags & ~O_NONBLOCK : flags;
}

bool ev_descriptor_is_nonblocking(int fd)
{
    int flags = ev_descriptor_flags(fd);
    return flags < 0 || flags & O_NONBLOCK;
}

bool ev_descriptor_is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0
           && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode));
}

bool ev_descriptor_is_device(int fd)
{
    struct stat status;
    char settings[64]; // of a terminal, which is written to as pipes are
    return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode)
           && EV_KERNEL(ioctl, fd, TCGETS, settings) < 0;
}

bool ev_descriptor_is_ready(int fd, short events)
{
    struct pollfd one = { .fd = fd, .events = events };
    const struct timespec none = { 0, 0 };
    return EV_KERNEL(ppoll, &one, 1, &none, NULL, 0) != 0;
}

static bool pretends_old_kernel;

void ev_patch_pretend_old_kernel(bool pretend)
{
    pretends_old_kernel = pretend;
}

bool ev_patch_pretends_old_kernel(void)
{
    return pretends_old_kernel;
}

/// Several errors mean that this kernel, or driver, knows no RWF_NOWAIT; ESPIPE is of drivers that
/// do not take the position that says "none". EINVAL is not among them: an eventfd says so to
/// whoever reads too little, at once.
static long nowait_answer(long answer)
{
    return answer == -ENOSYS || answer == -ESPIPE ? -EOPNOTSUPP : answer;
}

long ev_read_without_waiting(int fd, const struct iovec *pieces, int count)
{
    if (pretends_old_kernel)
        return -EOPNOTSUPP;
    return nowait_answer(EV_KERNEL(preadv2, fd, pieces, count, -1, -1, RWF_NOWAIT));
}

long ev_write_without_waiting(int fd, const struct iovec *pieces, int count)
{
    if (pretends_old_kernel)
        return -EOPNOTSUPP;
    return nowait_answer(EV_KERNEL(pwritev2, fd, pieces, count, -1, -1, RWF_NOWAIT));
}

int64_t ev_descriptor_deadline(int fd, int option)
{
    struct timeval time = { 0, 0 };
    socklen_t length = sizeof time;
    if (EV_KERNEL(getsockopt, fd, SOL_SOCKET, option, &time, &length) < 0
        || (time.tv_sec == 0 && time.tv_usec == 0))
        return EV_NEVER;
    return EV_ASK_HUB(deadline,
        ev_patch_nanoseconds(time.tv_sec, (int64_t)time.tv_usec * 1000));
}

// ---- Attempts ----------------------------------------------------------------------

ev_next ev_attempt_wait(ev_attempt *attempt)
{
    int fd = attempt->fd;
    if (!attempt->has_waited) {
        if (ev_descriptor_is_nonblocking(fd)) {
            errno = EAGAIN;
            return EV_FAIL;
        }
        attempt->deadline = ev_descriptor_deadline(fd, attempt->writes ? SO_SNDTIMEO : SO_RCVTIMEO);
        attempt->has_waited = true;
    }
    uint32_t wanted = attempt->writes ? EV_WRITABLE : EV_READABLE;
    switch (EV_ASK_TO_WAIT(wait, fd, wanted, attempt->deadline)) {
    case EV_PATCH_READY:
        return EV_TRY_AGAIN;
    case EV_PATCH_TIMED_OUT:
        errno = EAGAIN;
        return EV_FAIL;
    case EV_PATCH_CLOSED:
        errno = EBADF;
        return EV_FAIL;
    case EV_PATCH_INTERRUPTED:
        ev_patch_give_up();
        return EV_FAIL;
    default:
        return EV_CALL_FOR_REAL;
    }
}

EV_END_HOOKS
