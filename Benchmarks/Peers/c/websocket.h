/* The client's side of the WebSocket protocol (RFC 6455), as far as a load
 * needs it: the handshake, and frames that are whole messages. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

enum opcode { TEXT = 1, BINARY = 2 };

enum {
    MASK_SIZE = 4,
    MAX_HEADER_SIZE = 2 + 8 + MASK_SIZE,
};

/* Turns a connection that may block into a WebSocket; ends the program if the
 * server does not want to. */
void open_websocket(int fd);

/* The size of the header of a message of `size` bytes, without the mask. */
size_t header_size(size_t size);

/* Writes that header, as a server sends it. */
void write_header(char *header, enum opcode opcode, size_t size);

/* Writes a message as a client sends it: header, mask, and masked payload,
 * which is header_size(size) + MASK_SIZE + size bytes. */
void write_masked(char *frame, enum opcode opcode, const char *payload, size_t size,
                  const char mask[MASK_SIZE]);

#endif
