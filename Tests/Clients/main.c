/*
 * clients many PORT PID CONNECTIONS
 * clients KIND SERVICE PORT SECONDS
 *
 * SERVICE is the example that listens at 127.0.0.1:PORT.
 */
#include "clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The polite client's patience, on a machine that others load. */
static const double BOUND_SECONDS = 10;

static const char *const service_names[] = {
    [ECHO_SERVER] = "echo-server",
    [TCP_ECHO] = "tcp-echo",
    [CHAT_SERVER] = "chat-server",
};

static const struct {
    const char *name;
    unsigned long (*run)(struct server, double);
} hostile[] = {
    {"reset", reset},
    {"half-close", half_close},
    {"silent", silent},
    {"endless", endless_line},
    {"never-read", never_read},
    {"flood", flood},
    {"crowd", crowd},
    {"garbage", garbage},
};

_Noreturn static void usage(void)
{
    fprintf(stderr, "usage: clients many PORT PID CONNECTIONS\n"
                    "       clients KIND SERVICE PORT SECONDS\n"
                    "kinds: polite");
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        fprintf(stderr, " %s", hostile[i].name);
    fputc('\n', stderr);
    exit(2);
}

static unsigned long number(const char *text, unsigned long most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value == 0 || value > most)
        usage();
    return value;
}

static enum service service(const char *name)
{
    for (size_t i = 0; i < sizeof service_names / sizeof *service_names; i++)
        if (strcmp(name, service_names[i]) == 0)
            return (enum service)i;
    usage();
}

int main(int argc, char **argv)
{
    if (argc != 5)
        usage();
    client_name = argv[1];
    if (strcmp(argv[1], "many") == 0) {
        many((uint16_t)number(argv[2], UINT16_MAX), (pid_t)number(argv[3], INT32_MAX),
             number(argv[4], UINT16_MAX));
        return 0;
    }
    struct server server = {service(argv[2]), (uint16_t)number(argv[3], UINT16_MAX)};
    double seconds = (double)number(argv[4], 3600);
    if (strcmp(argv[1], "polite") == 0) {
        polite(server, seconds, BOUND_SECONDS);
        return 0;
    }
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        if (strcmp(argv[1], hostile[i].name) == 0) {
            printf("%s: %lu times\n", argv[1], hostile[i].run(server, seconds));
            return 0;
        }
    }
    usage();
}
