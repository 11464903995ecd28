/* Sends what no text is: NUL, other controls, bytes that are not UTF-8, and
 * random ones. */
#include "clients.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sample {
    const char *sent;
    size_t size;
    const char *echoed; /* by the server that reads lines */
    size_t echoed_size;
};

#define SAMPLE(sent, echoed) {sent, sizeof sent - 1, echoed, sizeof echoed - 1}
#define REPLACED "\xef\xbf\xbd" /* U+FFFD */

static const struct sample samples[] = {
    SAMPLE("\0\n", "\0\n"),
    SAMPLE("a\0b\n", "a\0b\n"),
    SAMPLE("\x1b[2J\a\b\n", "\x1b[2J\a\b\n"),
    SAMPLE("\n", "\n"),
    SAMPLE("\r\n", "\n"),
    SAMPLE("\r\r\n", "\r\n"),
    SAMPLE("\xff\n", REPLACED "\n"),
    SAMPLE("cut \xc3\n", "cut " REPLACED "\n"),
    SAMPLE("\xff\xf4\xff\xfd\x06\n", REPLACED REPLACED REPLACED REPLACED "\x06\n"),
    SAMPLE("\xe2\x82\xac and \xf0\x9f\x90\xa6\n", "\xe2\x82\xac and \xf0\x9f\x90\xa6\n"),
};

enum { SAMPLES = sizeof samples / sizeof *samples };

static void expect(int fd, const char *expected, size_t size)
{
    char received[64];
    for (size_t done = 0; done < size;) {
        size_t count = receive_some(fd, received, size - done);
        if (count == 0)
            fail("ended by the server");
        if (memcmp(received, expected + done, count) != 0)
            fail("other bytes came back than expected for a line of %zu bytes", size);
        done += count;
    }
}

static void send_samples(struct server server)
{
    int fd = connect_as_member(server);
    for (size_t i = 0; i < SAMPLES; i++) {
        send_all(fd, samples[i].sent, samples[i].size);
        if (server.service == TCP_ECHO)
            expect(fd, samples[i].sent, samples[i].size);
        else if (server.service == ECHO_SERVER)
            expect(fd, samples[i].echoed, samples[i].echoed_size);
    }
    close(fd);
}

/* As the first thing said: in a chat, as a name. */
static void send_noise(struct server server)
{
    char bytes[8192];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)rand();
    int fd = connect_to(server.port);
    send_all(fd, bytes, sizeof bytes);
    pause_for(0.001);
    close(fd);
}

unsigned long garbage(struct server server, double seconds)
{
    unsigned long count = 0;
    for (double end = now() + seconds; count == 0 || now() < end; count++) {
        send_samples(server);
        send_noise(server);
    }
    return count;
}
