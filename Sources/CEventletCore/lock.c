// The way of those who find a lock taken: "Futexes Are Tricky" (Drepper, 2011), mutex2, with a
// short spin before it.
#define _GNU_SOURCE
#include "ev_system_call.h"
#include "internal.h"

#include <linux/futex.h>

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void ev_lock_take_slowly(ev_lock *lock)
{
    // What the locks are for is done in less than this. If it takes longer, the
    // holder's core was taken away.
    for (int spins = 0; spins < 200; spins++) {
        uint32_t free = 0;
        if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) == 0
            && __atomic_compare_exchange_n(&lock->word, &free, 1, false, __ATOMIC_ACQUIRE,
                                           __ATOMIC_RELAXED))
            return;
        relax();
    }
    while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0)
        EV_KERNEL(futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void ev_lock_wake(ev_lock *lock)
{
    EV_KERNEL(futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
