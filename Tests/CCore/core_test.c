// Tests of the C core that need no Swift: what a switch keeps, what a stack
// costs, what its guard catches, and the wrappers of system calls. Built and
// run by scripts/test-c, and for arm64 by scripts/test-arm64.
#define _GNU_SOURCE
#include "CEventletCore.h"
#include "internal.h"

#include <errno.h>
#include <fenv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int passed, failed;

static bool check(bool holds, const char *what, const char *file, int line)
{
    if (holds) {
        passed++;
    } else {
        failed++;
        printf("%s:%d: failed: %s\n", file, line, what);
    }
    return holds;
}

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

enum { STACK_BYTES = 256 * 1024 };

/// Emulation is slow: it gets fewer rounds, not fewer checks.
static long rounds = 1000000;

#if defined(EV_ASAN)
enum { ADDRESS_SANITIZED = 1, SANITIZED = 1 };
#elif defined(EV_TSAN)
enum { ADDRESS_SANITIZED = 0, SANITIZED = 1 };
#else
enum { ADDRESS_SANITIZED = 0, SANITIZED = 0 };
#endif

static ev_thread *thread;
static ev_context home;
static ev_stack_pool *pool;

static ev_context *make(void (*entry)(void *), void *argument)
{
    ev_context *context = ev_stack_take(pool);
    if (!context) {
        perror("ev_stack_take");
        exit(1);
    }
    ev_context_prepare(context, context, entry, argument);
    return context;
}

static void dispose(ev_context *context)
{
    ev_stack_give_back(pool, context);
}

static void enter(ev_context *context)
{
    ev_context_switch(thread, &home, context);
}

static void go_home(void)
{
    ev_context_switch(thread, thread->current, &home);
}

/// For good: nobody switches back.
static void finish(void)
{
    ev_context_renew(thread);
    go_home();
    abort();
}

/// Runs `body` in a child. Returns its wait status; what it wrote to standard
/// error is in `output`.
static int in_child(void (*body)(void), char *output, size_t capacity)
{
    int ends[2];
    fflush(stdout); // or the child would print it once more
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(1);
    }
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none); // It is meant to crash.
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while (length + 1 < capacity
           && (got = read(ends[0], output + length, capacity - 1 - length)) > 0)
        length += (size_t)got;
    output[length] = 0;
    close(ends[0]);
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static bool died_of(int status, int signal)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

// ---- Switching -------------------------------------------------------------

static long counter;

static void count_up(void *argument)
{
    long *limit = argument;
    while (counter < *limit) {
        counter++;
        go_home();
    }
    finish();
}

static void test_there_and_back(void)
{
    long limit = rounds, returns = 0;
    counter = 0;
    ev_context *one = make(count_up, &limit);
    for (; counter < limit; returns++)
        enter(one);
    CHECK(returns == limit);
    CHECK(thread->current == &home);
    enter(one); // which leaves
    CHECK(counter == limit);
    dispose(one);
}

static int order[6], order_length;
static ev_context *ring[2];

static void pass_on(void *argument)
{
    int me = *(int *)argument;
    for (int i = 0; i < 3; i++) {
        order[order_length++] = me;
        if (me == 1 && i == 2)
            break;
        ev_context_switch(thread, ring[me], ring[1 - me]);
    }
    finish();
}

static void test_between_contexts(void)
{
    int zero = 0, one = 1;
    order_length = 0;
    ring[0] = make(pass_on, &zero);
    ring[1] = make(pass_on, &one);
    enter(ring[0]);
    const int expected[6] = { 0, 1, 0, 1, 0, 1 };
    CHECK(order_length == 6);
    CHECK(memcmp(order, expected, sizeof expected) == 0);
    dispose(ring[0]);
    dispose(ring[1]);
}

// Loads every register that belongs to the callee from `values`, switches, and
// stores them back. In assembly as a whole: a compiler may not be told that
// inline assembly changes the frame pointer.
#if defined(__x86_64__)
enum { REGISTERS = 6 };
__asm__(".pushsection .text\n"
        ".type switch_with_registers, @function\n"
        "switch_with_registers:\n"
        "    pushq %rbx\n    pushq %rbp\n    pushq %r12\n"
        "    pushq %r13\n    pushq %r14\n    pushq %r15\n"
        "    pushq %rdx\n"
        "    movq 0(%rdx), %rbx\n    movq 8(%rdx), %rbp\n"
        "    movq 16(%rdx), %r12\n    movq 24(%rdx), %r13\n"
        "    movq 32(%rdx), %r14\n    movq 40(%rdx), %r15\n"
        "    call ev_stack_switch\n"
        "    popq %rdx\n"
        "    movq %rbx, 0(%rdx)\n    movq %rbp, 8(%rdx)\n"
        "    movq %r12, 16(%rdx)\n    movq %r13, 24(%rdx)\n"
        "    movq %r14, 32(%rdx)\n    movq %r15, 40(%rdx)\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n"
        "    popq %r12\n    popq %rbp\n    popq %rbx\n"
        "    ret\n"
        ".size switch_with_registers, . - switch_with_registers\n"
        ".popsection\n");
#elif defined(__aarch64__)
enum { REGISTERS = 19 }; // x19-x28, x29, d8-d15
__asm__(".pushsection .text\n"
        ".type switch_with_registers, %function\n"
        "switch_with_registers:\n"
        "    sub sp, sp, #176\n"
        "    stp x19, x20, [sp, #0]\n    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n    stp d14, d15, [sp, #144]\n"
        "    str x2, [sp, #160]\n"
        "    ldp x19, x20, [x2, #0]\n    ldp x21, x22, [x2, #16]\n"
        "    ldp x23, x24, [x2, #32]\n    ldp x25, x26, [x2, #48]\n"
        "    ldp x27, x28, [x2, #64]\n    ldr x29, [x2, #80]\n"
        "    ldp d8, d9, [x2, #88]\n    ldp d10, d11, [x2, #104]\n"
        "    ldp d12, d13, [x2, #120]\n    ldp d14, d15, [x2, #136]\n"
        "    bl ev_stack_switch\n"
        "    ldr x2, [sp, #160]\n"
        "    stp x19, x20, [x2, #0]\n    stp x21, x22, [x2, #16]\n"
        "    stp x23, x24, [x2, #32]\n    stp x25, x26, [x2, #48]\n"
        "    stp x27, x28, [x2, #64]\n    str x29, [x2, #80]\n"
        "    stp d8, d9, [x2, #88]\n    stp d10, d11, [x2, #104]\n"
        "    stp d12, d13, [x2, #120]\n    stp d14, d15, [x2, #136]\n"
        "    ldp x19, x20, [sp, #0]\n    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #176\n"
        "    ret\n"
        ".size switch_with_registers, . - switch_with_registers\n"
        ".popsection\n");
#endif
void switch_with_registers(void **save, void *to, uint64_t *values);

/// Switches with a pattern of its own in each register; returns how many kept it.
static int kept(void **save, void **to, uint64_t seed)
{
    uint64_t values[REGISTERS];
    for (int i = 0; i < REGISTERS; i++)
        values[i] = seed * 0x9E3779B97F4A7C15u + (uint64_t)i;
    switch_with_registers(save, *to, values);
    int count = 0;
    for (int i = 0; i < REGISTERS; i++)
        count += values[i] == seed * 0x9E3779B97F4A7C15u + (uint64_t)i;
    return count;
}

static void *bare_home;
static ev_context *partner;
static int partner_lost;

static void other_registers(void *unused)
{
    (void)unused;
    for (uint64_t seed = 1000000;; seed++)
        if (kept(&partner->stack_pointer, &bare_home, seed) != REGISTERS)
            partner_lost++;
}

static void test_registers_survive(void)
{
    partner = make(other_registers, NULL);
    int lost = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++)
        if (kept(&bare_home, &partner->stack_pointer, seed) != REGISTERS)
            lost++;
    CHECK(lost == 0);
    CHECK(partner_lost == 0);
    dispose(partner);
}

/// The rounding modes of all floating-point units, in one number.
static uint64_t rounding(void)
{
#if defined(__x86_64__)
    // fegetround would look at the x87 unit only.
    unsigned mxcsr = 0;
    unsigned short x87 = 0;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
    return (mxcsr >> 13 & 3) << 2 | (x87 >> 10 & 3);
#else
    uint64_t fpcr = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr >> 22 & 3;
#endif
}

static uint64_t seen_rounding[2];

static void round_down(void *unused)
{
    (void)unused;
    seen_rounding[0] = rounding();
    fesetround(FE_DOWNWARD);
    go_home();
    seen_rounding[1] = rounding();
    finish();
}

static void test_rounding_is_per_context(void)
{
    uint64_t nearest = rounding();
    fesetround(FE_DOWNWARD);
    uint64_t down = rounding();
    fesetround(FE_UPWARD);
    uint64_t up = rounding();
    fesetround(FE_TONEAREST);
    CHECK(nearest != down && down != up && nearest != up);
    ev_context *one = make(round_down, NULL);
    fesetround(FE_UPWARD);
    enter(one);
    CHECK(rounding() == up);
    CHECK(seen_rounding[0] == nearest); // as when it was prepared
    enter(one);
    CHECK(rounding() == up);
    CHECK(seen_rounding[1] == down);
    fesetround(FE_TONEAREST);
    dispose(one);
}

static int seen_errno[2];

static void change_errno(void *unused)
{
    (void)unused;
    seen_errno[0] = ev_errno();
    ev_set_errno(ENOENT);
    go_home();
    seen_errno[1] = ev_errno();
    ev_set_errno(EPERM);
    finish();
}

static void test_errno_is_per_context(void)
{
    ev_context *one = make(change_errno, NULL);
    ev_set_errno(EBADF);
    enter(one);
    CHECK(ev_errno() == EBADF);
    CHECK(seen_errno[0] == 0);
    ev_set_errno(EINTR);
    enter(one);
    CHECK(ev_errno() == EINTR);
    CHECK(seen_errno[1] == ENOENT);
    dispose(one);
}

/// What the green thread before left on a stack does not reach the next.
static void test_renewal(void)
{
    uint64_t nearest = rounding();
    ev_set_errno(EBADF);
    fesetround(FE_UPWARD);
    thread->unused[0] = 1; // no runtime's words are there in C
    ev_context_renew(thread);
    CHECK(ev_errno() == 0);
    CHECK(rounding() == nearest);
    CHECK(thread->unused[0] == 0);
}

static uintptr_t frame_at_entry;
static char formatted[64];

static void note_alignment(void *unused)
{
    (void)unused;
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    // Hidden from the compiler, which knows that a frame is aligned.
    __asm__("" : "+r"(frame));
    frame_at_entry = frame;
    // Stores vector registers on the stack, and would fault off alignment.
    snprintf(formatted, sizeof formatted, "%.3f %d", 1.5, 7);
    finish();
}

static void test_stack_is_aligned(void)
{
    // Any top will do: records of odd sizes lie above it on the Swift side.
    for (int below = 0; below < 32; below += 8) {
        ev_context *one = make(note_alignment, NULL);
        ev_context_prepare(one, (char *)one - below, note_alignment, NULL);
        frame_at_entry = 1;
        enter(one);
        CHECK(frame_at_entry % 16 == 0);
        CHECK(strcmp(formatted, "1.500 7") == 0);
        dispose(one);
    }
}

// ---- Frames ----------------------------------------------------------------

void core_test_breakpoint(void);

/// The gdb check of scripts/test-c stops here.
__attribute__((noinline)) void core_test_breakpoint(void)
{
    __asm__ volatile("");
}

static void park(void *unused)
{
    (void)unused;
    core_test_breakpoint();
    go_home();
    finish();
}

static void test_frames_end(void)
{
    uintptr_t frames[64];
    ev_context *one = make(park, NULL);
    // Never run: only ev_stack_start, at its first instruction.
    CHECK(ev_context_frames(one, frames, 64) == 1);
    uintptr_t first_code = frames[0];
    enter(one);
    size_t count = ev_context_frames(one, frames, 64);
    // ev_context_switch, perhaps go_home (a tail call), park, start.
    CHECK(count >= 3 && count <= 6);
    CHECK(frames[count - 1] > first_code && frames[count - 1] < first_code + 32);
    CHECK(ev_context_frames(one, frames, 2) == 2);
    CHECK(ev_context_frames(one, frames, 0) == 0);
    CHECK(ev_context_frames(&home, frames, 64) == 0); // the system's stack
    enter(one);
    dispose(one);
}

// ---- Stacks ----------------------------------------------------------------

__attribute__((noinline)) static void go_deep(void)
{
    char deep[32768];
    memset(deep, 0x5a, sizeof deep);
    __asm__ volatile("" : : "r"(deep) : "memory");
}

/// Touches much of the stack, and parks with a little of it in use.
static void go_deep_and_park(void *kept)
{
    char local[256];
    memset(local, 0x17, sizeof local);
    __asm__ volatile("" : : "r"(local) : "memory");
    go_deep();
    go_home();
    __asm__ volatile("" : : "r"(local) : "memory");
    bool is_same = true;
    for (size_t i = 0; i < sizeof local; i++)
        is_same = is_same && local[i] == 0x17;
    *(bool *)kept = is_same;
    finish();
}

/// What a parked stack does not stand on goes, and what it stands on stays.
static void test_trim(void)
{
    bool kept = false;
    ev_context *one = make(go_deep_and_park, &kept);
    enter(one);
    char *deep = (char *)one->stack_pointer - 16384;
    if (!ADDRESS_SANITIZED)
        CHECK(*deep == 0x5a);
    ev_stack_trim(one);
    if (!ADDRESS_SANITIZED)
        CHECK(*deep == 0);
    enter(one);
    CHECK(kept);
    dispose(one);
}

/// By lowest address, which is what these tests are about.
static char *take(ev_stack_pool *own)
{
    ev_context *header = ev_stack_take(own);
    return header ? header->stack_low : NULL;
}

static void give_back(ev_stack_pool *own, char *low)
{
    ev_stack_give_back(own, (ev_context *)(void *)(low + ev_stack_usable(own)
                                                   - EV_STACK_HEADER_BYTES));
}

static void test_take_and_give_back(bool force_mprotect)
{
    ev_stack_pool *own = ev_stack_pool_create(100001, force_mprotect);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    CHECK(ev_stack_usable(own) % page == 0);
    CHECK(ev_stack_usable(own) >= 100001 && ev_stack_usable(own) < 100001 + page);
    char *stacks[3];
    for (int i = 0; i < 3; i++) {
        stacks[i] = take(own);
        CHECK(stacks[i] && (uintptr_t)stacks[i] % page == 0);
        memset(stacks[i], 0x5a, ev_stack_usable(own) - EV_STACK_HEADER_BYTES); // writable
    }
    CHECK(stacks[0] != stacks[1] && stacks[1] != stacks[2]);
    CHECK(ev_stack_pool_statistics(own).in_use == 3);
    if (force_mprotect)
        CHECK(!ev_stack_pool_statistics(own).lightweight_guards);
    give_back(own, stacks[0]);
    give_back(own, stacks[2]);
    CHECK(SANITIZED || ev_stack_pool_statistics(own).cached == 2);
    // The one used last is the one still in the caches.
    CHECK(take(own) == stacks[2]);
    CHECK(take(own) == stacks[0]);
    CHECK(ev_stack_pool_statistics(own).in_use == 3);
    CHECK(ev_stack_pool_statistics(own).cached == 0);
    ev_stack_pool_destroy(own);

    own = ev_stack_pool_create(1, force_mprotect);
    CHECK(ev_stack_usable(own) == 4 * page); // too small for anything is corrected
    ev_stack_pool_destroy(own);
}

static volatile char *to_touch;

static void touch(void)
{
    *to_touch = 1;
}

static bool touching_kills(char *address)
{
    char output[256];
    to_touch = address;
    return died_of(in_child(touch, output, sizeof output), SIGSEGV);
}

static void test_guards(bool force_mprotect)
{
    ev_stack_pool *own = ev_stack_pool_create(64 * 1024, force_mprotect);
    size_t usable = ev_stack_usable(own);
    char *first = take(own), *second = take(own);
    CHECK(touching_kills(first - 1));
    CHECK(touching_kills(first - EV_GUARD_BYTES));
    CHECK(touching_kills(second - 1));
    CHECK(touching_kills(second - EV_GUARD_BYTES));
    CHECK(!touching_kills(first));
    CHECK(!touching_kills(first + usable - 1));
    CHECK(!touching_kills(second));
    // Once more on a stack that was used, freed and taken again.
    memset(first, 1, usable - EV_STACK_HEADER_BYTES);
    give_back(own, first);
    CHECK(take(own) == first);
    CHECK(touching_kills(first - 1));
    ev_stack_pool_destroy(own);
}

static size_t resident_pages(char *low, size_t usable)
{
    unsigned char pages[1024];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 0;
    if (mincore(low, usable, pages) != 0)
        return 0;
    for (size_t i = 0; i < usable / page; i++)
        count += pages[i] & 1;
    return count;
}

static size_t mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    size_t lines = 0;
    for (int c; maps && (c = getc(maps)) != EOF;)
        lines += c == '\n';
    if (maps)
        fclose(maps);
    return lines;
}

static void test_burst(bool force_mprotect)
{
    enum { BURST = 2000, TOUCHED = 16 * 1024 };
    static char *stacks[BURST];
    size_t before = mappings();
    ev_stack_pool *own = ev_stack_pool_create(64 * 1024, force_mprotect);
    size_t usable = ev_stack_usable(own), page = (size_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < BURST; i++) {
        stacks[i] = take(own);
        memset(stacks[i] + usable - TOUCHED, 1, TOUCHED - EV_STACK_HEADER_BYTES);
    }
    ev_stack_statistics full = ev_stack_pool_statistics(own);
    CHECK(full.in_use == BURST);
    CHECK(full.mapped_bytes >= BURST * usable);
    // One mapping for a slab, some of which the kernel merges; a table line
    // for each guard otherwise. A sanitizer maps memory of its own meanwhile.
    if (full.lightweight_guards)
        CHECK(SANITIZED || mappings() < before + full.slabs + 8);
    else
        CHECK(mappings() > before + BURST);
    size_t resident = 0;
    for (int i = 0; i < BURST; i++)
        resident += resident_pages(stacks[i], usable);
    CHECK(resident >= BURST * (TOUCHED / page));

    for (int i = 0; i < BURST; i++)
        give_back(own, stacks[i]);
    ev_stack_statistics idle = ev_stack_pool_statistics(own);
    CHECK(idle.in_use == 0);
    CHECK(idle.cached + idle.free_cold == BURST);
    CHECK(SANITIZED || idle.cached <= 200);
    resident = 0;
    size_t last = resident_pages(stacks[BURST - 1], usable);
    for (int i = 0; i < BURST; i++)
        resident += resident_pages(stacks[i], usable);
    CHECK(SANITIZED || resident <= 200 * (TOUCHED / page));
    CHECK(last == TOUCHED / page); // it might be executing still

    // All come back, each once, and the cold ones are writable.
    for (int i = 0; i < BURST; i++) {
        stacks[i] = take(own);
        stacks[i][usable - EV_STACK_HEADER_BYTES - 1] = 2;
        *(int *)(void *)stacks[i] = i;
    }
    int distinct = 0;
    for (int i = 0; i < BURST; i++)
        distinct += *(int *)(void *)stacks[i] == i;
    CHECK(distinct == BURST);
    CHECK(ev_stack_pool_statistics(own).mapped_bytes == full.mapped_bytes);
    CHECK(touching_kills(stacks[BURST - 1] - 1)); // giving back keeps guards
    ev_stack_pool_destroy(own);
    CHECK(SANITIZED || mappings() <= before + 2);
}

/// A header is as it was left, until the stack's memory is given back.
static void test_headers(bool force_mprotect)
{
    enum { BURST = 400 };
    ev_context *headers[BURST];
    ev_stack_pool *own = ev_stack_pool_create(64 * 1024, force_mprotect);
    for (int i = 0; i < BURST; i++) {
        headers[i] = ev_stack_take(own);
        CHECK(headers[i]->stack_pointer == NULL);
        CHECK(headers[i]->stack_low + headers[i]->stack_size
              == (char *)headers[i] + EV_STACK_HEADER_BYTES);
        headers[i]->stack_pointer = headers[i];
    }
    for (int i = 0; i < BURST; i++)
        ev_stack_give_back(own, headers[i]);
    size_t cached = ev_stack_pool_statistics(own).cached, kept = 0;
    for (int i = 0; i < BURST; i++) {
        ev_context *header = ev_stack_take(own);
        CHECK(header->stack_pointer == NULL || header->stack_pointer == header);
        CHECK(header->stack_low && header->stack_size == 64 * 1024);
        kept += header->stack_pointer != NULL;
    }
    // Under the sanitizers all stay: what they keep for a stack is found by its header.
    CHECK(kept == cached && (SANITIZED || kept < BURST));
    ev_stack_pool_destroy(own);

    // Large stacks are not hoarded.
    own = ev_stack_pool_create(16 * 1024 * 1024, force_mprotect);
    for (int i = 0; i < 10; i++)
        headers[i] = ev_stack_take(own);
    for (int i = 0; i < 10; i++)
        ev_stack_give_back(own, headers[i]);
    CHECK(SANITIZED || ev_stack_pool_statistics(own).cached == 2);
    CHECK(ev_stack_take(own) == headers[9]);
    ev_stack_pool_destroy(own);
}

// ---- Stack overflow ----------------------------------------------------------

static volatile int sink;

static __attribute__((noinline)) void recurse(int depth)
{
    volatile char local[512];
    local[0] = (char)depth;
    if (depth >= 0)
        recurse(depth + 1);
    sink = local[0];
}

static void overflow(void *unused)
{
    (void)unused;
    recurse(0);
    finish();
}

static void overflow_in_context(void)
{
    ev_overflow_reporting_install();
    ev_context *one = make(overflow, NULL);
    one->identifier = 42;
    one->name = "deep";
    one->spawn_file = "Some/File.swift and more";
    one->spawn_file_length = strlen("Some/File.swift");
    one->spawn_line = 17;
    enter(one);
}

static void overflow_in_hub(void)
{
    ev_overflow_reporting_install();
    enter(make(overflow, NULL)); // which has no spawn site
}

static void plain_fault(void *unused)
{
    (void)unused;
    char *volatile nowhere = (char *)16; // volatile: or the compiler warns
    *(volatile char *)nowhere = 1;
}

static void previous(int signal)
{
    (void)signal;
    ssize_t ignored = write(STDERR_FILENO, "previous", 8);
    (void)ignored;
    _exit(3);
}

static void fault_in_context(void)
{
    ev_overflow_reporting_install();
    enter(make(plain_fault, NULL));
}

static void fault_with_previous_handler(void)
{
    signal(SIGSEGV, previous);
    fault_in_context();
}

static void sent_with_previous_handler(void)
{
    signal(SIGSEGV, previous);
    ev_overflow_reporting_install();
    kill(getpid(), SIGSEGV);
}

static void sent_without_handler(void)
{
    ev_overflow_reporting_install();
    kill(getpid(), SIGSEGV);
}

static void test_overflow_is_reported(void)
{
    char output[4096];
    int status = in_child(overflow_in_context, output, sizeof output);
    CHECK(died_of(status, SIGSEGV));
    CHECK(strstr(output, "green thread 42 'deep' overflowed its stack of 256 KiB"));
    CHECK(strstr(output, "spawned at Some/File.swift:17."));

    status = in_child(overflow_in_hub, output, sizeof output);
    CHECK(died_of(status, SIGSEGV));
    CHECK(strstr(output, "fatal: a callback of the hub overflowed its stack of 256 KiB."));

    status = in_child(fault_in_context, output, sizeof output);
    CHECK(died_of(status, SIGSEGV));
    CHECK(!strstr(output, "overflowed"));

    status = in_child(fault_with_previous_handler, output, sizeof output);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CHECK(strcmp(output, "previous") == 0);

    // A signal that somebody sent has no instruction that would fault again.
    status = in_child(sent_with_previous_handler, output, sizeof output);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    status = in_child(sent_without_handler, output, sizeof output);
    CHECK(died_of(status, SIGSEGV));
}

// ---- System calls ------------------------------------------------------------

static uint64_t since(uint64_t start)
{
    return ev_monotonic_nanoseconds() - start;
}

static void test_eventfd(void)
{
    int fd = ev_eventfd_create();
    int fds[1] = { fd };
    uint32_t interest[1] = { EV_READABLE }, events[1] = { 99 };
    CHECK(fd >= 0);
    CHECK(ev_poll(fds, interest, events, 1, 0) == 0);
    CHECK(events[0] == 0);
    ev_eventfd_clear(fd); // nothing to clear; must not block
    ev_eventfd_notify(fd);
    ev_eventfd_notify(fd);
    CHECK(ev_poll(fds, interest, events, 1, -1) == 1);
    CHECK(events[0] == EV_READABLE);
    ev_eventfd_clear(fd);
    CHECK(ev_poll(fds, interest, events, 1, 0) == 0);
    close(fd);
}

static void test_epoll(void)
{
    const uint64_t big = 0xFEDCBA9876543210u;
    ev_ready ready[8];
    int epoll = ev_epoll_create(), pair[2];
    CHECK(epoll >= 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    CHECK(ev_epoll_add(epoll, pair[0], EV_READABLE, false, big) == 0);
    CHECK(ev_epoll_add(epoll, pair[0], EV_READABLE, false, 1) == -1 && errno == EEXIST);

    CHECK(ev_epoll_wait(epoll, ready, 8, 0) == 0);
    uint64_t start = ev_monotonic_nanoseconds();
    CHECK(ev_epoll_wait(epoll, ready, 8, 20000000) == 0);
    CHECK(since(start) >= 20000000);
    start = ev_monotonic_nanoseconds();
    CHECK(ev_epoll_wait(epoll, ready, 8, 1) == 0); // less than a millisecond is no error
    CHECK(since(start) < 1000000000);

    // Edge-triggered: reported once.
    CHECK(ev_send(pair[1], "x", 1, 0) == 1);
    CHECK(ev_epoll_wait(epoll, ready, 8, -1) == 1);
    CHECK(ready[0].tag == big);
    CHECK(ready[0].events == EV_READABLE);
    CHECK(ev_epoll_wait(epoll, ready, 8, 0) == 0);
    char byte;
    CHECK(ev_receive(pair[0], &byte, 1, 0) == 1 && byte == 'x');
    CHECK(ev_receive(pair[0], &byte, 1, 0) == -1 && errno == EAGAIN);

    // One-shot: reported once, until asked for again; the tag may change.
    CHECK(ev_epoll_modify(epoll, pair[0], EV_READABLE | EV_WRITABLE, true, 7) == 0);
    CHECK(ev_epoll_wait(epoll, ready, 8, 1000000000) == 1);
    CHECK(ready[0].tag == 7 && ready[0].events == EV_WRITABLE);
    CHECK(ev_send(pair[1], "y", 1, 0) == 1);
    CHECK(ev_epoll_wait(epoll, ready, 8, 0) == 0);
    CHECK(ev_epoll_modify(epoll, pair[0], EV_READABLE, true, 8) == 0);
    CHECK(ev_epoll_wait(epoll, ready, 8, 0) == 1);
    CHECK(ready[0].tag == 8 && ready[0].events == EV_READABLE);
    CHECK(ev_receive(pair[0], &byte, 1, 0) == 1 && byte == 'y');

    // The peer closes its side for writing, then altogether.
    CHECK(ev_epoll_modify(epoll, pair[0], EV_READABLE, false, 9) == 0);
    CHECK(shutdown(pair[1], SHUT_WR) == 0);
    CHECK(ev_epoll_wait(epoll, ready, 8, 1000000000) == 1);
    CHECK(ready[0].events == (EV_READABLE | EV_HANGUP));
    close(pair[1]);
    CHECK(ev_epoll_wait(epoll, ready, 8, 1000000000) == 1);
    CHECK(ready[0].events & EV_HANGUP);
    CHECK(ev_send(pair[0], "z", 1, 0) == -1 && errno == EPIPE); // and no SIGPIPE

    CHECK(ev_epoll_remove(epoll, pair[0]) == 0);
    CHECK(ev_epoll_remove(epoll, pair[0]) == -1 && errno == ENOENT);
    CHECK(ev_epoll_wait(epoll, ready, 8, 0) == 0);
    close(pair[0]);
    CHECK(ev_epoll_add(epoll, pair[0], EV_READABLE, false, 1) == -1 && errno == EBADF);

    // No more than there is room for, and the rest later.
    int many[5];
    for (int i = 0; i < 5; i++) {
        many[i] = ev_eventfd_create();
        ev_eventfd_notify(many[i]);
        CHECK(ev_epoll_add(epoll, many[i], EV_READABLE, false, (uint64_t)i) == 0);
    }
    CHECK(ev_epoll_wait(epoll, ready, 3, -1) == 3);
    CHECK(ev_epoll_wait(epoll, ready + 3, 5, 0) == 2);
    unsigned tags = 0;
    for (int i = 0; i < 5; i++) {
        tags |= 1u << ready[i].tag;
        close(many[i]);
    }
    CHECK(tags == 31);
    close(epoll);
    CHECK(ev_epoll_wait(epoll, ready, 8, 0) == -1 && errno == EBADF);
}

static void test_poll(void)
{
    enum { MANY = 100 }; // more than fit on the stack
    int fds[MANY], pair[2];
    uint32_t interest[MANY], events[MANY];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    for (int i = 0; i < MANY; i++) {
        fds[i] = ev_eventfd_create();
        interest[i] = EV_READABLE;
        events[i] = 99;
    }
    uint64_t start = ev_monotonic_nanoseconds();
    CHECK(ev_poll(fds, interest, events, MANY, 20000000) == 0);
    CHECK(since(start) >= 20000000);
    int silent = 0;
    for (int i = 0; i < MANY; i++)
        silent += events[i] == 0;
    CHECK(silent == MANY);
    ev_eventfd_notify(fds[3]);
    ev_eventfd_notify(fds[MANY - 1]);
    interest[5] = EV_WRITABLE;
    CHECK(ev_poll(fds, interest, events, MANY, -1) == 3);
    CHECK(events[3] == EV_READABLE && events[MANY - 1] == EV_READABLE);
    CHECK(events[5] == EV_WRITABLE && events[4] == 0);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);

    fds[0] = pair[0];
    interest[0] = EV_READABLE;
    CHECK(shutdown(pair[1], SHUT_WR) == 0);
    CHECK(ev_poll(fds, interest, events, 1, 1000000000) == 1);
    CHECK(events[0] == (EV_READABLE | EV_HANGUP));
    close(pair[1]);
    interest[0] = 0; // told even when nobody asked
    CHECK(ev_poll(fds, interest, events, 1, 1000000000) == 1);
    CHECK(events[0] & EV_HANGUP);
    close(pair[0]);
    CHECK(ev_poll(fds, interest, events, 1, 0) == 1);
    CHECK(events[0] == EV_INVALID);
    CHECK(ev_poll(fds, interest, events, 0, 1000000) == 0); // a sleep
}

static unsigned generation;

static void check_generation(void)
{
    _exit(ev_fork_generation() != generation ? 0 : 1);
}

static void test_odds_and_ends(void)
{
    char output[16];
    generation = ev_fork_generation();
    CHECK(in_child(check_generation, output, sizeof output) == 0);
    CHECK(ev_fork_generation() == generation);
    CHECK(ev_gettid() == getpid());
    const char *name = ev_errno_name(EAGAIN);
    CHECK(!name || strcmp(name, "EAGAIN") == 0);
    CHECK(ev_thread_current() == thread);
    CHECK(ev_current_hub() == NULL);
    // No runtime of Swift or C++ here, but what a sanitizer brings along.
    CHECK((ev_runtime_features() & ~(SANITIZED ? EV_HAS_EXCEPTION_WORDS : 0u))
          == EV_HAS_CONCURRENCY_WORDS);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        rounds = atol(argv[1]);
    thread = ev_thread_attach(true, NULL);
    ev_context_adopt(thread, &home);
    pool = ev_stack_pool_create(STACK_BYTES, false);

    test_there_and_back();
    test_between_contexts();
    if (!ADDRESS_SANITIZED) // It aborts at a switch that was not announced.
        test_registers_survive();
    test_rounding_is_per_context();
    test_errno_is_per_context();
    test_renewal();
    test_stack_is_aligned();
    test_frames_end();
    test_trim();
    for (int force = 0; force <= 1; force++) {
        test_take_and_give_back(force);
        test_headers(force);
        test_guards(force);
        test_burst(force);
    }
    if (!SANITIZED) // The sanitizer reports overflows.
        test_overflow_is_reported();
    test_eventfd();
    test_epoll();
    test_poll();
    test_odds_and_ends();

    printf("guards: %s\n",
           ev_stack_pool_statistics(pool).lightweight_guards ? "lightweight" : "mprotect");
    ev_stack_pool_destroy(pool);
    ev_thread_detach();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
