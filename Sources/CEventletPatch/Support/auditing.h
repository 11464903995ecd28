// Calls that block a hub all the same, told to whoever wants a report.
#ifndef EV_AUDITING_H
#define EV_AUDITING_H

#include "hook.h"

/// Whether anybody does.
extern _Atomic bool ev_patch_audits EV_HIDDEN;

/// When a call of which is to be told begins.
EV_HIDDEN int64_t ev_blocking_begin_in_full(void);
/// Leaves errno alone.
EV_HIDDEN void ev_blocking_end_in_full(int64_t begin, const char *_Nonnull call, int reason);

static inline int64_t ev_blocking_begin(void)
{
    if (!EV_RARELY(atomic_load_explicit(&ev_patch_audits, memory_order_relaxed)))
        return 0;
    return ev_blocking_begin_in_full();
}

static inline void ev_blocking_end(int64_t begin, const char *_Nonnull call, int reason)
{
    if (EV_RARELY(begin != 0))
        ev_blocking_end_in_full(begin, call, reason);
}

/// The original of `name`, where it may block the hub, for `reason`: what a program has called by
/// the name of `call`.
#define EV_CALL_BLOCKING(reason, call, name, ...)                                                  \
    ({                                                                                             \
        int64_t begin_of_call = ev_blocking_begin();                                               \
        __auto_type result_of_call = EV_CALL_ORIGINAL(name, __VA_ARGS__);                          \
        ev_blocking_end(begin_of_call, call, reason);                                              \
        result_of_call;                                                                            \
    })

#endif
