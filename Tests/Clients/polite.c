/*
 * Talks as people do, while others misbehave, and must get right answers, each
 * within a bound. Some connections are kept from beginning to end, and a new
 * one is made for every tenth message.
 */
#define _GNU_SOURCE
#include "clients.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The longest there is: a welcome that names all the members of a crowded chat. */
enum { LONGEST_LINE = 64 * 1024 };

struct person {
    int fd;
    char name[32];
    char unread[LONGEST_LINE];
    size_t count;
};

/* Reads a line without its end, LF or CR LF. */
static void read_line(struct person *person, char line[LONGEST_LINE])
{
    char *end;
    while ((end = memchr(person->unread, '\n', person->count)) == NULL) {
        size_t room = sizeof person->unread - person->count;
        size_t received =
            room > 0 ? receive_some(person->fd, person->unread + person->count, room) : 0;
        if (received == 0)
            fail("%s: ended by the server, or a line without end", person->name);
        person->count += received;
    }
    size_t length = (size_t)(end - person->unread);
    if (length >= LONGEST_LINE)
        fail("%s: a line of %zu bytes", person->name, length);
    memcpy(line, person->unread, length);
    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    person->count -= length + 1;
    memmove(person->unread, end + 1, person->count);
}

/* Goes through what others have said, up to that line. */
static void await_line(struct person *person, const char *expected)
{
    char line[LONGEST_LINE];
    do {
        read_line(person, line);
        /* Nobody may send others what upsets their terminals. */
        for (const char *at = line; *at != '\0'; at++)
            if ((unsigned char)*at < ' ' || *at == 0x7f)
                fail("%s: was sent the control character %d", person->name, *at);
    } while (strcmp(line, expected) != 0);
}

static void tell(struct person *person, const char *text)
{
    char line[128];
    int length = snprintf(line, sizeof line, "%s\r\n", text);
    send_all(person->fd, line, (size_t)length);
}

static void enter(struct person *person, struct server server)
{
    person->fd = connect_to(server.port);
    person->count = 0;
    snprintf(person->name, sizeof person->name, "%s", new_name());
    if (server.service == CHAT_SERVER)
        tell(person, person->name);
}

/* One says something, and the other must read it; with an echo server both are
 * the same. */
static void converse(struct person *speaker, struct person *listener, struct server server,
                     unsigned long number)
{
    char said[64], heard[128];
    snprintf(said, sizeof said, "message %lu of %s", number, speaker->name);
    tell(speaker, said);
    if (server.service != CHAT_SERVER) {
        char line[LONGEST_LINE];
        read_line(speaker, line);
        if (strcmp(line, said) != 0)
            fail("%s: got '%s', not '%s'", speaker->name, line, said);
        return;
    }
    snprintf(heard, sizeof heard, "%s: %s", speaker->name, said);
    await_line(listener, heard);
}

void polite(struct server server, double seconds, double bound)
{
    static struct person people[2], guest;
    enter(&people[0], server);
    enter(&people[1], server);
    if (server.service == CHAT_SERVER) {
        /* Whoever is not in the room yet hears nothing. */
        char news[64];
        snprintf(news, sizeof news, "%s has come", people[1].name);
        await_line(&people[0], news);
    }

    unsigned long answers = 0;
    double slowest = 0;
    for (double end = now() + seconds; now() < end; answers++) {
        double start = now();
        struct person *speaker = &people[answers % 2], *listener = &people[(answers + 1) % 2];
        if (answers % 10 == 9)
            enter(speaker = &guest, server);
        converse(speaker, listener, server, answers);
        if (speaker == &guest)
            close(guest.fd);
        double taken = now() - start;
        slowest = taken > slowest ? taken : slowest;
        if (taken > bound)
            fail("answer %lu took %.1f s", answers, taken);
        pause_for(0.002);
    }
    printf("polite: %lu right answers, the slowest within %.0f ms\n", answers, slowest * 1e3);
}
