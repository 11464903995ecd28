/* A load of connections that each wait for a reply before they go on. */
#ifndef PING_PONG_H
#define PING_PONG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Loads a server on 127.0.0.1 from one thread. Every connection plays
 * ping-pong: it sends a message, waits until all of the reply is there, checks
 * the bytes, and sends the next.
 */
struct ping_pong {
    size_t message_size;
    size_t reply_size;

    /* Returns a socket on which messages can be sent. It may block. */
    int (*open)(uint16_t port);

    /* Fills in the bytes of connection `number` that stay. They should differ
     * from its neighbours', so that a reply that went to the wrong connection
     * is noticed. */
    void (*fill)(char *message, char *reply, size_t number);

    /* Makes the message differ from the one before, so that stale bytes are
     * noticed too. */
    void (*stamp)(char *message, char *reply, uint64_t number);
};

/*
 * Plays on `connections` connections. After `seconds` no new message is sent,
 * the last replies are awaited, and one JSON object is printed:
 *
 *     {"messages":N,"seconds":S,"errors":E}
 *
 * A connection that fails counts as one error: a wrong byte, an early end, or
 * a reply that is still missing a second after the last message was sent.
 * Returns the exit status, which is 1 if there was any.
 */
int play(const struct ping_pong *game, uint16_t port, size_t connections, double seconds);

enum {
    MAX_CONNECTIONS = 60000,
    MAX_MESSAGE_SIZE = 1 << 24,
    MAX_SECONDS = 3600,
};

#endif
