#include "transcript.h"

#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>

// Of an OS thread, not of a green one: a probe runs alone.
static __thread char *text;
static __thread size_t length;

void note(const char *format, ...)
{
    char line[512];
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text = realloc(text, length + (size_t)size + 2);
    memcpy(text + length, line, (size_t)size);
    text[length + (size_t)size] = '\n';
    length += (size_t)size + 1;
    text[length] = 0;
    errno = error;
}

void note_result(const char *what, long result)
{
    if (result < 0)
        note("%s: %ld %s", what, result, strerrorname_np(errno));
    else
        note("%s: %ld", what, result);
}

char *probe_transcript(const probe *probe)
{
    text = NULL;
    length = 0;
    errno = 0;
    probe->run();
    char *result = text ? text : strdup("");
    text = NULL;
    length = 0;
    return result;
}

struct later {
    pthread_t thread;
    int milliseconds;
    void (*act)(void *);
    void *argument;
};

static void *act_later(void *opaque)
{
    later *later = opaque;
    struct timespec time = { later->milliseconds / 1000, later->milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
    later->act(later->argument);
    return NULL;
}

later *after(int milliseconds, void (*act)(void *), void *argument)
{
    later *later = malloc(sizeof *later);
    *later = (struct later){ .milliseconds = milliseconds, .act = act, .argument = argument };
    if (pthread_create(&later->thread, NULL, act_later, later) != 0)
        abort();
    return later;
}

void finish(later *later)
{
    pthread_join(later->thread, NULL);
    free(later);
}

const probe_lists probes = {
    descriptor_probes, socket_probes, selecting_probes, time_probes,
    process_probes,    file_probes,   stdio_probes,     name_probes, alias_probes,
};
