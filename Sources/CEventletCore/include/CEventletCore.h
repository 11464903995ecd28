// The C surface of the runtime: what Swift cannot say. Switching stacks,
// mapping them, the thread-local words of the Swift runtime, and the system
// calls whose structures the importer does not bring over well.
#ifndef CEVENTLETCORE_H
#define CEVENTLETCORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#if !defined(__clang__)
#define _Nonnull
#define _Nullable
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// One flow of execution: a stack that is switched to and from. Lives in the
/// first page of its own stack (or in malloc'd memory for a stack that the
/// operating system made), so its address never changes.
typedef struct ev_context {
    void *_Nullable stack_pointer;                      // while switched out
    uintptr_t concurrency[3];                 // runtime words while switched out
    uintptr_t exclusivity;
    uintptr_t exceptions[2];
    bool has_words;                           // whether any of them is to be restored
    // How often somebody has asked that libc's functions be libc's on this stack, whatever has been
    // installed in their place; the hub's own stack asks for good.
    uint32_t calls_originals;
    bool tells_of_call;                       // the call that may block is told of by itself
    int saved_errno;
    char *_Nullable stack_low;                          // lowest usable address
    size_t stack_size;                        // usable bytes; 0 for the OS's stack
    // Who this is, readable from a signal handler.
    uint64_t identifier;
    const char *_Nullable name;                         // owned by the Swift side, may be NULL
    const char *_Nullable spawn_file;
    size_t spawn_file_length;
    uint32_t spawn_line;
    // Sanitizer builds only.
    const void *_Nullable os_stack_low;
    size_t os_stack_size;
    void *_Nullable fake_stack;
    void *_Nullable tsan_fiber;
} ev_context;

/// What belongs to one OS thread.
typedef struct ev_thread {
    void *_Nullable hub;                           // Swift's Hub, unretained
    ev_context *_Nullable current;                      // what runs now
    // The words of the runtimes that travel with a context. One that was not
    // found points to `unused`, so that a switch needs no questions.
    uintptr_t *_Nullable concurrency;         // task, executor tracking, task locals
    uintptr_t *_Nullable exclusivity;         // head of the set of open accesses
    uintptr_t *_Nullable exceptions;          // __cxa_eh_globals
    int *_Nullable errno_address;
    uintptr_t unused[3];
    uintptr_t switches_in_full;               // EV_FULL_… bits: who wants to know of each switch
    void (*_Nullable trace)(void *_Nonnull hub, ev_context *_Nonnull from,
                            ev_context *_Nonnull to);
    uint64_t float_control;                   // what a green thread begins with
    // Stored relaxed by this OS thread alone and read by others, which watch
    // whether it gets on.
    uint64_t switches;                        // to green threads
    uint64_t turns;                           // chances that others had to run, besides
    size_t green_threads;                     // that have not ended, without main
    bool is_polling;                          // in the kernel, where waiting is its job
    // What other OS threads need to reach it; guarded by the registry's lock.
    void *_Nullable mailbox;                       // Swift's HubReference, unretained
    int mailbox_descriptor;
    int identifier;                           // what gettid says
    pthread_t handle;
    uintptr_t os_stack_low, os_stack_high;    // 0 until somebody wants to know
    struct ev_thread *_Nullable next;
    struct ev_thread *_Nullable previous;
} ev_thread;

enum { EV_FULL_SANITIZER = 1, EV_FULL_TRACE = 2 };

// Initial-exec: one load relative to the thread pointer instead of a call to
// __tls_get_addr. Costs 8 bytes of the static TLS surplus when dlopen'ed.
extern __thread ev_thread *_Nullable ev_thread_pointer __attribute__((tls_model("initial-exec")));

/// This OS thread's record, NULL before `ev_thread_attach`.
static inline ev_thread *_Nullable ev_thread_current(void) { return ev_thread_pointer; }
/// This OS thread's hub, NULL if it has none.
static inline void *_Nullable ev_current_hub(void) {
    return ev_thread_pointer ? ev_thread_pointer->hub : NULL;
}

/// Makes the record of this OS thread, which has none. `on_exit(hub)` runs when
/// the OS thread ends while a hub is set. `isolate_exclusivity`: each context
/// has its own set of open dynamic accesses.
ev_thread *_Nonnull ev_thread_attach(bool isolate_exclusivity,
                                     void (*_Nullable on_exit)(void *_Nonnull hub));
void ev_thread_detach(void);

/// Results of the start-up self-check, as bits.
enum {
    EV_HAS_CONCURRENCY_WORDS = 1, // found, or the program has no Swift Concurrency
    EV_HAS_EXCLUSIVITY_WORD = 2,
    EV_HAS_EXCEPTION_WORDS = 4,
};
unsigned ev_runtime_features(void);

// ---- Contexts ------------------------------------------------------------

/// Counts a switch to a green thread.
static inline void ev_thread_count_switch(ev_thread *_Nonnull thread) {
    __atomic_store_n(&thread->switches, thread->switches + 1, __ATOMIC_RELAXED);
}
/// Counts a chance for others to run that needed no switch.
static inline void ev_thread_count_turn(ev_thread *_Nonnull thread) {
    __atomic_store_n(&thread->turns, thread->turns + 1, __ATOMIC_RELAXED);
}
static inline void ev_thread_set_green_threads(ev_thread *_Nonnull thread, size_t count) {
    __atomic_store_n(&thread->green_threads, count, __ATOMIC_RELAXED);
}
static inline void ev_thread_set_polling(ev_thread *_Nonnull thread, bool is_polling) {
    __atomic_store_n(&thread->is_polling, is_polling, __ATOMIC_RELAXED);
}

/// Has `trace` called before each switch of stacks; NULL: no more.
static inline void ev_thread_trace_switches(
    ev_thread *_Nonnull thread,
    void (*_Nullable trace)(void *_Nonnull hub, ev_context *_Nonnull from,
                            ev_context *_Nonnull to)) {
    thread->trace = trace;
    if (trace)
        thread->switches_in_full |= EV_FULL_TRACE;
    else
        thread->switches_in_full &= ~(uintptr_t)EV_FULL_TRACE;
}
static inline bool ev_thread_is_traced(const ev_thread *_Nonnull thread) {
    return thread->trace != NULL;
}

/// Prepares `context`, whose `stack_low` and `stack_size` are set, to call
/// `entry(argument)` when first switched to. `top` is where its frames begin.
void ev_context_prepare(ev_context *_Nonnull context, void *_Nonnull top,
                        void (*_Nonnull entry)(void *_Nullable), void *_Nullable argument);
/// Makes `context` stand for the stack that the caller runs on, which the
/// operating system made.
void ev_context_adopt(ev_thread *_Nonnull thread, ev_context *_Nonnull context);
/// `ev_context_switch` when there is more to carry than a stack: words of the
/// runtimes, or news for a sanitizer.
void ev_context_switch_in_full(ev_thread *_Nonnull thread, ev_context *_Nonnull from,
                               ev_context *_Nonnull to);
/// The bare stack switch, without runtime words.
void ev_stack_switch(void *_Nullable *_Nonnull save, void *_Nullable to);

/// Saves the running flow in `from` and goes on in `to`. Returns when
/// somebody switches back to `from`.
///
/// Inline, because it happens millions of times a second. Nearly always all
/// words are zero, on both sides: outside tasks, accesses and catch blocks there
/// is nothing to carry. Six loads find that out.
static inline void ev_context_switch(ev_thread *_Nonnull thread, ev_context *_Nonnull from,
                                     ev_context *_Nonnull to) {
    const uintptr_t *task = thread->concurrency, *exceptions = thread->exceptions;
    uintptr_t words = task[0] | task[1] | task[2] | *thread->exclusivity | exceptions[0]
                      | exceptions[1] | thread->switches_in_full;
    if (__builtin_expect(words != 0 || to->has_words, 0)) {
        ev_context_switch_in_full(thread, from, to);
        return;
    }
    int *error = thread->errno_address;
    from->saved_errno = *error;
    *error = to->saved_errno;
    __atomic_store_n(&thread->current, to, __ATOMIC_RELAXED); // Others may look.
    ev_stack_switch(&from->stack_pointer, to->stack_pointer);
}

/// Whether the running flow is inside a task of Swift Concurrency.
static inline bool ev_thread_is_in_task(const ev_thread *_Nonnull thread) {
    return thread->concurrency[0] != 0;
}
/// Whether the running flow may have task locals, of a task or of its own.
static inline bool ev_thread_has_task_locals(const ev_thread *_Nonnull thread) {
    return (thread->concurrency[0] | thread->concurrency[2]) != 0;
}

/// Between two green threads that use one stack in turn: makes everything that
/// travels with a context as it is at a green thread's beginning.
void ev_context_renew(ev_thread *_Nonnull thread);
/// Frees what a sanitizer keeps for a context that will not run again.
void ev_context_destroy(ev_context *_Nonnull context);

/// Return addresses of a context that is switched out, innermost first, by
/// its frame pointers. Returns their number. None for a stack that the
/// operating system made, whose bounds the context does not know.
size_t ev_context_frames(const ev_context *_Nonnull context, uintptr_t *_Nonnull out,
                         size_t capacity);
/// The same for any context of `thread`, that of its original stack included.
size_t ev_thread_frames(ev_thread *_Nonnull thread, const ev_context *_Nonnull context,
                        uintptr_t *_Nonnull out, size_t capacity);
/// Where the original stack of `thread` lies, found at the first call.
void ev_thread_os_stack(ev_thread *_Nonnull thread, uintptr_t *_Nonnull low,
                        uintptr_t *_Nonnull high);
/// Return addresses of the calling flow, innermost first, the caller's own first.
size_t ev_frames_here(uintptr_t *_Nonnull out, size_t capacity);

/// What the dynamic linker knows of `address`: the path of its image, and a name
/// if one is exported. False for an address in no image.
bool ev_loader_symbol(uintptr_t address, const char *_Nullable *_Nonnull image,
                      const char *_Nullable *_Nonnull name);

// ---- Looking at other OS threads -------------------------------------------

/// Makes `thread`, the calling one, known to `ev_registry_lock`.
void ev_registry_add(ev_thread *_Nonnull thread, void *_Nonnull mailbox,
                     int mailbox_descriptor);
/// Returns when nobody looks at `thread` any more. Does nothing if it is not known.
void ev_registry_remove(ev_thread *_Nonnull thread);
/// The first of all known threads, which stay as they are until the unlocking:
/// none of them ends meanwhile. Never switch in between.
ev_thread *_Nullable ev_registry_lock(void);
void ev_registry_unlock(void);
/// Whether the OS thread of that number, by gettid, has a hub.
bool ev_is_hub_thread(int identifier);

/// How far a hub has come; equal values at two times mean that no other of its
/// green threads could run in between.
typedef struct ev_progress {
    uint64_t switches, turns;
    size_t green_threads;
    bool is_polling;
    bool is_on_original_stack;
    bool is_process_main;
} ev_progress;
ev_progress ev_thread_progress(const ev_thread *_Nonnull thread);

enum { EV_SAMPLE_FRAMES = 64, EV_SAMPLE_NAME = 64 };

/// What an OS thread is at, at one moment.
typedef struct ev_sample {
    uint64_t identifier;                  // of the green thread
    bool is_callback;                     // of the hub, instead of a green thread
    long system_call;                     // where it is blocked, or -1
    bool tells_of_call;                   // as `ev_context` says
    char name[EV_SAMPLE_NAME];
    const char *_Nullable spawn_file;
    size_t spawn_file_length;
    uint32_t spawn_line;
    size_t count;
    // The first is where it is; the others are return addresses.
    uintptr_t frames[EV_SAMPLE_FRAMES];
} ev_sample;

/// Looks at what `thread`, not the calling one, runs now. With the registry
/// locked. One that is blocked in a system call is not disturbed; one that
/// computes is interrupted by SIGURG. False: it did not answer in time.
bool ev_thread_sample(ev_thread *_Nonnull thread, ev_sample *_Nonnull out);

/// From now on each `signal` adds one to what `ev_signal_wait` waits for. Returns
/// -1 and errno on error.
int ev_signal_watch(int signal);
/// Gives `signal` back to whom it belonged to before.
void ev_signal_unwatch(int signal);
/// Blocks this OS thread until a watched signal came. Returns its number.
int ev_signal_wait(void);

// ---- Stacks --------------------------------------------------------------

typedef struct ev_stack_pool ev_stack_pool;

typedef struct ev_stack_statistics {
    size_t in_use;
    size_t cached;       // free and still resident
    size_t free_cold;    // free, memory given back
    size_t mapped_bytes; // virtual
    size_t slabs;
    bool lightweight_guards;
} ev_stack_statistics;

/// The high end of every stack that is not used for frames: an `ev_context`, and
/// what else its user wants to have there.
enum { EV_STACK_HEADER_BYTES = 384 };

/// `usable` bytes per stack, rounded up to pages. `force_mprotect` takes the
/// fall-back for kernels without MADV_GUARD_INSTALL. NULL and errno on error.
ev_stack_pool *_Nullable ev_stack_pool_create(size_t usable, bool force_mprotect);
void ev_stack_pool_destroy(ev_stack_pool *_Nonnull pool);
/// A stack's header, or NULL with errno. It is as it was when the stack was given
/// back, or all zeros; only what says which stack it is is set in any case.
ev_context *_Nullable ev_stack_take(ev_stack_pool *_Nonnull pool);
/// The caller may stand on the stack, and go on doing so until it is taken again.
void ev_stack_give_back(ev_stack_pool *_Nonnull pool, ev_context *_Nonnull header);
/// Gives back the memory of a stack below where its context was left; the frames stay.
void ev_stack_trim(ev_context *_Nonnull header);
size_t ev_stack_usable(const ev_stack_pool *_Nonnull pool);
ev_stack_statistics ev_stack_pool_statistics(const ev_stack_pool *_Nonnull pool);

// ---- Locks between OS threads --------------------------------------------------

/// For a handful of instructions that never wait. All zeros is free.
typedef struct ev_lock {
    uint32_t word; // 0 free, 1 taken, 2 taken and perhaps waited for
} ev_lock;

void ev_lock_take_slowly(ev_lock *_Nonnull lock);
void ev_lock_wake(ev_lock *_Nonnull lock);

static inline void ev_lock_take(ev_lock *_Nonnull lock) {
    uint32_t free = 0;
    if (!__atomic_compare_exchange_n(&lock->word, &free, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        ev_lock_take_slowly(lock);
}

static inline void ev_lock_release(ev_lock *_Nonnull lock) {
    if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
        ev_lock_wake(lock);
}

// ---- Stack overflow --------------------------------------------------------

/// Installs (once per process) a SIGSEGV and SIGBUS handler that names the
/// green thread whose guard was hit, and (per OS thread) the stack it runs on.
/// Everything else goes to the handler that was there before.
void ev_overflow_reporting_install(void);
void ev_overflow_stack_release(void);

// ---- System calls ------------------------------------------------------------

int ev_errno(void);
void ev_set_errno(int value);
const char *_Nullable ev_errno_name(int error);
uint64_t ev_monotonic_nanoseconds(void);
/// Changes with each fork, so that a child knows that it is one.
unsigned ev_fork_generation(void);
int ev_gettid(void);
/// Names the calling OS thread, for the system: its first 15 bytes.
void ev_set_thread_name(const char *_Nonnull name);
/// Gives free memory inside malloc back to the system (malloc_trim).
void ev_trim_heap(void);

enum {
    EV_READABLE = 1,
    EV_WRITABLE = 2,
    EV_HANGUP = 4,
    EV_ERROR = 8,
    EV_INVALID = 16,
    EV_URGENT = 32 // urgent data; edge-triggered descriptors report it unasked
};

typedef struct ev_ready {
    uint64_t tag;
    uint32_t events; // EV_… bits
} ev_ready;

/// One of several descriptors that are waited for.
typedef struct ev_wait {
    int fd;
    uint32_t wanted;   // EV_… bits
    uint32_t happened; // for a waiter in lines, which of them was the reason
} ev_wait;

int ev_epoll_create(void);
/// `interest`: EV_READABLE, EV_WRITABLE, EV_URGENT, and EV_HANGUP, which is that the peer sends
/// no more. Edge-triggered or one-shot.
int ev_epoll_add(int epoll, int fd, uint32_t interest, bool one_shot, uint64_t tag);
int ev_epoll_modify(int epoll, int fd, uint32_t interest, bool one_shot, uint64_t tag);
int ev_epoll_remove(int epoll, int fd);
/// Waits at most `nanoseconds` (-1: for ever). Returns a count, or -1 and errno.
int ev_epoll_wait(int epoll, ev_ready *_Nonnull out, int capacity, int64_t nanoseconds);
/// poll(2) over `count` descriptors with `interest`; `events` is filled in.
int ev_poll(const int *_Nonnull fds, const uint32_t *_Nonnull interest,
            uint32_t *_Nonnull events, int count, int64_t nanoseconds);

int ev_eventfd_create(void);
void ev_eventfd_notify(int fd);
void ev_eventfd_clear(int fd);

// ---- Cancellation of tasks -----------------------------------------------------

/// What `withTaskCancellationHandler` stands on, for code that is not async.
/// Stays where it is from watch to unwatch, which go by first in, last out.
typedef struct ev_cancellation {
    void (*_Nonnull call)(void *_Nullable argument); // on any OS thread
    void *_Nullable argument;
    void *_Nullable record;
} ev_cancellation;

/// Watches the running task, which there is. Calls at once if it is cancelled already.
void ev_cancellation_watch(ev_cancellation *_Nonnull cancellation);
/// After this the call is not made, nor being made.
void ev_cancellation_unwatch(ev_cancellation *_Nonnull cancellation);

// ---- The main dispatch queue -------------------------------------------------

bool ev_is_main_thread(void);
/// Becomes readable when the main queue has work; -1 if the program has no
/// libdispatch.
int ev_main_queue_descriptor(void);
/// Runs what the main queue has, on this stack.
void ev_main_queue_drain(void);
/// A reference to a serial executor: an object and its witness table.
typedef struct ev_executor {
    uintptr_t identity, implementation;
} ev_executor;
/// Makes `executor` the main actor's, for good. False if the runtime has no place for that.
bool ev_main_actor_set_executor(ev_executor executor);
/// Whether the main thread of a program with an `async` main stays, and comes to
/// `ev_drain_async_main`, which the Swift side defines, when that main suspends.
bool ev_async_main_is_ours(void);
/// Has `run(job)` called on the main dispatch queue. False if there is none.
bool ev_main_queue_send(void *_Nonnull job, void (*_Nonnull run)(void *_Nullable job));
/// How many OS threads the process has; 0 if /proc does not tell.
int ev_os_thread_count(void);

// ---- Sockets -----------------------------------------------------------------

/// Non-blocking and close-on-exec from birth.
int ev_socket(int family, int type, int protocol);
int ev_socket_pair(int type, int *_Nonnull ends);
// Addresses are a `sockaddr_storage`. It is not named here: Swift would take this module for the one
// that defines it, and have whoever uses it import this one.
int ev_accept(int fd, void *_Nonnull address, uint32_t *_Nonnull length);
/// 0 when connected at once, else -1 and errno.
int ev_connect(int fd, const void *_Nonnull address, uint32_t length);
int ev_get_socket_error(int fd);
ssize_t ev_receive(int fd, void *_Nonnull buffer, size_t count, int flags);
ssize_t ev_send(int fd, const void *_Nonnull buffer, size_t count, int flags);
ssize_t ev_receive_vector(int fd, const void *_Nonnull pieces, size_t count);
ssize_t ev_send_vector(int fd, const void *_Nonnull pieces, size_t count, int flags);

/// How many descriptors the kernel passes in one message at most (SCM_MAX_FD).
enum { EV_MOST_PASSED = 253 };
ssize_t ev_send_passing(int fd, const void *_Nonnull buffer, size_t count,
                        const int *_Nonnull passed, int passed_count);
/// `passed_count`: how many there is room for, and then how many came, each close-on-exec.
/// `truncated`: there were more, which the kernel has closed.
ssize_t ev_receive_passed(int fd, void *_Nonnull buffer, size_t count, int *_Nonnull passed,
                          int *_Nonnull passed_count, bool *_Nonnull truncated);
int ev_peer_credentials(int fd, int *_Nonnull process, unsigned *_Nonnull user,
                        unsigned *_Nonnull group);

/// One message, and where it comes from or goes to.
typedef struct ev_datagram {
    void *_Nullable bytes;
    size_t count;             // of the memory, or of the message that is sent
    size_t length;            // of the message that was received, perhaps more than `count`
    uint64_t address[16];    // a sockaddr_storage
    uint32_t address_length; // 0: none
} ev_datagram;

/// How many can be received or sent at a time.
enum { EV_MOST_DATAGRAMS = 64 };
/// 0, or -1 and errno.
int ev_receive_datagram(int fd, ev_datagram *_Nonnull datagram, int flags);
int ev_send_datagram(int fd, ev_datagram *_Nonnull datagram);
/// How many, or -1 and errno.
int ev_receive_datagrams(int fd, ev_datagram *_Nonnull datagrams, int count);
int ev_send_datagrams(int fd, ev_datagram *_Nonnull datagrams, int count);
/// `interface` 0: the system's choice.
int ev_multicast_membership(int fd, bool joins, const void *_Nonnull group, uint32_t length,
                            unsigned interface);
int ev_multicast_interface(int fd, bool is_ipv6, unsigned interface);

/// Never wait, and raise no signal.
ssize_t ev_splice_from_socket(int from, int pipe, size_t count);
ssize_t ev_splice_to_socket(int pipe, int to, size_t count);
/// Returns its capacity, `size` if the system allows, or -1 and errno.
int ev_splice_pipe(int *_Nonnull ends, int size);
/// Waits for the disk, but not for the socket; raises no signal.
ssize_t ev_send_file(int to, int file, int64_t offset, size_t count);
/// Whether both ends of a part, or of what there is of it, could be read without a wait for the disk:
/// 1, 0, or -1 if the file system does not say. What cannot be read at all is 1.
int ev_is_in_memory(int file, int64_t offset, size_t count);
/// Whether the file is in a file system that has no disk: tmpfs or ramfs.
bool ev_file_system_is_memory(int file);

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

// ---- Files -------------------------------------------------------------------

/// O_PATH, which Swift's importer does not see: a descriptor to go on from, without leave to read.
enum { EV_OPEN_PATH = 010000000 };
/// openat2(2): opens what lies beneath `directory` at every step of the way, and never by the links of
/// /proc. -1 and errno: EXDEV for what does not, ELOOP for a link that is not to be followed, EAGAIN
/// if a directory was renamed meanwhile, so that the kernel cannot tell, ENOSYS before Linux 5.6.
int ev_open_beneath(int directory, const char *_Nonnull path, int flags, bool follows_links);
/// openat(2) without EINTR.
int ev_open_at(int directory, const char *_Nonnull path, int flags);

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
    bool avoid_pidfd;                      // as on a kernel without them, and without close_range
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
/// Whether a child has ended and is still to be reaped.
bool ev_process_has_ended(int pid);
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
bool ev_signal_is_ignored(int signal);
/// Ends this process by the default action of `signal`, if that does end it; then by exit.
_Noreturn void ev_signal_end_process(int signal);
/// "TERM"; NULL if it has no name.
const char *_Nullable ev_signal_name(int signal);

#ifdef __cplusplus
}
#endif
#endif
