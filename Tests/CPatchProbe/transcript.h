#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CPatchProbe.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Adds a line to the transcript of the probe that runs on this OS thread.
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// "what: result" and the name of errno if the result is negative.
void note_result(const char *what, long result);

/// What happens on another OS thread, which no hook touches, once the calling one waits in the
/// kernel.
typedef struct later later;
/// Then `act(argument)`.
later *when_asleep(void (*act)(void *), void *argument);
/// It has happened, or happens now.
void finish(later *later);

extern const probe descriptor_probes[], socket_probes[], selecting_probes[], time_probes[],
    process_probes[], file_probes[], stdio_probes[], name_probes[], alias_probes[];

#endif
