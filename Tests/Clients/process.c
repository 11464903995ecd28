#define _GNU_SOURCE
#include "clients.h"

#include <dirent.h>
#include <stdio.h>

size_t open_descriptors(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    DIR *directory = opendir(path);
    if (directory == NULL)
        fail("%s: %m", path);
    size_t count = 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2; /* . and .. */
}

size_t resident_kib(pid_t pid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail("%s: %m", path);
    size_t kib = 0;
    while (kib == 0 && fgets(line, sizeof line, file) != NULL)
        (void)sscanf(line, "VmRSS: %zu", &kib);
    fclose(file);
    return kib;
}

void await_descriptors(pid_t pid, size_t count, const char *when)
{
    double deadline = now() + PATIENCE_SECONDS;
    size_t found;
    while ((found = open_descriptors(pid)) != count) {
        if (now() > deadline)
            fail("the server has %zu descriptors %s, not %zu", found, when, count);
        pause_for(0.02);
    }
}
