#include "auditing.h"

#include <execinfo.h>

EV_BEGIN_HOOKS

_Atomic bool ev_patch_audits;

enum { MOST_FRAMES = 64 };

void ev_patch_audit(bool audits)
{
    void *frames[2];
    backtrace(frames, 2); // Loads a library, for which no hook is the place.
    atomic_store_explicit(&ev_patch_audits, audits, memory_order_release);
}

static int64_t now(void)
{
    struct timespec time;
    EV_KERNEL(clock_gettime, CLOCK_MONOTONIC, &time);
    return ev_patch_nanoseconds(time.tv_sec, time.tv_nsec);
}

int64_t ev_blocking_begin_in_full(void)
{
    ev_thread *thread = ev_thread_pointer;
    // One inside another is told of with that.
    if (!thread || thread->current->tells_of_call)
        return 0;
    thread->current->tells_of_call = true;
    return now();
}

void ev_blocking_end_in_full(int64_t begin, const char *call, int reason)
{
    int error = errno;
    int64_t length = now() - begin;
    ev_thread_pointer->current->tells_of_call = false;
    void *frames[MOST_FRAMES];
    ev_context *context = ev_patch_enter_hub();
    int count = backtrace(frames, MOST_FRAMES);
    // Not this one.
    if (count > 1)
        ev_patch_hub->blocked(call, reason, length, (const uintptr_t *)frames + 1,
                              (size_t)count - 1);
    ev_patch_leave_hub(context);
    errno = error;
}

// ---- System calls that no hook has seen ------------------------------------------

typedef struct entry {
    long number;
    const char *name;
    unsigned subjects;
} entry;

#define TRANSFERS (EV_PATCH_SOCKET | EV_PATCH_OS)
#define ENTRY(name, subjects) { SYS_##name, #name, subjects }

/// Those that may wait long. Some are not there on each architecture.
static const entry entries[] = {
    ENTRY(read, TRANSFERS),
    ENTRY(readv, TRANSFERS),
    ENTRY(preadv2, 0),
    ENTRY(pread64, 0),
    ENTRY(preadv, 0),
    ENTRY(write, TRANSFERS),
    ENTRY(writev, TRANSFERS),
    ENTRY(pwritev2, 0),
    ENTRY(pwrite64, 0),
    ENTRY(pwritev, 0),
    ENTRY(sendfile, 0),
    ENTRY(splice, 0),
    ENTRY(tee, 0),
    ENTRY(vmsplice, 0),
    ENTRY(copy_file_range, 0),
    ENTRY(recvfrom, EV_PATCH_SOCKET),
    ENTRY(recvmsg, EV_PATCH_SOCKET),
    ENTRY(recvmmsg, EV_PATCH_SOCKET),
    ENTRY(sendto, EV_PATCH_SOCKET),
    ENTRY(sendmsg, EV_PATCH_SOCKET),
    ENTRY(sendmmsg, EV_PATCH_SOCKET),
    ENTRY(connect, EV_PATCH_SOCKET),
    ENTRY(accept, EV_PATCH_SOCKET),
    ENTRY(accept4, EV_PATCH_SOCKET),
    ENTRY(close, 0),
#ifdef SYS_poll
    ENTRY(poll, EV_PATCH_SELECT),
    ENTRY(select, EV_PATCH_SELECT),
    ENTRY(epoll_wait, EV_PATCH_SELECT),
    ENTRY(pause, 0),
    ENTRY(open, 0),
    ENTRY(stat, 0),
    ENTRY(unlink, 0),
    ENTRY(rename, 0),
    ENTRY(mkdir, 0),
    ENTRY(getdents, 0),
#endif
    ENTRY(ppoll, EV_PATCH_SELECT),
    ENTRY(pselect6, EV_PATCH_SELECT),
    ENTRY(epoll_pwait, EV_PATCH_SELECT),
    ENTRY(nanosleep, EV_PATCH_TIME),
    ENTRY(clock_nanosleep, EV_PATCH_TIME),
    ENTRY(futex, EV_PATCH_THREAD),
    ENTRY(wait4, EV_PATCH_OS),
    ENTRY(waitid, EV_PATCH_OS),
    ENTRY(flock, EV_PATCH_OS),
    ENTRY(fcntl, EV_PATCH_OS),
    ENTRY(openat, 0),
    ENTRY(newfstatat, 0),
    ENTRY(statx, 0),
    ENTRY(unlinkat, 0),
    ENTRY(getdents64, 0),
    ENTRY(fsync, 0),
    ENTRY(fdatasync, 0),
    ENTRY(sync, 0),
    ENTRY(syncfs, 0),
    ENTRY(sync_file_range, 0),
    ENTRY(msync, 0),
    ENTRY(fallocate, 0),
    ENTRY(ftruncate, 0),
    ENTRY(ioctl, 0),
    ENTRY(mmap, 0),
    ENTRY(munmap, 0),
    ENTRY(madvise, 0),
    ENTRY(execve, 0),
    ENTRY(clone, 0),
    ENTRY(io_uring_enter, 0),
    ENTRY(io_getevents, 0),
    ENTRY(rt_sigtimedwait, 0),
    ENTRY(rt_sigsuspend, 0),
    ENTRY(msgrcv, 0),
    ENTRY(msgsnd, 0),
    ENTRY(semop, 0),
    ENTRY(semtimedop, 0),
    ENTRY(mq_timedreceive, 0),
    ENTRY(mq_timedsend, 0),
    ENTRY(getrandom, 0),
};

static const entry *entry_of(long number)
{
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (entries[i].number == number)
            return &entries[i];
    return NULL;
}

const char *ev_patch_name_of_system_call(long number)
{
    const entry *found = entry_of(number);
    return found ? found->name : NULL;
}

unsigned ev_patch_subjects_of_system_call(long number)
{
    const entry *found = entry_of(number);
    return found ? found->subjects : 0;
}

EV_END_HOOKS
