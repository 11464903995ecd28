// Waiting for any of several descriptors.
#ifndef EV_WAITS_H
#define EV_WAITS_H

#include "hook.h"

/// The list of what a call waits for; a few need no memory.
typedef struct ev_waits {
    ev_wait *_Nonnull list;
    size_t count;
    ev_wait few[16];
} ev_waits;

/// Room for `most`, and nothing in it. False: errno says why not.
EV_HIDDEN bool ev_waits_begin(ev_waits *_Nonnull waits, size_t most);
EV_HIDDEN void ev_waits_end(ev_waits *_Nonnull waits);

/// True: look again, or report what is in `happened`. False: `*result` is the end, errno set.
/// `*pause` is that of `ev_patch_pause`, where the kernel takes no such descriptor.
EV_HIDDEN bool ev_waits_wait(ev_waits *_Nonnull waits, int64_t deadline, int64_t *_Nonnull pause,
                             int *_Nonnull result);

#endif
