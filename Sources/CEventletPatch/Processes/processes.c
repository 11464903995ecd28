// Waiting for child processes.
#include "children.h"
#include "descriptors.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

EV_BEGIN_HOOKS

EV_ORIGINAL(pid_t, wait4, (pid_t, int *, int, struct rusage *))
EV_ORIGINAL(int, waitid, (idtype_t, id_t, siginfo_t *, int))
EV_ORIGINAL(int, system, (const char *))
EV_ORIGINAL(int, pclose, (FILE *))

/// Until a certain child has ended. False: errno says why not.
static bool wait_for_end(pid_t child)
{
    int descriptor = (int)EV_KERNEL(pidfd_open, child, 0);
    if (descriptor < 0)
        return ev_children_wait(P_PID, (id_t)child, WEXITED);
    int end = EV_ASK_TO_WAIT(wait, descriptor, EV_READABLE, EV_NEVER);
    EV_TELL_HUB(closing, descriptor, descriptor);
    EV_KERNEL(close, descriptor);
    switch (end) {
    case EV_PATCH_INTERRUPTED:
        ev_patch_give_up();
        return false;
    case EV_PATCH_READY:
        return true;
    default:
        return ev_children_wait(P_PID, (id_t)child, WEXITED);
    }
}

static int exited_or_stopped(int options)
{
    return WEXITED | (options & WUNTRACED ? WSTOPPED : 0) | (options & WCONTINUED);
}

static bool wait_for_change(pid_t which, int options)
{
    if (which > 0 && !(options & (WUNTRACED | WCONTINUED)))
        return wait_for_end(which);
    int changes = exited_or_stopped(options) | (options & (__WALL | __WCLONE | __WNOTHREAD));
    if (which > 0)
        return ev_children_wait(P_PID, (id_t)which, changes);
    if (which == -1)
        return ev_children_wait(P_ALL, 0, changes);
    return ev_children_wait(P_PGID, which == 0 ? (id_t)getpgrp() : (id_t)-which, changes);
}

EV_HOOK pid_t wait4(pid_t which, int *status, int options, struct rusage *usage)
{
    if (options & WNOHANG || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(wait4, which, status, options, usage);
    for (;;) {
        // A sibling may wait for the same, and be first.
        pid_t found = EV_CALL_ORIGINAL(wait4, which, status, options | WNOHANG, usage);
        if (found != 0)
            return found;
        if (!wait_for_change(which, options))
            return -1;
    }
}

EV_ORIGINAL(pid_t, waitpid, (pid_t, int *, int))
EV_HOOK pid_t waitpid(pid_t which, int *status, int options)
{
    if (options & WNOHANG || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(waitpid, which, status, options);
    return wait4(which, status, options, NULL);
}

EV_ORIGINAL(pid_t, wait, (int *))
EV_HOOK pid_t wait(int *status)
{
    if (!ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(wait, status);
    return wait4(-1, status, 0, NULL);
}

EV_ORIGINAL(pid_t, wait3, (int *, int, struct rusage *))
EV_HOOK pid_t wait3(int *status, int options, struct rusage *usage)
{
    if (options & WNOHANG || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(wait3, status, options, usage);
    return wait4(-1, status, options, usage);
}

EV_HOOK int waitid(idtype_t type, id_t which, siginfo_t *info, int options)
{
    if (options & WNOHANG || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(waitid, type, which, info, options);
    for (;;) {
        siginfo_t found = { 0 };
        int result = EV_CALL_ORIGINAL(waitid, type, which, &found, options | WNOHANG);
        if (result != 0 || found.si_pid != 0) {
            if (result == 0 && info)
                *info = found;
            return result;
        }
        bool is_end_of_one = type == P_PID && !(options & (WSTOPPED | WCONTINUED));
        if (!(is_end_of_one ? wait_for_end((pid_t)which)
                            : ev_children_wait(type, which, options & ~WNOWAIT)))
            return -1;
    }
}

// ---- Programs that libc starts ----------------------------------------------------------

typedef struct ev_command_job {
    ev_patch_job job;
    int result;
    FILE *pipe;
    char command[];
} ev_command_job;

static void run_command(ev_patch_job *opaque)
{
    ev_command_job *job = (ev_command_job *)opaque;
    job->result = EV_CALL_ORIGINAL(system, job->command);
}

static void end_pipe(ev_patch_job *opaque)
{
    ev_command_job *job = (ev_command_job *)opaque;
    job->result = EV_CALL_ORIGINAL(pclose, job->pipe);
}

static void free_job(ev_patch_job *job)
{
    free(job);
}

/// One that nobody waits for any more goes on, and its helper reaps the child.
static int perform_command(ev_command_job *job)
{
    int result = -1;
    if (EV_ASK_TO_WAIT(perform, &job->job) == EV_PATCH_INTERRUPTED) {
        ev_patch_give_up();
    } else {
        result = job->result;
        errno = job->job.error;
    }
    int error = errno;
    ev_patch_job_abandon(&job->job);
    errno = error;
    return result;
}

EV_HOOK int system(const char *command)
{
    if (!command || !ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(system, command);
    size_t size = strlen(command) + 1;
    ev_command_job *job = malloc(sizeof *job + size);
    if (!job)
        return -1;
    *job = (ev_command_job){ .job = { run_command, free_job, .takes_long = true } };
    memcpy(job->command, command, size);
    return perform_command(job);
}

EV_HOOK int pclose(FILE *pipe)
{
    if (!ev_patch_applies(EV_PATCH_OS))
        return EV_CALL_ORIGINAL(pclose, pipe);
    ev_command_job *job = malloc(sizeof *job);
    if (!job)
        return -1;
    EV_TELL_HUB(closing, fileno(pipe), fileno(pipe));
    *job = (ev_command_job){ .job = { end_pipe, free_job, .takes_long = true }, .pipe = pipe };
    return perform_command(job);
}

EV_HOOK extern __typeof(waitpid) __waitpid __attribute__((alias("waitpid")));
EV_HOOK extern __typeof(wait) __wait __attribute__((alias("wait")));

EV_END_HOOKS
