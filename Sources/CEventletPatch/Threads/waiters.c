#include "waiters.h"
#include "fork.h"

#include <time.h>

EV_BEGIN_HOOKS

enum { BUCKETS = 256 };

typedef struct bucket {
    ev_lock lock;
    ev_waiter *first, *last;
} bucket;

static bucket buckets[BUCKETS];
_Atomic int ev_waiters_count;

static bucket *bucket_of(const void *address)
{
    // Fibonacci hashing: the high bits are the well-mixed ones.
    uint64_t hash = ((uintptr_t)address >> 3) * UINT64_C(0x9E3779B97F4A7C15);
    return &buckets[hash >> 56];
}

static void unlink_waiter(bucket *bucket, ev_waiter *waiter)
{
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        bucket->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        bucket->last = waiter->previous;
    atomic_fetch_sub_explicit(&ev_waiters_count, 1, memory_order_relaxed);
}

bool ev_waiter_begin(ev_waiter *waiter, const void *address)
{
    if (ev_patch_is_in_vfork_child())
        return false;
    waiter->address = address;
    waiter->thread = ev_thread_pointer;
    waiter->is_woken = false;
    waiter->next = NULL;
    if (!EV_ASK_HUB(begin_waiting, waiter->memory))
        return false;
    bucket *bucket = bucket_of(address);
    ev_lock_take(&bucket->lock);
    waiter->previous = bucket->last;
    if (bucket->last)
        bucket->last->next = waiter;
    else
        bucket->first = waiter;
    bucket->last = waiter;
    // Before the caller looks once more whether it must wait: who changes that looks here after.
    atomic_fetch_add_explicit(&ev_waiters_count, 1, memory_order_seq_cst);
    ev_lock_release(&bucket->lock);
    return true;
}

static bool is_woken(ev_waiter *waiter)
{
    bucket *bucket = bucket_of(waiter->address);
    ev_lock_take(&bucket->lock);
    bool result = waiter->is_woken;
    ev_lock_release(&bucket->lock);
    return result;
}

bool ev_waiter_park(ev_waiter *waiter, int64_t deadline)
{
    // The hub may wake it for another reason.
    while (!is_woken(waiter))
        if (!EV_ASK_HUB(park, deadline))
            return is_woken(waiter);
    return true;
}

bool ev_waiter_end(ev_waiter *waiter)
{
    bucket *bucket = bucket_of(waiter->address);
    ev_lock_take(&bucket->lock);
    bool was_woken = waiter->is_woken;
    if (!was_woken)
        unlink_waiter(bucket, waiter);
    EV_TELL_HUB(end_waiting, waiter->memory);
    ev_lock_release(&bucket->lock);
    return was_woken;
}

bool ev_waiter_is_first(const ev_waiter *waiter)
{
    bucket *bucket = bucket_of(waiter->address);
    ev_lock_take(&bucket->lock);
    const ev_waiter *earlier = waiter->previous;
    while (earlier && earlier->address != waiter->address)
        earlier = earlier->previous;
    ev_lock_release(&bucket->lock);
    return earlier == NULL;
}

/// One of them. False: there is none.
static bool wake_one(bucket *bucket, const void *address)
{
    void *mailbox = NULL;
    ev_lock_take(&bucket->lock);
    ev_waiter *waiter = bucket->first;
    while (waiter && waiter->address != address)
        waiter = waiter->next;
    if (waiter) {
        unlink_waiter(bucket, waiter);
        waiter->is_woken = true;
        mailbox = EV_ASK_HUB(wake, waiter->memory);
    }
    ev_lock_release(&bucket->lock);
    if (mailbox)
        EV_TELL_HUB(nudge, mailbox);
    return waiter != NULL;
}

int ev_waiters_wake(const void *address, int most)
{
    bucket *bucket = bucket_of(address);
    int count = 0;
    while (count < most && wake_one(bucket, address))
        count++;
    return count;
}

// ---- Fork ------------------------------------------------------------------------

void ev_waiters_before_fork(void)
{
    for (int i = 0; i < BUCKETS; i++)
        ev_lock_take(&buckets[i].lock);
}

void ev_waiters_after_fork(bool is_child)
{
    for (int i = 0; i < BUCKETS; i++) {
        ev_waiter *waiter = is_child ? buckets[i].first : NULL;
        while (waiter) {
            ev_waiter *next = waiter->next;
            if (waiter->thread != ev_thread_pointer)
                unlink_waiter(&buckets[i], waiter);
            waiter = next;
        }
        ev_lock_release(&buckets[i].lock);
    }
}

int64_t ev_deadline_at(clockid_t clock, const struct timespec *time)
{
    struct timespec now;
    clock_gettime(clock, &now);
    int64_t rest = ev_patch_nanoseconds(time->tv_sec - now.tv_sec, time->tv_nsec - now.tv_nsec);
    return EV_ASK_HUB(deadline, rest > 0 ? rest : 0);
}

EV_END_HOOKS
