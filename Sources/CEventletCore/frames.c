// Return addresses of stacks, parked and running.
//
// Parked ones are walked by frame pointers: SwiftPM keeps them in debug and
// release, and a switch is always entered from code that has them. It takes some
// twenty nanoseconds. What runs may be inside the C library, which has none, and
// is walked by the unwinder.
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <string.h>

EV_ANY_WORD size_t ev_walk(uintptr_t frame_pointer, uintptr_t low, uintptr_t high, uintptr_t *out,
                        size_t capacity)
{
    size_t count = 0;
    while (count < capacity && frame_pointer >= low && frame_pointer + 16 <= high
           && !(frame_pointer & 7)) {
        const uintptr_t *pair = (const uintptr_t *)frame_pointer;
        if (pair[1] < 4096)
            break;
        out[count++] = pair[1];
        if (pair[0] <= frame_pointer)
            break;
        frame_pointer = pair[0];
    }
    return count;
}

static size_t frames_between(const ev_context *context, uintptr_t low, uintptr_t high,
                             uintptr_t *out, size_t capacity)
{
    const uintptr_t *frame = context->stack_pointer;
    if (!frame || !capacity)
        return 0;
#if defined(__x86_64__)
    uintptr_t frame_pointer = frame[6];
    out[0] = frame[7];
#else
    uintptr_t frame_pointer = frame[0];
    out[0] = frame[1];
#endif
    return 1 + ev_walk(frame_pointer, low, high, out + 1, capacity - 1);
}

size_t ev_context_frames(const ev_context *context, uintptr_t *out, size_t capacity)
{
    if (!context->stack_size)
        return 0;
    uintptr_t low = (uintptr_t)context->stack_low;
    return frames_between(context, low, low + context->stack_size, out, capacity);
}

void ev_thread_os_stack(ev_thread *thread, uintptr_t *low, uintptr_t *high)
{
    // Not at the start: for the process's main thread it reads /proc/self/maps. Two OS
    // threads may both do it, and find the same.
    if (!thread->os_stack_high) {
        pthread_attr_t attributes;
        void *address = NULL;
        size_t size = 0;
        if (pthread_getattr_np(thread->handle, &attributes) == 0) {
            pthread_attr_getstack(&attributes, &address, &size);
            pthread_attr_destroy(&attributes);
        }
        thread->os_stack_low = (uintptr_t)address;
        thread->os_stack_high = (uintptr_t)address + size;
    }
    *low = thread->os_stack_low;
    *high = thread->os_stack_high;
}

size_t ev_thread_frames(ev_thread *thread, const ev_context *context, uintptr_t *out,
                        size_t capacity)
{
    if (context->stack_size)
        return ev_context_frames(context, out, capacity);
    uintptr_t low = 0, high = 0;
    ev_thread_os_stack(thread, &low, &high);
    return frames_between(context, low, high, out, capacity);
}

size_t ev_frames_here(uintptr_t *out, size_t capacity)
{
    void *frames[128];
    size_t most = sizeof frames / sizeof *frames;
    int found = backtrace(frames, (int)(capacity + 1 < most ? capacity + 1 : most));
    size_t count = found > 1 ? (size_t)found - 1 : 0; // Ours is the first.
    memcpy(out, frames + 1, count * sizeof *out);
    return count;
}

bool ev_loader_symbol(uintptr_t address, const char **image, const char **name)
{
    Dl_info info;
    if (!dladdr((const void *)address, &info))
        return false;
    *image = info.dli_fname;
    *name = info.dli_sname;
    return true;
}
