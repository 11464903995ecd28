// What another OS thread is at, without its help.
//
// Blocked in a system call, /proc tells where, and its stack can be read as it
// stands; a signal would end a nanosleep early, SA_RESTART or not. If it
// computes, only a signal gets to its registers.
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

// ---- Who runs ------------------------------------------------------------

static void identify(const ev_context *context, ev_sample *out)
{
    out->is_callback = context->stack_size && !context->spawn_file;
    out->identifier = context->identifier;
    out->spawn_file = context->spawn_file;
    out->spawn_file_length = context->spawn_file_length;
    out->spawn_line = context->spawn_line;
    out->tells_of_call = context->tells_of_call;
    out->name[0] = 0;
    const char *name = context->name;
    for (size_t i = 0; name && i < EV_SAMPLE_NAME; i++) {
        out->name[i] = i == EV_SAMPLE_NAME - 1 ? 0 : name[i];
        if (!out->name[i])
            break;
    }
}

// ---- Blocked in a system call ----------------------------------------------

static bool read_system_call(int thread, long *number, uintptr_t *stack, uintptr_t *program)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false; // Not every kernel and container has it.
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return false;
    text[length] = 0;
    unsigned long sp = 0, pc = 0;
    // "running", or "-1 …" for one that waits for a page.
    if (sscanf(text, "%ld %*x %*x %*x %*x %*x %*x %lx %lx", number, &sp, &pc) != 3)
        return false;
    *stack = sp;
    *program = pc;
    return *number >= 0;
}

enum { MOST_SEGMENTS = 512 };

typedef struct code_segment {
    uintptr_t low, high;
    bool is_libc;
} code_segment;

typedef struct code_map {
    size_t count;
    code_segment segments[MOST_SEGMENTS];
} code_map;

static int add_segments(struct dl_phdr_info *info, size_t size, void *opaque)
{
    (void)size;
    code_map *map = opaque;
    const char *slash = strrchr(info->dlpi_name, '/');
    bool is_libc = strncmp(slash ? slash + 1 : info->dlpi_name, "libc.so", 7) == 0;
    for (int i = 0; i < info->dlpi_phnum && map->count < MOST_SEGMENTS; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
            continue;
        uintptr_t low = info->dlpi_addr + header->p_vaddr;
        map->segments[map->count++] = (code_segment){ low, low + header->p_memsz, is_libc };
    }
    return 0;
}

static const code_segment *segment_at(const code_map *map, uintptr_t address)
{
    for (size_t i = 0; i < map->count; i++) {
        if (address >= map->segments[i].low + 8 && address < map->segments[i].high)
            return &map->segments[i];
    }
    return NULL;
}

/// Whether the instruction before `address`, which is in a code segment, calls.
static bool follows_call(uintptr_t address)
{
#if defined(__x86_64__)
    const unsigned char *code = (const unsigned char *)address;
    if (code[-5] == 0xe8)
        return true;
    // call *…: opcode ff /2, with up to five bytes of address.
    static const int lengths[] = { 2, 3, 4, 6, 7 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (code[-lengths[i]] == 0xff && (code[1 - lengths[i]] & 0x38) == 0x10)
            return true;
    }
    return false;
#else
    if (address & 3)
        return false;
    uint32_t instruction;
    memcpy(&instruction, (const char *)address - 4, sizeof instruction);
    return (instruction & 0xfc000000u) == 0x94000000u     // bl
           || (instruction & 0xfffffc1fu) == 0xd63f0000u; // blr
#endif
}

/// The C library keeps no frame pointers, so the chain begins somewhere above
/// `stack`: at the first pair of a frame pointer that leads on to another pair and
/// a return address. What calls of the C library left below it is found by looking
/// for addresses behind call instructions.
EV_ANY_WORD static size_t frames_above(uintptr_t stack, uintptr_t high, const code_map *map,
                                    uintptr_t *out, size_t capacity)
{
    stack = (stack + 7) & ~(uintptr_t)7;
    for (uintptr_t at = stack; at + 16 <= high; at += 8) {
        const uintptr_t *pair = (const uintptr_t *)at;
        uintptr_t next = pair[0];
        if (next <= at || next + 16 > high || (next & 7) || !segment_at(map, pair[1])
            || !follows_call(pair[1]) || !segment_at(map, ((const uintptr_t *)next)[1]))
            continue;
        size_t count = 0;
        for (uintptr_t word = stack; word < at && count < capacity; word += 8) {
            uintptr_t value = *(const uintptr_t *)word;
            const code_segment *segment = segment_at(map, value);
            if (!segment || !follows_call(value))
                continue;
            out[count++] = value;
            if (!segment->is_libc)
                break; // The pair's own function: further ones would be left-overs.
        }
        return count + ev_walk(at, stack, high, out + count, capacity - count);
    }
    return 0;
}

static bool sample_system_call(ev_thread *thread, ev_sample *out)
{
    uintptr_t stack = 0, program = 0, low = 0, high = 0;
    if (!read_system_call(thread->identifier, &out->system_call, &stack, &program))
        return false;
    ev_progress before = ev_thread_progress(thread);
    const ev_context *context = __atomic_load_n(&thread->current, __ATOMIC_RELAXED);
    identify(context, out);
    if (context->stack_size) {
        low = (uintptr_t)context->stack_low;
        high = low + context->stack_size;
    } else {
        ev_thread_os_stack(thread, &low, &high);
    }
    out->frames[0] = program;
    out->count = 1;
    // Elsewhere it may be in a signal handler, on a stack that we know nothing of.
    if (stack >= low && stack < high) {
        static code_map map; // Guarded by the registry's lock.
        map.count = 0;
        dl_iterate_phdr(add_segments, &map);
        out->count += frames_above(stack, high, &map, out->frames + 1, EV_SAMPLE_FRAMES - 1);
    }
    // Only what stood still all the time can be believed. (It may have gone on and
    // come back to the same call, with the same stack: then that is true as well.)
    long number = -1;
    uintptr_t stack_after = 0, program_after = 0;
    ev_progress after = ev_thread_progress(thread);
    return read_system_call(thread->identifier, &number, &stack_after, &program_after)
           && number == out->system_call && stack_after == stack && program_after == program
           && after.switches == before.switches && after.turns == before.turns;
}

// ---- Computing -------------------------------------------------------------

enum { SAMPLING_SIGNAL = SIGURG };

static struct sigaction previous_action;
static pthread_once_t sampler_once = PTHREAD_ONCE_INIT;
/// One request at a time. Counts up: a late answer to an old one is dropped.
static struct {
    uintptr_t wanted; // 0: nothing; else the number of the request
    uintptr_t answered;
    ev_sample sample;
} request;

// Only what is async-signal-safe below. backtrace() is once libgcc is loaded and
// since glibc 2.35, where it takes no lock.

static void copy_frames(const ucontext_t *context, const ev_thread *thread, ev_sample *out)
{
#if defined(__x86_64__)
    uintptr_t program = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    uintptr_t frame_pointer = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
    uintptr_t stack = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#else
    uintptr_t program = (uintptr_t)context->uc_mcontext.pc;
    uintptr_t frame_pointer = (uintptr_t)context->uc_mcontext.regs[29];
    uintptr_t stack = (uintptr_t)context->uc_mcontext.sp;
#endif
    void *frames[EV_SAMPLE_FRAMES + 8];
    int found = backtrace(frames, (int)(sizeof frames / sizeof *frames));
    int own = 0; // This handler's frames come first.
    while (own < found && (uintptr_t)frames[own] != program)
        own++;
    out->frames[0] = program;
    out->count = 1;
    if (own < found) {
        for (int i = own + 1; i < found && out->count < EV_SAMPLE_FRAMES; i++)
            out->frames[out->count++] = (uintptr_t)frames[i];
        return;
    }
    const ev_context *current = thread->current;
    uintptr_t high = current->stack_size ? (uintptr_t)current->stack_low + current->stack_size
                                         : thread->os_stack_high;
    out->count += ev_walk(frame_pointer, stack, high, out->frames + 1, EV_SAMPLE_FRAMES - 1);
}

static void answer(int signal, siginfo_t *info, void *opaque)
{
    int saved = errno;
    uintptr_t wanted = __atomic_load_n(&request.wanted, __ATOMIC_ACQUIRE);
    bool is_ours = info->si_code == SI_QUEUE && info->si_pid == getpid()
                   && info->si_value.sival_ptr == (void *)&request;
    if (is_ours) {
        ev_thread *thread = ev_thread_current();
        // Claimed, so that the one who asked waits no longer for nothing, and a
        // second late signal writes nothing.
        if (wanted && thread && thread->current
            && __atomic_compare_exchange_n(&request.wanted, &wanted, 0, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_RELAXED)) {
            request.sample.system_call = -1;
            identify(thread->current, &request.sample);
            copy_frames(opaque, thread, &request.sample);
            __atomic_store_n(&request.answered, wanted, __ATOMIC_RELEASE);
        }
    } else if (previous_action.sa_flags & SA_SIGINFO) {
        previous_action.sa_sigaction(signal, info, opaque);
    } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(signal);
    }
    errno = saved;
}

static void install_sampler(void)
{
    void *frames[2];
    backtrace(frames, 2); // Loads libgcc, which a handler must not.
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = answer;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SAMPLING_SIGNAL, &action, &previous_action);
}

static bool sample_by_signal(ev_thread *thread, ev_sample *out)
{
    static uintptr_t number; // Guarded by the registry's lock.
    pthread_once(&sampler_once, install_sampler);
    uintptr_t low, high;
    ev_thread_os_stack(thread, &low, &high); // The handler must not look for it.
    number++;
    __atomic_store_n(&request.wanted, number, __ATOMIC_RELEASE);
    if (pthread_sigqueue(thread->handle, SAMPLING_SIGNAL,
                         (union sigval){ .sival_ptr = (void *)&request })
        != 0)
        return false;
    struct timespec step = { .tv_nsec = 100000 };
    for (int i = 0; i < 5000; i++) {
        if (__atomic_load_n(&request.answered, __ATOMIC_ACQUIRE) == number) {
            *out = request.sample;
            return true;
        }
        nanosleep(&step, NULL);
    }
    // Taken back, unless the handler has begun just now: then it is as good as here.
    uintptr_t wanted = number;
    if (__atomic_compare_exchange_n(&request.wanted, &wanted, 0, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
        return false;
    while (__atomic_load_n(&request.answered, __ATOMIC_ACQUIRE) != number)
        nanosleep(&step, NULL);
    *out = request.sample;
    return true;
}

bool ev_thread_sample(ev_thread *thread, ev_sample *out)
{
    memset(out, 0, sizeof *out);
    if (sample_system_call(thread, out))
        return true;
    memset(out, 0, sizeof *out);
    return sample_by_signal(thread, out);
}

// ---- Signals of the user's choice --------------------------------------------

enum { MOST_SIGNALS = 65 };

static struct sigaction replaced[MOST_SIGNALS];
static sem_t signals_came;
static unsigned pending[MOST_SIGNALS];
static pthread_once_t signals_once = PTHREAD_ONCE_INIT;

static void prepare_signals(void)
{
    sem_init(&signals_came, 0, 0);
}

/// sem_post is async-signal-safe, and wakes an OS thread that may do all that a
/// handler must not.
static void note(int signal)
{
    int saved = errno;
    __atomic_add_fetch(&pending[signal], 1, __ATOMIC_RELAXED);
    sem_post(&signals_came);
    errno = saved;
}

int ev_signal_watch(int signal)
{
    if (signal <= 0 || signal >= MOST_SIGNALS) {
        errno = EINVAL;
        return -1;
    }
    pthread_once(&signals_once, prepare_signals);
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, &action, &before) != 0)
        return -1;
    if (before.sa_handler != note)
        replaced[signal] = before;
    return 0;
}

void ev_signal_unwatch(int signal)
{
    sigaction(signal, &replaced[signal], NULL);
}

int ev_signal_wait(void)
{
    pthread_once(&signals_once, prepare_signals);
    for (;;) {
        while (sem_wait(&signals_came) != 0)
            ;
        for (int signal = 1; signal < MOST_SIGNALS; signal++) {
            unsigned count = __atomic_load_n(&pending[signal], __ATOMIC_RELAXED);
            while (count
                   && !__atomic_compare_exchange_n(&pending[signal], &count, count - 1, false,
                                                   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                ;
            if (count)
                return signal;
        }
    }
}
