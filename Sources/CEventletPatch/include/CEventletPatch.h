// libc's blocking calls, made green: this object of the program defines them once
// more, and a linker prefers it to libc. Until something is installed each of them
// only passes its arguments on.
#ifndef CEVENTLETPATCH_H
#define CEVENTLETPATCH_H

#include "CEventletCore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What can be installed, as bits.
enum {
    EV_PATCH_SOCKET = 1,
    EV_PATCH_SELECT = 2,
    EV_PATCH_TIME = 4,
    EV_PATCH_OS = 8,
    EV_PATCH_THREAD = 16,
    EV_PATCH_DNS = 32,
};

/// How a wait ended.
enum {
    EV_PATCH_READY,
    EV_PATCH_TIMED_OUT,
    EV_PATCH_CLOSED,      // the descriptor was, meanwhile
    EV_PATCH_INTERRUPTED, // by a kill or timeout, which is thrown at the next wait of Swift code
    EV_PATCH_UNPOLLABLE,  // the kernel takes no such descriptor: the call itself must wait
    EV_PATCH_MUST_NOT,    // green threads may not wait here: the call itself must wait
};

/// What runs on a helper thread while a green thread waits: it frees itself at the end if nobody
/// waits any more.
typedef struct ev_patch_job ev_patch_job;

/// What the hooks ask of the hub. Deadlines are nanoseconds of its clock; INT64_MAX is never.
typedef struct ev_patch_operations {
    /// The deadline `nanoseconds` from now.
    int64_t (*_Nonnull deadline)(int64_t nanoseconds);
    /// How long it is until `deadline`; 0 when it has passed.
    int64_t (*_Nonnull rest)(int64_t deadline);
    int (*_Nonnull wait)(int fd, uint32_t wanted, int64_t deadline);
    /// Until `fd` is readable, whatever arrives meanwhile.
    int (*_Nonnull wait_uninterrupted)(int fd, int64_t deadline);
    int (*_Nonnull wait_for_any)(ev_wait *_Nonnull waits, size_t count, int64_t deadline);
    /// Until `deadline`. One that has passed is a yield.
    int (*_Nonnull sleep)(int64_t deadline);
    /// Somebody was told that a descriptor is ready, and may use that up: others who wait for it
    /// are to hear of it too.
    void (*_Nonnull tell)(int fd, uint32_t events);
    /// Descriptors from `first` to `last`.
    void (*_Nonnull closing)(int first, int last);
    /// Has `job` performed by a helper thread, and waits for its end.
    int (*_Nonnull perform)(ev_patch_job *_Nonnull job);
    /// The same, whatever arrives meanwhile.
    void (*_Nonnull perform_to_the_end)(ev_patch_job *_Nonnull job);

    /// Runs `body`, in which no kill or timeout from outside of it ends a wait.
    void (*_Nonnull uninterrupted)(void (*_Nonnull body)(void *_Nonnull argument),
                                   void *_Nonnull argument);

    // Waiting for other threads, green or not, which nothing ends but they; `memory` has
    // EV_PATCH_WAITER_SIZE bytes. All but the first two are called under a lock.
    bool (*_Nonnull begin_waiting)(void *_Nonnull memory);
    bool (*_Nonnull park)(int64_t deadline);
    void (*_Nonnull end_waiting)(void *_Nonnull memory);
    /// Returns what to nudge without the lock, if that is not NULL.
    void *_Nullable (*_Nonnull wake)(void *_Nonnull memory);
    void (*_Nonnull nudge)(void *_Nonnull mailbox);

    /// `call` has blocked the hub, because of an EV_BLOCKS_…; `addresses` are of the calls around it,
    /// innermost first.
    void (*_Nonnull blocked)(const char *_Nonnull call, int reason, int64_t nanoseconds,
                             const uintptr_t *_Nonnull addresses, size_t count);
} ev_patch_operations;

enum { EV_PATCH_WAITER_SIZE = 128 };

/// Whether the hooks can do their work in this program.
enum {
    EV_PATCH_CAN,
    EV_PATCH_IS_STATIC,   // libc is inside the program: there is nothing behind the hooks
    EV_PATCH_IS_NOT_FIRST // calls do not come here: another image has definitions before these
};
int ev_patch_ability(void);

/// Whether green threads can wait in `DispatchQueue.sync`: not if Dispatch is inside the program.
bool ev_patch_reaches_dispatch(void);

/// From now on these subjects, and no others, are green. `operations` stay for good.
void ev_patch_install(unsigned subjects, const ev_patch_operations *_Nonnull operations);
unsigned ev_patch_installed(void);

// ---- A report of what blocks ----------------------------------------------------

/// Why a call was not made green, though what it belongs to is installed.
enum {
    EV_BLOCKS_FOR_FILE,   // the kernel knows no waiting for it
    EV_BLOCKS_FOR_THREAD, // what it waits for is an OS thread's, which gives it back by itself
    EV_BLOCKS_AS_MUST,    // no green thread may wait here, or not for this descriptor
};
/// From now on `blocked` is told of each such call, or of none.
void ev_patch_audit(bool audits);
/// What a system call is called; NULL for a rare one.
const char *_Nullable ev_patch_name_of_system_call(long number);
/// To which subjects it belongs; 0: to none.
unsigned ev_patch_subjects_of_system_call(long number);

/// On a helper thread.
void ev_patch_job_perform(ev_patch_job *_Nonnull job);
/// Whether it may wait for what another job is to do.
bool ev_patch_job_takes_long(const ev_patch_job *_Nonnull job);
/// Nobody waits for its result; it may be in the middle, or done, or never be performed.
void ev_patch_job_abandon(ev_patch_job *_Nonnull job);

/// As on a kernel that knows no RWF_NOWAIT, for tests.
void ev_patch_pretend_old_kernel(bool pretend);
bool ev_patch_pretends_old_kernel(void);

#ifdef __cplusplus
}
#endif
#endif
