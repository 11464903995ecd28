#include "waits.h"

#include <stdlib.h>

EV_BEGIN_HOOKS

bool ev_waits_begin(ev_waits *waits, size_t most)
{
    waits->count = 0;
    waits->list = most <= sizeof waits->few / sizeof *waits->few
                      ? waits->few
                      : malloc(most * sizeof *waits->list);
    if (!waits->list)
        errno = ENOMEM;
    return waits->list != NULL;
}

void ev_waits_end(ev_waits *waits)
{
    if (waits->list != waits->few)
        free(waits->list);
}

bool ev_waits_wait(ev_waits *waits, int64_t deadline, int64_t *pause, int *result)
{
    for (size_t i = 0; i < waits->count; i++)
        waits->list[i].happened = 0;
    int end = waits->count > 0
                  ? EV_ASK_TO_WAIT(wait_for_any, waits->list, waits->count, deadline)
                  : EV_ASK_TO_WAIT(sleep, deadline);
    *result = -1;
    switch (end) {
    case EV_PATCH_INTERRUPTED:
        ev_patch_give_up();
        return false;
    case EV_PATCH_UNPOLLABLE:
        return ev_patch_pause(pause, deadline);
    case EV_PATCH_MUST_NOT: {
        // Nobody else can run here: a look now and then is what is left.
        const struct timespec millisecond = { 0, 1000000 };
        EV_KERNEL(ppoll, NULL, 0, &millisecond, NULL, 0);
        return true;
    }
    default:
        return true;
    }
}

EV_END_HOOKS
