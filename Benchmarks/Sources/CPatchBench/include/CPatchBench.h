// The same calls of libc, for a program that is patched and for one that is not.
#ifndef CPATCHBENCH_H
#define CPATCHBENCH_H

typedef struct patch_call {
    const char *_Nonnull name;
    /// What one call costs, in nanoseconds: the least of several runs.
    double (*_Nullable measure)(void);
} patch_call;

/// A list that ends with an entry that measures nothing.
const patch_call *_Nonnull patch_calls(void);

/// Calls `body` on an OS thread that has no hub.
void patch_on_plain_thread(void (*_Nonnull body)(void));

#endif
