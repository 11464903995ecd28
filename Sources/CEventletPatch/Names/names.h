// Jobs of helper threads that look names up.
#ifndef EV_NAMES_H
#define EV_NAMES_H

#include "hook.h"

#include <string.h>

/// EV_PATCH_READY, or that a kill or timeout came first; errno is the call's.
static inline int ev_names_perform(ev_patch_job *_Nonnull job)
{
    int end = EV_ASK_TO_WAIT(perform, job);
    errno = end == EV_PATCH_INTERRUPTED ? ECANCELED : job->error;
    return end;
}

/// Lets go of `job`, which the helper may be in the middle of.
static inline void ev_names_done(ev_patch_job *_Nonnull job)
{
    int error = errno;
    ev_patch_job_abandon(job);
    errno = error;
}

static inline char *_Nullable ev_names_copy(const char *_Nullable text)
{
    return text ? strdup(text) : NULL;
}

#endif
