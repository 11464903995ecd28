#include "transcript.h"

#include <fcntl.h>
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

// ---- OS threads ----------------------------------------------------------------------------

static int open_status(int thread)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int says_asleep(int status)
{
    char line[256];
    ssize_t length = pread(status, line, sizeof line - 1, 0);
    line[length < 0 ? 0 : length] = 0;
    // The name before the state may have anything in it.
    const char *end = strrchr(line, ')');
    return end && end[1] == ' ' && end[2] == 'S';
}

int probe_thread_number(void)
{
    return (int)syscall(SYS_gettid);
}

int probe_is_asleep(int thread)
{
    int status = open_status(thread);
    int result = status >= 0 && says_asleep(status);
    close(status);
    return result;
}

struct later {
    pthread_t thread;
    int caller; // its status: opened once, since probes look at numbers that nobody has
    void (*act)(void *);
    void *argument;
};

static void *act_later(void *opaque)
{
    const struct timespec moment = { 0, 200000 };
    later *later = opaque;
    while (!says_asleep(later->caller))
        nanosleep(&moment, NULL);
    later->act(later->argument);
    return NULL;
}

later *when_asleep(void (*act)(void *), void *argument)
{
    later *later = malloc(sizeof *later);
    int caller = open_status(probe_thread_number());
    *later = (struct later){ .caller = caller, .act = act, .argument = argument };
    if (caller < 0 || pthread_create(&later->thread, NULL, act_later, later) != 0)
        abort();
    return later;
}

void finish(later *later)
{
    pthread_join(later->thread, NULL);
    close(later->caller);
    free(later);
}

const probe_lists probes = {
    descriptor_probes, socket_probes, selecting_probes, time_probes,
    process_probes,    file_probes,   stdio_probes,     name_probes, alias_probes,
};
