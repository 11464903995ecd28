/* Says all it has to say at once, ends its sending, and wants to read all
 * answers up to the end. */
#define _GNU_SOURCE
#include "clients.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINES = 200 };

/* The last line has no end: what there is of it counts. */
static size_t compose(char *text, size_t room, const char *name)
{
    size_t length = 0;
    for (int i = 0; i < LINES; i++)
        length += (size_t)snprintf(text + length, room - length, "%s: line %d%s", name, i,
                                   i < LINES - 1 ? "\n" : "");
    return length;
}

static size_t receive_all(int fd, char *bytes, size_t room)
{
    size_t length = 0, received;
    while ((received = receive_some(fd, bytes + length, room - length)) > 0)
        length += received;
    if (length == room)
        fail("more came back than was to be expected");
    return length;
}

static void echo(struct server server)
{
    char sent[LINES * 64], received[LINES * 64 + 2];
    size_t length = compose(sent, sizeof sent - 1, new_name());
    int fd = connect_to(server.port);
    send_all(fd, sent, length);
    end_sending(fd);

    if (server.service == ECHO_SERVER)
        sent[length++] = '\n';
    size_t back = receive_all(fd, received, sizeof received);
    if (back != length || memcmp(sent, received, length) != 0)
        fail("%zu bytes came back, not the %zu expected, or other ones", back, length);
    close(fd);
}

static void chat(struct server server)
{
    char text[64], welcome[64];
    /* News of other clients may come before the end. */
    static char received[MIB];
    const char *name = new_name();
    /* The end is there before the server has begun to greet. */
    int length = snprintf(text, sizeof text, "%s", name);
    snprintf(welcome, sizeof welcome, "Welcome, %s!", name);
    int fd = connect_to(server.port);
    send_all(fd, text, (size_t)length);
    end_sending(fd);
    size_t back = receive_all(fd, received, sizeof received);
    if (memmem(received, back, welcome, strlen(welcome)) == NULL)
        fail("no welcome in: %.*s", (int)back, received);
    close(fd);
}

unsigned long half_close(struct server server, double seconds)
{
    unsigned long count = 0;
    for (double end = now() + seconds; count == 0 || now() < end; count++) {
        if (server.service == CHAT_SERVER)
            chat(server);
        else
            echo(server);
    }
    return count;
}
