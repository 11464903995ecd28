// Locks with an owner that green threads of this OS thread have, and that have no room to say who:
// libc takes siblings for one.
#ifndef EV_HOLDINGS_H
#define EV_HOLDINGS_H

#include "hook.h"

typedef struct ev_holding {
    struct ev_holding *_Nullable next;
    const void *_Nonnull lock;
    const ev_context *_Nonnull holder;
    int depth;
} ev_holding;

// Initial-exec, as `ev_thread_pointer` is: one load instead of a call, at each unlocking.
extern __thread ev_holding *_Nullable ev_holdings EV_HIDDEN
    __attribute__((tls_model("initial-exec")));

EV_HIDDEN ev_holding *_Nullable ev_holding_find(const void *_Nonnull lock);
/// The running green thread has taken it.
EV_HIDDEN void ev_holding_add(const void *_Nonnull lock);
/// It was given back, once.
EV_HIDDEN void ev_holding_remove(const void *_Nonnull lock);

static inline bool ev_holding_is_mine(const ev_holding *_Nullable holding)
{
    return holding && holding->holder == ev_thread_pointer->current;
}

#endif
