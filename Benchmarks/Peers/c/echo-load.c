/*
 * echo-load PORT CONNECTIONS SECONDS MESSAGE_SIZE
 *
 * Loads a TCP echo server on 127.0.0.1:PORT, as ping-pong.h describes.
 */
#include "ping-pong.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

static size_t message_size;

static void fill(char *message, char *reply, size_t number)
{
    for (size_t i = 0; i < message_size; i++)
        message[i] = reply[i] = (char)(number * 31 + i * 7);
}

static void stamp(char *message, char *reply, uint64_t number)
{
    size_t size = message_size < sizeof number ? message_size : sizeof number;
    memcpy(message, &number, size);
    memcpy(reply, &number, size);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: echo-load PORT CONNECTIONS SECONDS MESSAGE_SIZE\n");
        return 2;
    }
    uint16_t port = (uint16_t)parse(argv[1], "PORT", 1, UINT16_MAX);
    size_t count = (size_t)parse(argv[2], "CONNECTIONS", 1, MAX_CONNECTIONS);
    double seconds = parse(argv[3], "SECONDS", 0, MAX_SECONDS);
    message_size = (size_t)parse(argv[4], "MESSAGE_SIZE", 1, MAX_MESSAGE_SIZE);

    struct ping_pong game = {
        .message_size = message_size,
        .reply_size = message_size,
        .open = connect_to,
        .fill = fill,
        .stamp = stamp,
    };
    return play(&game, port, count, seconds);
}
