// A mask of signals that a call has in force while it waits.
#ifndef EV_MASKING_H
#define EV_MASKING_H

#include "hook.h"

#include <signal.h>
#include <string.h>

enum { EV_SIGNAL_SET = 8 }; // bytes, for the kernel

/// A hub has one for all its green threads, so it comes into force now and then: a signal that it
/// lets in is taken then, and ends the call, which may wait for nothing else.
typedef struct ev_masking {
    const sigset_t *_Nullable mask;
    bool differs; // from what is in force
} ev_masking;

static inline ev_masking ev_masking_with(const sigset_t *_Nullable mask)
{
    uint64_t current = 0, wanted = 0;
    if (!mask)
        return (ev_masking){ NULL, false };
    memcpy(&wanted, mask, EV_SIGNAL_SET);
    EV_KERNEL(rt_sigprocmask, SIG_BLOCK, NULL, &current, EV_SIGNAL_SET);
    return (ev_masking){ mask, current != wanted };
}

/// Whether the kernel's answer is that a signal came which nobody is told of.
static inline bool ev_masking_repeats(ev_masking masking, long answer)
{
    return answer == -EINTR && !masking.differs;
}

/// How long to wait before the mask is to be in force again.
static inline int64_t ev_masking_next_look(ev_masking masking, int64_t deadline)
{
    if (!masking.differs)
        return deadline;
    int64_t next = EV_ASK_HUB(deadline, INT64_C(5000000));
    return deadline < next ? deadline : next;
}

#endif
