// What is installed, and where the original functions are.
#include "descriptors.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

EV_BEGIN_HOOKS

_Atomic unsigned ev_patch_subjects;
const ev_patch_operations *ev_patch_hub;

static void say(const char *text)
{
    size_t length = __builtin_strlen(text);
    EV_KERNEL(write, STDERR_FILENO, text, length);
}

void *ev_patch_find(const char *name, const char *version)
{
    void *found = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
    if (!found)
        found = dlsym(RTLD_NEXT, name);
    if (!found) {
        say("eventlet: there is no definition of ");
        say(name);
        say(" behind the one of EventletPatch\n");
        abort();
    }
    return found;
}

int ev_patch_ability(void)
{
    if (!dlsym(RTLD_NEXT, "read"))
        return EV_PATCH_IS_STATIC;
    // Not where the linker would find it for us, but where it finds it for everybody.
    return dlsym(RTLD_DEFAULT, "read") == (void *)&read ? EV_PATCH_CAN : EV_PATCH_IS_NOT_FIRST;
}

static _Atomic int process;

int ev_patch_process(void)
{
    return atomic_load_explicit(&process, memory_order_relaxed);
}

static void note_process(void)
{
    atomic_store_explicit(&process, (int)EV_KERNEL(getpid), memory_order_relaxed);
}

void ev_patch_install(unsigned subjects, const ev_patch_operations *operations)
{
    if (!ev_patch_hub) {
        note_process();
        pthread_atfork(NULL, NULL, note_process);
    }
    ev_patch_hub = operations;
    atomic_store_explicit(&ev_patch_subjects, subjects, memory_order_release);
    if (!(subjects & EV_PATCH_SOCKET))
        ev_descriptors_restore();
}

unsigned ev_patch_installed(void)
{
    return atomic_load_explicit(&ev_patch_subjects, memory_order_relaxed);
}

bool ev_patch_is_on_os_stack(ev_thread *thread, uintptr_t address)
{
    uintptr_t low = thread->os_stack_low, high = thread->os_stack_high;
    if (!high)
        ev_thread_os_stack(thread, &low, &high);
    return address - low < high - low;
}

// ---- Jobs ----------------------------------------------------------------------

static void leave(ev_patch_job *job)
{
    if (atomic_fetch_add_explicit(&job->left, 1, memory_order_acq_rel) == 1)
        job->destroy(job);
}

void ev_patch_job_perform(ev_patch_job *job)
{
    job->perform(job);
    job->error = errno;
    leave(job);
}

void ev_patch_job_abandon(ev_patch_job *job)
{
    leave(job);
}

EV_END_HOOKS
