// Signals as something that a hub can wait for.
//
// By handlers, and not by signalfd(2): that wants the signal blocked in every OS thread, and a
// library cannot answer for the threads of others. A signal that is sent to the process goes to any
// thread that does not block it, whose handler writes to the eventfds of those who want to know.
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SIGNALS = 65 };

struct ev_signal_watcher {
    ev_signal_watcher *next; // set before others see it
    int fd;
    bool is_used;          // guarded by `lock`
    uint64_t wanted;       // bits of signals; atomic, as are the others
    uint64_t pending;
    uint32_t count;
    bool ends_on_second;
};

static ev_signal_watcher *first; // grows only
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct {
    unsigned watches;        // guarded by `lock`
    struct sigaction before; // guarded by `lock`
    // The same for the handler, which takes no lock; atomic.
    void (*handler)(int);
    void (*detailed)(int, siginfo_t *, void *); // NULL if it is `handler`
} signals[SIGNALS];

static uint64_t bit(int signal)
{
    return (uint64_t)1 << (signal - 1);
}

// In the handler, async-signal-safe calls alone.

static void end_by(int signal)
{
    struct sigaction action = { .sa_handler = SIG_DFL };
    sigaction(signal, &action, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(signal);
}

/// For a signal that nobody watches any more, but whose handler we are again: somebody saved it
/// while it was ours, and brought it back later.
static void act_as_before(int signal, siginfo_t *info, void *context)
{
    void (*handler)(int) = __atomic_load_n(&signals[signal].handler, __ATOMIC_ACQUIRE);
    void (*detailed)(int, siginfo_t *, void *) =
        __atomic_load_n(&signals[signal].detailed, __ATOMIC_ACQUIRE);
    // Called by that handler, which passes on to whom it found: it has run.
    struct sigaction now;
    if (sigaction(signal, NULL, &now) == 0
        && (now.sa_flags & SA_SIGINFO ? detailed && now.sa_sigaction == detailed
                                      : !detailed && now.sa_handler == handler))
        return;
    if (detailed)
        detailed(signal, info, context);
    else if (handler == SIG_DFL)
        end_by(signal);
    else if (handler != SIG_IGN)
        handler(signal);
}

static void note(int signal, siginfo_t *info, void *context)
{
    int error = errno;
    bool is_wanted = false;
    for (ev_signal_watcher *watch = __atomic_load_n(&first, __ATOMIC_ACQUIRE); watch;
         watch = watch->next) {
        if (!(__atomic_load_n(&watch->wanted, __ATOMIC_ACQUIRE) & bit(signal)))
            continue;
        is_wanted = true;
        if (__atomic_add_fetch(&watch->count, 1, __ATOMIC_RELAXED) > 1
            && __atomic_load_n(&watch->ends_on_second, __ATOMIC_RELAXED))
            end_by(signal);
        __atomic_or_fetch(&watch->pending, bit(signal), __ATOMIC_SEQ_CST);
        ev_eventfd_notify(watch->fd);
    }
    if (!is_wanted)
        act_as_before(signal, info, context);
    errno = error;
}

static bool is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == note;
}

/// Installs our handler, with the lock held.
static int install(int signal)
{
    // On the stack for overflows, where there is one: a green thread's own may be short.
    struct sigaction action = { .sa_flags = SA_RESTART | SA_ONSTACK | SA_SIGINFO };
    action.sa_sigaction = note;
    struct sigaction before;
    if (sigaction(signal, &action, &before) < 0)
        return -1;
    // Somebody brought ours back: what was before it is still what it was.
    if (is_ours(&before))
        return 0;
    signals[signal].before = before;
    bool is_detailed = before.sa_flags & SA_SIGINFO;
    __atomic_store_n(&signals[signal].handler, is_detailed ? SIG_DFL : before.sa_handler,
                     __ATOMIC_RELEASE);
    __atomic_store_n(&signals[signal].detailed, is_detailed ? before.sa_sigaction : NULL,
                     __ATOMIC_RELEASE);
    return 0;
}

/// A forked child shares its parent's eventfds: each would take the other's news.
static void renew_in_child(void)
{
    for (ev_signal_watcher *watch = first; watch; watch = watch->next) {
        int fresh = ev_eventfd_create();
        if (fresh < 0)
            continue;
        dup3(fresh, watch->fd, O_CLOEXEC);
        close(fresh);
        watch->pending = 0;
        watch->count = 0;
    }
}

static void lock_for_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void unlock_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void unlock_in_child(void)
{
    renew_in_child();
    pthread_mutex_unlock(&lock);
}

static void prepare(void)
{
    pthread_atfork(lock_for_fork, unlock_in_parent, unlock_in_child);
}

ev_signal_watcher *ev_signal_watcher_begin(void)
{
    pthread_once(&once, prepare);
    pthread_mutex_lock(&lock);
    ev_signal_watcher *watch = first;
    while (watch && watch->is_used)
        watch = watch->next;
    if (!watch) {
        int fd = ev_eventfd_create();
        if (fd >= 0 && (watch = calloc(1, sizeof *watch))) {
            watch->fd = fd;
            watch->next = first;
            __atomic_store_n(&first, watch, __ATOMIC_RELEASE);
        } else if (fd >= 0) {
            close(fd);
            errno = ENOMEM;
        }
    }
    if (watch)
        watch->is_used = true;
    pthread_mutex_unlock(&lock);
    return watch;
}

int ev_signal_watcher_descriptor(const ev_signal_watcher *watch)
{
    return watch->fd;
}

int ev_signal_watcher_add(ev_signal_watcher *watch, int signal)
{
    if (signal <= 0 || signal >= SIGNALS) {
        errno = EINVAL;
        return -1;
    }
    pthread_mutex_lock(&lock);
    int result = 0;
    if (!(watch->wanted & bit(signal))) {
        __atomic_or_fetch(&watch->wanted, bit(signal), __ATOMIC_SEQ_CST);
        if (signals[signal].watches == 0)
            result = install(signal);
        if (result == 0)
            signals[signal].watches++;
        else
            __atomic_and_fetch(&watch->wanted, ~bit(signal), __ATOMIC_SEQ_CST);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void ev_signal_watcher_end_on_second(ev_signal_watcher *watch)
{
    __atomic_store_n(&watch->ends_on_second, true, __ATOMIC_RELAXED);
}

int ev_signal_watcher_take(ev_signal_watcher *watch)
{
    // In this order: a signal that comes in between makes it readable again.
    ev_eventfd_clear(watch->fd);
    uint64_t pending = __atomic_load_n(&watch->pending, __ATOMIC_SEQ_CST);
    if (pending == 0)
        return 0;
    int signal = __builtin_ctzll(pending) + 1;
    if (__atomic_and_fetch(&watch->pending, ~bit(signal), __ATOMIC_SEQ_CST) != 0)
        ev_eventfd_notify(watch->fd);
    return signal;
}

void ev_signal_watcher_finish(ev_signal_watcher *watch)
{
    pthread_mutex_lock(&lock);
    for (int signal = 1; signal < SIGNALS; signal++) {
        if (!(watch->wanted & bit(signal)) || --signals[signal].watches > 0)
            continue;
        // Not if somebody has installed a handler of his own since.
        struct sigaction now;
        if (sigaction(signal, NULL, &now) == 0 && is_ours(&now))
            sigaction(signal, &signals[signal].before, NULL);
    }
    __atomic_store_n(&watch->wanted, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&watch->ends_on_second, false, __ATOMIC_RELAXED);
    __atomic_store_n(&watch->count, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&watch->pending, 0, __ATOMIC_SEQ_CST);
    ev_eventfd_clear(watch->fd);
    watch->is_used = false;
    pthread_mutex_unlock(&lock);
}

bool ev_signal_is_ignored(int signal)
{
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO)
        && now.sa_handler == SIG_IGN;
}

/// A stream that another OS thread waits for is locked as long as it does.
static void flush_if_free(FILE *stream)
{
    if (ftrylockfile(stream) != 0)
        return;
    fflush_unlocked(stream);
    funlockfile(stream);
}

void ev_signal_end_process(int signal)
{
    flush_if_free(stdout);
    flush_if_free(stderr);
    end_by(signal);
    _exit(128 + signal);
}

const char *ev_signal_name(int signal)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    return sigabbrev_np(signal);
#else
    (void)signal;
    return NULL;
#endif
}
