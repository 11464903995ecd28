/*
 * websocket-load PORT CONNECTIONS SECONDS MESSAGE_SIZE text|binary
 *
 * Loads a WebSocket echo server on 127.0.0.1:PORT, as ping-pong.h describes.
 * The server has to answer each message by one of one frame.
 */
#include "ping-pong.h"
#include "support.h"
#include "websocket.h"

#include <stdio.h>
#include <string.h>

enum { STAMP_SIZE = 16 };

static enum opcode opcode;
static size_t message_size;

static int open_connection(uint16_t port)
{
    int fd = connect_to(port);
    open_websocket(fd);
    return fd;
}

/* Letters and digits, which text may be as well. */
static void fill(char *message, char *reply, size_t number)
{
    char *payload = reply + header_size(message_size);
    write_header(reply, opcode, message_size);
    for (size_t i = 0; i < message_size; i++)
        payload[i] = (char)('a' + (number * 31 + i * 7) % 26);

    uint32_t key = (uint32_t)(number + 1) * 2654435761u;
    char mask[MASK_SIZE];
    memcpy(mask, &key, sizeof mask);
    write_masked(message, opcode, payload, message_size, mask);
}

static void stamp(char *message, char *reply, uint64_t number)
{
    char *payload = reply + header_size(message_size);
    char *mask = message + header_size(message_size);
    char *masked = mask + MASK_SIZE;
    for (size_t i = 0; i < STAMP_SIZE; i++) {
        payload[i] = "0123456789abcdef"[number >> i * 4 & 15];
        masked[i] = payload[i] ^ mask[i % MASK_SIZE];
    }
}

int main(int argc, char **argv)
{
    if (argc != 6 || (strcmp(argv[5], "text") != 0 && strcmp(argv[5], "binary") != 0)) {
        fprintf(stderr,
                "usage: websocket-load PORT CONNECTIONS SECONDS MESSAGE_SIZE text|binary\n");
        return 2;
    }
    uint16_t port = (uint16_t)parse(argv[1], "PORT", 1, UINT16_MAX);
    size_t count = (size_t)parse(argv[2], "CONNECTIONS", 1, MAX_CONNECTIONS);
    double seconds = parse(argv[3], "SECONDS", 0, MAX_SECONDS);
    message_size = (size_t)parse(argv[4], "MESSAGE_SIZE", STAMP_SIZE, MAX_MESSAGE_SIZE);
    opcode = strcmp(argv[5], "text") == 0 ? TEXT : BINARY;

    struct ping_pong game = {
        .message_size = header_size(message_size) + MASK_SIZE + message_size,
        .reply_size = header_size(message_size) + message_size,
        .open = open_connection,
        .fill = fill,
        .stamp = stamp,
    };
    return play(&game, port, count, seconds);
}
