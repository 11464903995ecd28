// Pipes, child processes and signals. Part of CEventletCore.h.
#ifndef EV_PROCESS_H
#define EV_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__clang__)
#define _Nonnull
#define _Nullable
#endif

#ifdef __cplusplus
extern "C" {
#endif

// ---- Pipes -------------------------------------------------------------------

/// Both ends close-on-exec and blocking: `ends[0]` reads, `ends[1]` writes.
int ev_pipe(int ends[_Nonnull 2]);
int ev_set_nonblocking(int fd);
/// Opens once more what `fd` refers to, for `flags`, non-blocking: with flags that nobody
/// shares. -1 and errno for what cannot be opened, such as a socket.
int ev_reopen(int fd, int flags);
ssize_t ev_read(int fd, void *_Nonnull buffer, size_t count);
/// Without SIGPIPE for the process, whatever it does with that.
ssize_t ev_write(int fd, const void *_Nonnull buffer, size_t count);
/// The same for a descriptor that may be in blocking mode, as far as that goes without waiting:
/// EAGAIN if it does not.
ssize_t ev_read_if_ready(int fd, void *_Nonnull buffer, size_t count);
ssize_t ev_write_if_ready(int fd, const void *_Nonnull buffer, size_t count);

// ---- Child processes -----------------------------------------------------------

/// Where starting a program went wrong.
enum { EV_SPAWN_CLONE, EV_SPAWN_GROUP, EV_SPAWN_DESCRIPTORS, EV_SPAWN_DIRECTORY, EV_SPAWN_EXEC };

typedef struct ev_spawn {
    const char *_Nullable const *_Nullable paths; // tried in turn; all lists end with NULL
    char *_Nullable const *_Nullable arguments;
    char *_Nullable const *_Nullable environment;
    const char *_Nullable directory;
    int descriptors[3];                    // what the child gets as 0, 1 and 2
    bool own_group;                        // becomes the leader of a process group of its own
    bool avoid_pidfd;                      // as on a kernel without them
    // Results.
    int pid;
    int pidfd;                             // -1: this kernel has none
    int step;                              // EV_SPAWN_…
} ev_spawn;

/// Starts a program. Returns 0, or an error number, and then there is no child.
///
/// The child has default handlers, no blocked signals, and no descriptors but 0, 1 and 2.
int ev_process_spawn(ev_spawn *_Nonnull spawn);

enum { EV_EXITED = 1, EV_KILLED = 2, EV_DUMPED = 3 };

/// Reaps a child that has ended. Returns 1 with `kind` (EV_EXITED …) and `value`, 0 if it has
/// not ended, -1 and errno.
int ev_process_reap(int pidfd, int pid, int *_Nonnull kind, int *_Nonnull value);
/// Blocks until a child has ended, and leaves it to be reaped. -1 and errno on error.
int ev_process_wait(int pid);
int ev_process_signal(int pidfd, int pid, int signal);
int ev_pidfd_open(int pid);
/// This process's environment.
char *_Nullable *_Nullable ev_environment(void);

// ---- Signals -------------------------------------------------------------------

/// Who wants to know of signals: an eventfd that is readable while some are pending. Never freed,
/// for a handler may be looking at it; used again by the next who wants one.
typedef struct ev_signal_watcher ev_signal_watcher;

/// NULL and errno if there is no descriptor for it.
ev_signal_watcher *_Nullable ev_signal_watcher_begin(void);
int ev_signal_watcher_descriptor(const ev_signal_watcher *_Nonnull watch);
/// From now on `signal` is noted here instead of doing what it did. -1 and errno on error.
int ev_signal_watcher_add(ev_signal_watcher *_Nonnull watch, int signal);
/// From now on the second signal ends the process at once, by its default action, even if
/// nobody asks for it.
void ev_signal_watcher_end_on_second(ev_signal_watcher *_Nonnull watch);
/// The lowest pending signal, which is taken; 0 if there is none.
int ev_signal_watcher_take(ev_signal_watcher *_Nonnull watch);
/// Signals that nobody else watches go back to whom they belonged to before.
void ev_signal_watcher_finish(ev_signal_watcher *_Nonnull watch);
/// Ends this process by the default action of `signal`, if that does end it; then by exit.
_Noreturn void ev_signal_end_process(int signal);
/// "TERM"; NULL if it has no name.
const char *_Nullable ev_signal_name(int signal);

#ifdef __cplusplus
}
#endif
#endif
