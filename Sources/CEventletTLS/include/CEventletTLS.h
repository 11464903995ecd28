// What joins an SSL object to the bytes below it, and what OpenSSL offers as macros alone.
//
// OpenSSL reads records from memory and writes them to memory: nothing here makes a system call
// that could wait, so no frame of OpenSSL is ever on a stack that parks.

#ifndef CEVENTLETTLS_H
#define CEVENTLETTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_st;
struct ssl_ctx_st;
struct x509_store_ctx_st;

/// Bytes from `start` to `end` of `capacity`; no memory at all while there are none to be kept.
typedef struct ev_tls_buffer {
    uint8_t *bytes;
    size_t start;
    size_t end;
    size_t capacity;
} ev_tls_buffer;

/// The records of one connection on their way.
typedef struct ev_tls_channel {
    /// Received, and not yet read by OpenSSL. Only the one who receives moves or frees its memory:
    /// it may be waiting for more to come into it.
    ev_tls_buffer incoming;
    /// Written by OpenSSL at any call, and not yet being sent.
    ev_tls_buffer outgoing;
    /// Being sent: its memory stays where it is meanwhile.
    ev_tls_buffer sending;
    /// How much OpenSSL has still to read of the record that it is in the middle of.
    size_t record_rest;
    /// What comes is no TLS, or is broken: OpenSSL may see all of it at once, and say so.
    bool is_nonsense;
} ev_tls_channel;

/// Makes room for `count` bytes behind the end. False when there is no memory.
bool ev_tls_buffer_reserve(ev_tls_buffer *buffer, size_t count);
/// Frees the memory, and what is in it.
void ev_tls_buffer_free(ev_tls_buffer *buffer);
/// Frees the memory if the buffer is empty and has more than `capacity`.
void ev_tls_buffer_shrink(ev_tls_buffer *buffer, size_t capacity);

/// Has `ssl` read and write the records of `channel`, which must outlive it. False when there is no
/// memory.
bool ev_tls_attach(struct ssl_st *ssl, ev_tls_channel *channel);

/// How many bytes are missing of the record at the front of what was received; 0 when it is
/// complete. Of a header that is incomplete itself: what the header needs.
size_t ev_tls_missing_of_record(const ev_tls_channel *channel);

/// What holds for all contexts: no renegotiation, no compression, certificates as they were given,
/// and no memory for records while there are none.
void ev_tls_set_defaults(struct ssl_ctx_st *context);
/// No tickets, of either version.
void ev_tls_disable_tickets(struct ssl_ctx_st *context);

/// Has `callback` choose by the name that a client asks for; it gives SSL_TLSEXT_ERR_*.
void ev_tls_set_server_name_callback(
    struct ssl_ctx_st *context, int (*callback)(struct ssl_st *, int *alert, void *unused));

/// How names are printed: as RFC 2253 has them, with letters beyond ASCII as they are.
unsigned long ev_tls_name_format(void);

/// The connection whose peer is being verified.
struct ssl_st *ev_tls_connection_of(struct x509_store_ctx_st *verification);

#endif
