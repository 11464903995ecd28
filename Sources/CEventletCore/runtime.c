// The thread-local words of Swift's runtime and of C++, which must travel with
// a green thread. None has a public address, so each is found by doing what
// changes it and looking which word changed: a runtime with another layout is
// noticed, not corrupted.
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

__thread ev_thread *ev_thread_pointer __attribute__((tls_model("initial-exec")));

// Weak: a C program (our own tests) has neither of these runtimes.
#define WEAK __attribute__((weak))
// GCC knows neither the convention nor how to quote a name that begins with a
// dollar sign; what it compiles is never linked to Swift.
#if defined(__clang__)
#define SWIFTCALL __attribute__((swiftcall))
#define SWIFTCONTEXT __attribute__((swift_context))
#define MANGLED(name) __asm__(name)
#else
#define SWIFTCALL
#define SWIFTCONTEXT
#define MANGLED(name)
#endif
WEAK void swift_beginAccess(void *address, void *buffer, uintptr_t flags, void *pc);
WEAK void swift_endAccess(void *buffer);
WEAK void *swift_task_getCurrent(void);
WEAK void swift_task_localValuePush(const void *key, void *value, const void *type) SWIFTCALL;
WEAK void swift_task_localValuePop(void) SWIFTCALL;
WEAK void *__cxa_get_globals(void);
WEAK extern char swift_int_metadata MANGLED("$sSiN");

typedef struct segment {
    const void *function;
    uintptr_t *words;
    size_t count;
} segment;

static int find_segment(struct dl_phdr_info *info, size_t size, void *opaque)
{
    (void)size;
    segment *wanted = opaque;
    uintptr_t address = (uintptr_t)wanted->function;
    bool holds = false;
    size_t bytes = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && address >= low && address < low + header->p_memsz)
            holds = true;
        if (header->p_type == PT_TLS)
            bytes = header->p_memsz;
    }
    if (!holds)
        return 0;
    wanted->words = info->dlpi_tls_data;
    wanted->count = wanted->words ? bytes / sizeof(uintptr_t) : 0;
    return 1;
}

/// The calling thread's copy of the thread-local segment of the object that
/// holds `function`.
static segment segment_of(const void *function)
{
    segment found = { .function = function };
    dl_iterate_phdr(find_segment, &found);
    return found;
}

/// Opens a tracked access and looks for the word that now points to its record.
static uintptr_t *find_exclusivity_word(void)
{
    if (!swift_beginAccess || !swift_endAccess)
        return NULL;
    uintptr_t *found = NULL;
    uintptr_t subject = 0;
    uintptr_t record[8] = { 0 };
    const uintptr_t modify_tracked = 0x21;
    swift_beginAccess(&subject, record, modify_tracked, NULL);
    segment tls = segment_of((const void *)swift_beginAccess);
    for (size_t i = 0; i < tls.count && !found; i++)
        if (tls.words[i] == (uintptr_t)record)
            found = &tls.words[i];
    swift_endAccess(record);
    return found && *found != (uintptr_t)record ? found : NULL;
}

/// The word that `swift_task_getCurrent` reads: the one that changes its answer.
static uintptr_t *find_active_task_word(segment tls)
{
    uintptr_t sentinel = 0; // Its address is no task's.
    for (size_t i = 0; i < tls.count; i++) {
        // Nothing else of this OS thread runs meanwhile, and nothing is called
        // that would look at another word.
        uintptr_t before = tls.words[i];
        tls.words[i] = (uintptr_t)&sentinel;
        __asm__ volatile("" ::: "memory");
        bool found = swift_task_getCurrent() == &sentinel;
        tls.words[i] = before;
        if (found)
            return &tls.words[i];
    }
    return NULL;
}

/// Pushes a task local outside any task and looks for the word that moved.
static uintptr_t *find_task_local_word(segment tls)
{
    if (!swift_task_localValuePush || !swift_task_localValuePop || !&swift_int_metadata)
        return NULL;
    uintptr_t *before = malloc(tls.count * sizeof *before);
    if (!before)
        return NULL;
    static const char key = 0;
    intptr_t value = 1;
    memcpy(before, tls.words, tls.count * sizeof *before);
    swift_task_localValuePush(&key, &value, &swift_int_metadata);
    uintptr_t *found = NULL;
    int changed = 0;
    for (size_t i = 0; i < tls.count; i++)
        if (tls.words[i] != before[i]) {
            found = &tls.words[i];
            changed++;
        }
    swift_task_localValuePop();
    bool restored = found && *found == before[found - tls.words];
    free(before);
    return changed == 1 && restored ? found : NULL;
}

/// Active task, executor tracking, task locals: three words in a row, in the
/// runtime's own segment or, with -static-stdlib, in the program's.
static uintptr_t *find_concurrency_words(void)
{
    if (!swift_task_getCurrent)
        return NULL;
    // A runtime that came by dlopen has its words made when it first asks for one.
    (void)swift_task_getCurrent();
    segment tls = segment_of((const void *)swift_task_getCurrent);
    uintptr_t *task = tls.count <= 4096 ? find_active_task_word(tls) : NULL;
    if (!task || task + 2 >= tls.words + tls.count)
        return NULL;
    // Inside a task a push would go to the task, and move no word; nor does it
    // where task locals are bound already.
    uintptr_t active = task[0], bound = task[2];
    task[0] = task[2] = 0;
    __asm__ volatile("" ::: "memory");
    uintptr_t *local = find_task_local_word(tls);
    task[0] = active;
    task[2] = bound;
    return local == task + 2 ? task : NULL;
}

static unsigned features;

unsigned ev_runtime_features(void)
{
    return __atomic_load_n(&features, __ATOMIC_RELAXED);
}

void ev_runtime_find_words(ev_thread *thread, bool isolate_exclusivity)
{
    unsigned found = 0;
    thread->concurrency = thread->unused;
    thread->exclusivity = thread->unused;
    thread->exceptions = thread->unused;
    uintptr_t *concurrency = find_concurrency_words();
    if (concurrency) {
        thread->concurrency = concurrency;
        found |= EV_HAS_CONCURRENCY_WORDS;
    } else if (!swift_task_getCurrent) {
        found |= EV_HAS_CONCURRENCY_WORDS; // There is nothing to keep apart.
    }
    if (isolate_exclusivity) {
        uintptr_t *word = find_exclusivity_word();
        if (word) {
            thread->exclusivity = word;
            found |= EV_HAS_EXCLUSIVITY_WORD;
        }
    }
    if (__cxa_get_globals) {
        // Itanium C++ ABI 2.2.2: caught exceptions, then their count.
        uintptr_t *globals = __cxa_get_globals();
        if (globals) {
            thread->exceptions = globals;
            found |= EV_HAS_EXCEPTION_WORDS;
        }
    }
    __atomic_store_n(&features, found, __ATOMIC_RELAXED);
}

// ---- The OS thread's record ----------------------------------------------

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static void (*exit_hook)(void *hub);

static void thread_exits(void *opaque)
{
    ev_thread *thread = opaque;
    void (*hook)(void *) = __atomic_load_n(&exit_hook, __ATOMIC_RELAXED);
    if (ev_thread_pointer == thread && thread->hub && hook)
        hook(thread->hub);
}

static void make_key(void)
{
    pthread_key_create(&exit_key, thread_exits);
}

ev_thread *ev_thread_attach(bool isolate_exclusivity, void (*on_exit)(void *))
{
    if (ev_thread_pointer)
        return ev_thread_pointer;
    ev_thread *thread = calloc(1, sizeof *thread);
    if (!thread)
        abort();
    thread->errno_address = &errno;
    thread->handle = pthread_self();
    ev_runtime_find_words(thread, isolate_exclusivity);
    ev_thread_pointer = thread;

    // The same from all hubs, but each writes it.
    __atomic_store_n(&exit_hook, on_exit, __ATOMIC_RELAXED);
    pthread_once(&exit_once, make_key);
    pthread_setspecific(exit_key, thread);
    return thread;
}

void ev_thread_detach(void)
{
    ev_thread *thread = ev_thread_pointer;
    ev_thread_pointer = NULL;
    pthread_setspecific(exit_key, NULL);
    free(thread);
}

// ---- Cancellation of tasks ----------------------------------------------------

typedef void cancellation_handler(void *context SWIFTCONTEXT) SWIFTCALL;
WEAK void *swift_task_addCancellationHandler(cancellation_handler *handler,
                                             void *context) SWIFTCALL;
WEAK void swift_task_removeCancellationHandler(void *record) SWIFTCALL;

static SWIFTCALL void task_was_cancelled(void *context SWIFTCONTEXT)
{
    ev_cancellation *cancellation = context;
    cancellation->call(cancellation->argument);
}

void ev_cancellation_watch(ev_cancellation *cancellation)
{
    cancellation->record = swift_task_addCancellationHandler(task_was_cancelled, cancellation);
}

void ev_cancellation_unwatch(ev_cancellation *cancellation)
{
    swift_task_removeCancellationHandler(cancellation->record);
}

// ---- The main dispatch queue ------------------------------------------------

// What CoreFoundation's run loop drives the main queue by.
WEAK int _dispatch_get_main_queue_handle_4CF(void);
WEAK void _dispatch_main_queue_callback_4CF(void *message);

bool ev_is_main_thread(void)
{
    return ev_gettid() == getpid();
}

int ev_main_queue_descriptor(void)
{
    if (!_dispatch_get_main_queue_handle_4CF || !_dispatch_main_queue_callback_4CF)
        return -1;
    return _dispatch_get_main_queue_handle_4CF();
}

void ev_main_queue_drain(void)
{
    _dispatch_main_queue_callback_4CF(NULL);
}

// For whoever brings a main loop of his own: variables of the runtime's.
typedef ev_executor get_main_executor(void) SWIFTCALL;
typedef ev_executor get_main_executor_hook(get_main_executor *original) SWIFTCALL;
typedef bool is_main_executor(ev_executor executor) SWIFTCALL;
typedef bool is_main_executor_hook(ev_executor executor, is_main_executor *original) SWIFTCALL;
WEAK extern get_main_executor_hook *swift_task_getMainExecutor_hook;
WEAK extern is_main_executor_hook *swift_task_isMainExecutor_hook;

static ev_executor main_executor;

static SWIFTCALL ev_executor main_executor_wanted(get_main_executor *original)
{
    (void)original;
    return main_executor;
}

static SWIFTCALL bool is_it_main_executor(ev_executor executor, is_main_executor *original)
{
    return executor.identity == main_executor.identity || original(executor);
}

bool ev_main_actor_set_executor(ev_executor executor)
{
    if (!&swift_task_getMainExecutor_hook || !&swift_task_isMainExecutor_hook)
        return false;
    main_executor = executor;
    __atomic_store_n(&swift_task_isMainExecutor_hook, is_it_main_executor, __ATOMIC_RELEASE);
    __atomic_store_n(&swift_task_getMainExecutor_hook, main_executor_wanted, __ATOMIC_RELEASE);
    return true;
}

// What an `async` main does when it suspends for the first time: on Linux the runtime ends the main
// thread there, and leaves the main queue to any OS thread.
typedef void drain_main(void) SWIFTCALL;
typedef void drain_main_hook(drain_main *original, drain_main *compatible) SWIFTCALL;
WEAK extern drain_main_hook *swift_task_asyncMainDrainQueue_hook;
// Of the Swift side.
WEAK void ev_drain_async_main(void);

static SWIFTCALL void drain_async_main(drain_main *original, drain_main *compatible)
{
    (void)compatible;
    ev_drain_async_main(); // Returns if the main thread is not ours.
    original();
}

// Before `main`, which reads the hook when it suspends.
__attribute__((constructor)) static void take_async_main(void)
{
    if (&swift_task_asyncMainDrainQueue_hook && !swift_task_asyncMainDrainQueue_hook
        && ev_drain_async_main && _dispatch_get_main_queue_handle_4CF
        && _dispatch_main_queue_callback_4CF)
        swift_task_asyncMainDrainQueue_hook = drain_async_main;
}

bool ev_async_main_is_ours(void)
{
    return &swift_task_asyncMainDrainQueue_hook
        && swift_task_asyncMainDrainQueue_hook == drain_async_main;
}

WEAK extern char _dispatch_main_q;
WEAK void dispatch_async_f(void *queue, void *context, void (*work)(void *));

bool ev_main_queue_send(void *job, void (*run)(void *job))
{
    if (!dispatch_async_f || !&_dispatch_main_q)
        return false;
    dispatch_async_f(&_dispatch_main_q, job, run);
    return true;
}

int ev_os_thread_count(void)
{
    // One link for each, besides `.` and `..`.
    struct stat tasks;
    return stat("/proc/self/task", &tasks) == 0 ? (int)tasks.st_nlink - 2 : 0;
}

// ---- Fork ----------------------------------------------------------------

static unsigned fork_generation;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void forked(void)
{
    fork_generation++;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forked);
}

unsigned ev_fork_generation(void)
{
    pthread_once(&fork_once, watch_forks);
    return fork_generation;
}
