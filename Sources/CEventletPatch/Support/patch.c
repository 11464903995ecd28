// What is installed, and where the original functions are.
#include "descriptors.h"
#include "fork.h"

#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
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
        // Up to glibc 2.33 those of the resolver have no other name.
        char internal[64] = "__";
        found = dlsym(RTLD_NEXT, strncat(internal, name, sizeof internal - 3));
    }
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
    // Where everybody's calls go must be in here. To compare it with `&read` would not do: in a
    // library that was loaded by dlopen, that is libc's as well.
    ev_image everybodys = ev_patch_image_of(dlsym(RTLD_DEFAULT, "read"));
    ev_image ours = ev_patch_image_of(&ev_patch_hub);
    return everybodys.low == ours.low ? EV_PATCH_CAN : EV_PATCH_IS_NOT_FIRST;
}

// ---- Images ----------------------------------------------------------------------

typedef struct search {
    uintptr_t address;
    ev_image found;
} search;

static int look_into(struct dl_phdr_info *info, size_t size, void *opaque)
{
    (void)size;
    search *search = opaque;
    ev_image image = { .kind = info->dlpi_name[0] ? EV_IMAGE_LIBRARY : EV_IMAGE_PROGRAM,
                       .low = UINTPTR_MAX };
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + part->p_vaddr, end = begin + part->p_memsz;
        if (part->p_type != PT_LOAD)
            continue;
        image.low = begin < image.low ? begin : image.low;
        image.high = end > image.high ? end : image.high;
    }
    if (search->address < image.low || search->address >= image.high)
        return 0;
    search->found = image;
    return 1;
}

ev_image ev_patch_image_of(const void *address)
{
    search search = { .address = (uintptr_t)address };
    dl_iterate_phdr(look_into, &search);
    return search.found;
}

/// Of the Swift runtime; none if it is inside the program, where everybody's code is.
static ev_image runtime;

static void find_runtime(void)
{
    void *retain = dlsym(RTLD_DEFAULT, "swift_retain");
    ev_image image = retain ? ev_patch_image_of(retain) : (ev_image){ .kind = EV_IMAGE_NONE };
    if (image.kind == EV_IMAGE_LIBRARY)
        runtime = image;
}

bool ev_patch_runtime_is_inside(void)
{
    return runtime.kind == EV_IMAGE_NONE;
}

bool ev_patch_is_in_runtime(const void *address)
{
    return (uintptr_t)address - runtime.low < runtime.high - runtime.low;
}

// ---- Installing ------------------------------------------------------------------

static _Atomic int process;

int ev_patch_process(void)
{
    return atomic_load_explicit(&process, memory_order_relaxed);
}

static void note_process(void)
{
    atomic_store_explicit(&process, (int)EV_KERNEL(getpid), memory_order_relaxed);
}

// ---- Fork ------------------------------------------------------------------------

enum { MOST_GENERATIONS = 16 };

/// What the OS thread that goes on in this child was called in its parent, and before.
static int former[MOST_GENERATIONS];
static _Atomic int former_count;
static int forking;

bool ev_patch_is_of_a_hub(int number)
{
    int count = atomic_load_explicit(&former_count, memory_order_relaxed);
    for (int i = 0; i < count; i++)
        if (former[i] == number)
            return true;
    return ev_is_hub_thread(number);
}

/// Something was installed before.
static bool takes_part;

static void before_fork(void)
{
    takes_part = ev_patch_hub != NULL;
    if (!takes_part)
        return;
    forking = ev_thread_pointer && ev_thread_pointer->hub ? ev_thread_pointer->identifier : 0;
    ev_waiters_before_fork();
    ev_once_before_fork();
    ev_children_before_fork();
}

static void after_fork_in_parent(void)
{
    if (!takes_part)
        return;
    ev_children_after_fork(false);
    ev_once_after_fork(false);
    ev_waiters_after_fork(false);
}

/// Of all OS threads only the one that forked goes on, with its green threads.
static void after_fork_in_child(void)
{
    if (!takes_part)
        return;
    note_process();
    int count = atomic_load_explicit(&former_count, memory_order_relaxed);
    if (forking && count < MOST_GENERATIONS) {
        former[count] = forking;
        atomic_store_explicit(&former_count, count + 1, memory_order_relaxed);
    }
    ev_children_after_fork(true);
    ev_once_after_fork(true);
    ev_waiters_after_fork(true);
}

/// Before any hub has its own: so the list of hubs is locked before the lists here, as by whoever
/// looks at hubs and calls something patched meanwhile.
__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

void ev_patch_install(unsigned subjects, const ev_patch_operations *operations)
{
    if (!ev_patch_hub) {
        note_process();
        find_runtime();
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

void ev_patch_perform_to_the_end(ev_patch_job *job)
{
    if (ev_patch_is_in_vfork_child())
        ev_patch_job_perform(job);
    else
        EV_TELL_HUB(perform_to_the_end, job);
}

bool ev_patch_job_takes_long(const ev_patch_job *job)
{
    return job->takes_long;
}

void ev_patch_job_abandon(ev_patch_job *job)
{
    leave(job);
}

EV_END_HOOKS
