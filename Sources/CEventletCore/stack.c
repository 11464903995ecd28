// Stacks come from slabs: one mapping holds many, each with a guard below it.
// With MADV_GUARD_INSTALL (Linux 6.13) a guard is a page-table marker and the
// slab stays ONE mapping; with mprotect each guard splits it, and
// vm.max_map_count (65,530 by default) ends the party near 32,000 stacks.
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(EV_ASAN)
#include <sanitizer/asan_interface.h>
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum {
    FIRST_SLAB = 16,
    LARGEST_SLAB = 8192,
    // How many free stacks stay resident however few are in use: many small
    // ones, but few large ones, each of which may have been touched to its end.
    ALWAYS_CACHED = 160,
    ALWAYS_CACHED_BYTES = 40 * 1024 * 1024,
};

_Static_assert(sizeof(ev_context) <= EV_STACK_HEADER_BYTES, "the header holds a context");

typedef struct slab {
    struct slab *next;
    char *base;
    size_t stacks;
    size_t used; // stacks handed out at least once
} slab;

/// Free stacks by their lowest address. Not linked through their own memory:
/// writing into a stack whose pages were given back would bring a page in again.
/// And not by number: to find a stack among the slabs of a million would cost
/// more than all else in taking it.
typedef struct free_list {
    char **items;
    size_t count, capacity;
} free_list;

struct ev_stack_pool {
    size_t page, usable, stride;
    size_t always_cached;
    bool lightweight;
    slab *slabs;
    free_list warm; // resident
    free_list cold; // given back
    size_t in_use, slab_count, mapped;
};

static bool push(free_list *list, char *low)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = low;
    return true;
}

static char *pop(free_list *list)
{
    char *low = list->items[--list->count];
    // The list of a burst is memory too.
    if (list->capacity > 1024 && list->count < list->capacity / 8) {
        char **items = realloc(list->items, list->capacity / 4 * sizeof *items);
        if (items) {
            list->items = items;
            list->capacity /= 4;
        }
    }
    return low;
}

/// Whether a guard really faults. That madvise succeeds is not enough: it is
/// advice, and emulators (qemu-user) accept any that they do not know.
static bool kernel_has_guards(size_t page)
{
    void *probe = mmap(NULL, page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED)
        return false;
    // Any call that writes to its argument will do: EFAULT instead of a signal.
    bool works = madvise(probe, page, MADV_GUARD_INSTALL) == 0
                 && syscall(SYS_uname, probe) == -1 && errno == EFAULT;
    munmap(probe, page);
    return works;
}

ev_stack_pool *ev_stack_pool_create(size_t usable, bool force_mprotect)
{
    ev_stack_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->page = (size_t)sysconf(_SC_PAGESIZE);
    if (usable < 4 * pool->page)
        usable = 4 * pool->page;
    pool->usable = (usable + pool->page - 1) & ~(pool->page - 1);
    pool->stride = pool->usable + EV_GUARD_BYTES;
    pool->always_cached = ALWAYS_CACHED_BYTES / pool->usable;
    if (pool->always_cached > ALWAYS_CACHED)
        pool->always_cached = ALWAYS_CACHED;
    if (pool->always_cached == 0)
        pool->always_cached = 1; // the one that its user still stands on
#if defined(EV_ASAN) || defined(EV_TSAN)
    // What the sanitizers keep for a stack is found by its header.
    pool->always_cached = SIZE_MAX;
#endif
    pool->lightweight = !force_mprotect && kernel_has_guards(pool->page);
    return pool;
}

static ev_context *header_of(const ev_stack_pool *pool, char *low)
{
    return (ev_context *)(void *)(low + pool->usable - EV_STACK_HEADER_BYTES);
}

void ev_stack_pool_destroy(ev_stack_pool *pool)
{
    for (slab *next, *slab = pool->slabs; slab; slab = next) {
        next = slab->next;
#if defined(EV_TSAN)
        for (size_t i = 0; i < slab->used; i++)
            ev_context_destroy(header_of(pool, slab->base + i * pool->stride + EV_GUARD_BYTES));
#endif
        munmap(slab->base, slab->stacks * pool->stride);
        free(slab);
    }
    free(pool->warm.items);
    free(pool->cold.items);
    free(pool);
}

static bool map_slab(ev_stack_pool *pool)
{
    size_t stacks = pool->slabs ? pool->slabs->stacks * 2 : FIRST_SLAB;
    if (stacks > LARGEST_SLAB)
        stacks = LARGEST_SLAB;
    slab *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        return false;
    void *base;
    // A limit on address space (RLIMIT_AS, a small machine) may still have
    // room for fewer.
    for (;; stacks /= 2) {
        base = mmap(NULL, stacks * pool->stride, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (base != MAP_FAILED)
            break;
        if (stacks == 1) {
            free(fresh);
            return false;
        }
    }
    // With huge pages the first touch of a stack would cost 2 MiB.
    madvise(base, stacks * pool->stride, MADV_NOHUGEPAGE);
    *fresh = (slab){ pool->slabs, base, stacks, 0 };
    pool->slabs = fresh;
    pool->slab_count++;
    pool->mapped += stacks * pool->stride;
    return true;
}

/// A stack never used before. Its guard is made only now, so that mapping a
/// slab costs one system call and not thousands.
static char *take_fresh(ev_stack_pool *pool)
{
    if ((!pool->slabs || pool->slabs->used == pool->slabs->stacks) && !map_slab(pool))
        return NULL;
    slab *slab = pool->slabs;
    char *guard = slab->base + slab->used * pool->stride;
    int failed = pool->lightweight ? madvise(guard, EV_GUARD_BYTES, MADV_GUARD_INSTALL)
                                   : mprotect(guard, EV_GUARD_BYTES, PROT_NONE);
    if (failed)
        return NULL; // ENOMEM: vm.max_map_count, with mprotect guards
    slab->used++;
    return guard + EV_GUARD_BYTES;
}

ev_context *ev_stack_take(ev_stack_pool *pool)
{
    char *low;
    if (pool->warm.count)
        low = pop(&pool->warm);
    else if (pool->cold.count)
        low = pop(&pool->cold);
    else if (!(low = take_fresh(pool)))
        return NULL;
    pool->in_use++;
    ev_context *header = header_of(pool, low);
    header->stack_low = low;
    header->stack_size = pool->usable;
    return header;
}

void ev_stack_give_back(ev_stack_pool *pool, ev_context *header)
{
#if defined(EV_ASAN)
    // Frames that never returned left their red zones.
    __asan_unpoison_memory_region(header->stack_low, pool->usable);
#endif
    pool->in_use--;
    if (!push(&pool->warm, header->stack_low))
        return; // No memory for its address: the stack stays mapped, unused.

    // Keep as many warm as are in use. A steady load finds warm stacks and
    // makes no system call; after a burst the memory goes back as it ends.
    size_t keep = pool->in_use > pool->always_cached ? pool->in_use : pool->always_cached;
    while (pool->warm.count > keep) {
        // Never the one given back just now: it is still being stood on.
        char *last = pop(&pool->warm), *chilled = pop(&pool->warm);
        pool->warm.items[pool->warm.count++] = last;
        if (!push(&pool->cold, chilled))
            return;
        madvise(chilled, pool->usable, MADV_DONTNEED);
    }
}

void ev_stack_trim(ev_context *header)
{
    // The ABI lets a frame use so much below the stack pointer.
    enum { RED_ZONE = 128 };
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t low = (uintptr_t)header->stack_low;
    uintptr_t end = ((uintptr_t)header->stack_pointer - RED_ZONE) & ~(page - 1);
    if (end > low)
        madvise(header->stack_low, end - low, MADV_DONTNEED);
}

size_t ev_stack_usable(const ev_stack_pool *pool)
{
    return pool->usable;
}

ev_stack_statistics ev_stack_pool_statistics(const ev_stack_pool *pool)
{
    return (ev_stack_statistics){
        .in_use = pool->in_use,
        .cached = pool->warm.count,
        .free_cold = pool->cold.count,
        .mapped_bytes = pool->mapped,
        .slabs = pool->slab_count,
        .lightweight_guards = pool->lightweight,
    };
}
