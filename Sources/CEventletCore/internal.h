#ifndef EV_INTERNAL_H
#define EV_INTERNAL_H

#include "CEventletCore.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EV_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define EV_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define EV_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define EV_TSAN 1
#endif

/// Space below a stack that faults. Swift emits no stack probes, so a function
/// with large locals could step over a single page.
#define EV_GUARD_BYTES (64 * 1024)

/// Finds the runtime words of the calling OS thread.
void ev_runtime_find_words(ev_thread *thread, bool isolate_exclusivity);

#endif
