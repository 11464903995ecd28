// `syscall`, by which Swift's runtime, its Mutex, Dispatch and C++'s library reach futexes.
#include "waiters.h"

#include <linux/futex.h>
#include <time.h>

EV_BEGIN_HOOKS

/// So often a futex is looked at again that somebody may wake inside libc, unseen. Who waits for
/// one must expect to wake for no reason.
#define RECHECK INT64_C(2000000)

static bool has_value(const void *address, int value)
{
    return __atomic_load_n((const int *)address, __ATOMIC_SEQ_CST) == value;
}

static long fail(int error)
{
    errno = error;
    return -1;
}

/// For FUTEX_WAIT a duration, for FUTEX_WAIT_BITSET a point in time.
static int64_t deadline_of(int operation, const struct timespec *time)
{
    if (!time)
        return EV_NEVER;
    if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT)
        return EV_ASK_HUB(deadline, ev_patch_nanoseconds(time->tv_sec, time->tv_nsec));
    clockid_t clock = operation & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    return ev_deadline_at(clock, time);
}

static long wait_for_change(const void *address, int operation, int value,
                            const struct timespec *time)
{
    int64_t deadline = deadline_of(operation, time);
    ev_waiter waiter;
    if (!ev_waiter_begin(&waiter, address))
        return EV_SYSTEM_CALL(futex, address, operation, value, time, NULL, -1);
    bool is_unchanged = has_value(address, value), is_woken = false;
    if (is_unchanged)
        is_woken = ev_waiter_park(&waiter, ev_deadline_or_recheck(deadline, RECHECK));
    is_woken = ev_waiter_end(&waiter) || is_woken;
    if (!is_unchanged) {
        if (is_woken) // That was for one who waits.
            ev_waiters_wake(address, 1);
        return fail(EAGAIN);
    }
    if (!is_woken && deadline != EV_NEVER && EV_ASK_HUB(rest, deadline) == 0)
        return fail(ETIMEDOUT);
    return 0;
}

/// Whether a lock of the kernel's is a hub's: of one that waits greenly, perhaps.
static bool is_held_by_a_hub(const void *address)
{
    int owner = __atomic_load_n((const int *)address, __ATOMIC_RELAXED) & FUTEX_TID_MASK;
    return owner != 0 && ev_patch_is_of_a_hub(owner);
}

/// The kernel would have it that an OS thread waits for itself.
static long lock_greenly(void *address, int operation)
{
    int modifiers = operation & ~FUTEX_CMD_MASK;
    int64_t pause = 20000; // nanoseconds
    for (;;) {
        long answer = EV_KERNEL(futex, address, FUTEX_TRYLOCK_PI | modifiers, 0, NULL, NULL, 0);
        if (answer != -EDEADLK && answer != -EAGAIN)
            return ev_libc_result(answer);
        ev_waiter waiter;
        if (!ev_waiter_begin(&waiter, address))
            return EV_SYSTEM_CALL(futex, address, operation, 0, NULL, NULL, 0);
        ev_waiter_park(&waiter, EV_ASK_HUB(deadline, pause));
        ev_waiter_end(&waiter);
        pause = pause < 1000000 ? pause * 2 : 2000000;
    }
}

static long futex(void *address, int operation, int value, long fourth, long fifth, long sixth)
{
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        if (ev_patch_applies(EV_PATCH_THREAD))
            return wait_for_change(address, operation, value, (const struct timespec *)fourth);
        break;
    case FUTEX_LOCK_PI:
        if (ev_patch_applies(EV_PATCH_THREAD) && is_held_by_a_hub(address))
            return lock_greenly(address, operation);
        break;
    case FUTEX_UNLOCK_PI:
    case FUTEX_WAKE: {
        if (!ev_waiters_exist())
            break;
        bool unlocks = (operation & FUTEX_CMD_MASK) == FUTEX_UNLOCK_PI;
        int woken = ev_waiters_wake(address, unlocks ? 1 : value);
        if (unlocks)
            break;
        // Of the others as many as are left.
        long rest = woken < value
                        ? EV_SYSTEM_CALL(futex, address, operation, value - woken, 0, 0, 0)
                        : 0;
        return rest < 0 ? rest : rest + woken;
    }
    default:
        break;
    }
    return EV_SYSTEM_CALL(futex, address, operation, value, fourth, fifth, sixth);
}

/// Variadic in its header; the arguments are in the same registers.
EV_HOOK long syscall(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_futex)
        return futex((void *)a, (int)b, (int)c, d, e, f);
    return ev_libc_result(ev_kernel_answer(number, a, b, c, d, e, f));
}

EV_END_HOOKS
