// Code that knows nothing of green threads, for the tests of EventletPatch: calls of libc in all
// their variations, each with a transcript of what it returned. What is patched must read the same.
#ifndef CPATCHPROBE_H
#define CPATCHPROBE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct probe {
    const char *_Nonnull name;
    /// Whether it waits somewhere, so that siblings run.
    int waits;
    void (*_Nullable run)(void);
} probe;

/// Lists that end with a probe that cannot be run.
typedef struct probe_lists {
    const probe *_Nonnull descriptors, *_Nonnull sockets, *_Nonnull selecting, *_Nonnull times;
    const probe *_Nonnull processes, *_Nonnull files, *_Nonnull stdio, *_Nonnull names, *_Nonnull aliases;
} probe_lists;

extern const probe_lists probes;

/// Runs a probe and returns what it wrote, which is the caller's to free.
char *_Nonnull probe_transcript(const probe *_Nonnull probe);

// What Swift does not import.

/// epoll_wait for one descriptor that is to be readable; for ever.
int probe_epoll_wait(int fd);
/// sendfile of a few bytes.
long probe_send_file(int fd);
/// ppoll for one descriptor that is to be readable, for ever, with a mask of its own.
int probe_ppoll_with_mask(int fd);
/// close_range of one descriptor.
int probe_close_range(int fd);
/// close_range of all from `first` on; by closefrom.
int probe_close_from(int first);
/// FIONBIO: blocking mode or not, by ioctl.
int probe_set_nonblocking(int fd, int on);
/// The flags of an open file as the kernel has them.
int probe_flags_directly(int fd);
/// A pipe in packet mode, where one call reads what one call wrote.
int probe_make_packet_pipe(int ends[_Nonnull 2]);

/// The number of this OS thread.
int probe_thread_number(void);
/// Whether an OS thread of this process waits in the kernel.
int probe_is_asleep(int thread);

/// Reads a byte by a system call of its own, which no function of libc sees. How many it got.
long probe_read_directly(int fd);

/// Asks the name server at a port of this host for an address, in one of four ways (0 to 3). The
/// length of the answer.
int probe_ask_server(int port, int way);

/// Siblings lock a mutex of C11, and wait for its condition: `probe_c11_prepare` first. thrd_….
void probe_c11_prepare(void);
int probe_c11_lock(void);
int probe_c11_unlock(void);
/// Until `probe_c11_signal`; with the mutex locked.
int probe_c11_wait(void);
int probe_c11_signal(void);
/// For so long.
int probe_c11_lock_for(int milliseconds);

/// A handler of signals posts what this waits for, a hundred times. 0.
int probe_semaphore_posted_by_signal(void);
/// Has a routine run once that waits for a byte from `fd`. How often it has run.
int probe_once_by_siblings(int fd);
/// The same for a routine of C++ that throws at the first time. How often it has run.
int probe_once_that_throws(void);
/// Joins a thread that ends with 7 when it has read a byte.
int probe_join(int fd);
/// Cancels a plain OS thread that waits in accept. Whether it has ended so.
int probe_cancel_accept(int listener);
/// Waits for a condition, with a robust mutex whose next owner ends and has it still. What waiting
/// returned.
int probe_condition_of_dead_owner(void);

/// A child of vfork closes `fd`, and ends with 3. Its status.
int probe_vfork_and_close(int fd);
/// The same for one that sleeps.
int probe_vfork_and_sleep(void);
/// Raises a signal whose handler sleeps for a while, on a stack of its own or not. What sleeping
/// returned.
int probe_sleep_in_handler(int on_other_stack);
/// Sleeps while so many signals come. How many did.
int probe_signals_during(int count);

#ifdef __cplusplus
}
#endif

#endif
