#include "CEventletTLS.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

// MARK: Buffers

bool ev_tls_buffer_reserve(ev_tls_buffer *buffer, size_t count)
{
    size_t held = buffer->end - buffer->start;
    if (buffer->capacity - buffer->end >= count)
        return true;
    if (buffer->start > 0 && buffer->capacity - held >= count) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, held);
    } else {
        // Doubled, so that many small additions stay linear.
        size_t wanted = held + count;
        if (held > 0 && wanted < 2 * buffer->capacity)
            wanted = 2 * buffer->capacity;
        uint8_t *bytes = malloc(wanted);
        if (!bytes)
            return false;
        if (held > 0)
            memcpy(bytes, buffer->bytes + buffer->start, held);
        free(buffer->bytes);
        buffer->bytes = bytes;
        buffer->capacity = wanted;
    }
    buffer->start = 0;
    buffer->end = held;
    return true;
}

void ev_tls_buffer_free(ev_tls_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (ev_tls_buffer){0};
}

void ev_tls_buffer_shrink(ev_tls_buffer *buffer, size_t capacity)
{
    if (buffer->start == buffer->end && buffer->capacity > capacity)
        ev_tls_buffer_free(buffer);
}

// MARK: Records

// RFC 8446, sections 5.1 and 5.2; RFC 5246, section 6.2.3: type, version, the length of what
// follows, and the most that this may be.
enum { HEADER_SIZE = 5, MOST_IN_RECORD = 16384 + 2048, FIRST_TYPE = 20, LAST_TYPE = 24 };

size_t ev_tls_missing_of_record(const ev_tls_channel *channel)
{
    const ev_tls_buffer *incoming = &channel->incoming;
    size_t available = incoming->end - incoming->start;
    if (available < HEADER_SIZE)
        return HEADER_SIZE - available;
    const uint8_t *header = incoming->bytes + incoming->start;
    size_t size = HEADER_SIZE + ((size_t)header[3] << 8 | header[4]);
    return size > available ? size - available : 0;
}

static bool is_header(const uint8_t *bytes)
{
    return bytes[0] >= FIRST_TYPE && bytes[0] <= LAST_TYPE && bytes[1] == 3
        && ((size_t)bytes[3] << 8 | bytes[4]) <= MOST_IN_RECORD;
}

// How much OpenSSL may read. Whole records alone: of half a one it would keep the first part in a
// buffer of 16 KiB, and nobody could tell any more where the record ends.
static size_t readable(ev_tls_channel *channel)
{
    const ev_tls_buffer *incoming = &channel->incoming;
    size_t available = incoming->end - incoming->start;
    if (channel->is_nonsense)
        return available;
    if (channel->record_rest > 0)
        return channel->record_rest;
    if (available < HEADER_SIZE)
        return 0;
    if (!is_header(incoming->bytes + incoming->start)) {
        channel->is_nonsense = true;
        return available;
    }
    if (ev_tls_missing_of_record(channel) > 0)
        return 0;
    const uint8_t *header = incoming->bytes + incoming->start;
    channel->record_rest = HEADER_SIZE + ((size_t)header[3] << 8 | header[4]);
    return channel->record_rest;
}

// MARK: The BIO

static int channel_read(BIO *bio, char *to, size_t count, size_t *read)
{
    ev_tls_channel *channel = BIO_get_data(bio);
    ev_tls_buffer *incoming = &channel->incoming;
    size_t most = readable(channel);
    BIO_clear_retry_flags(bio);
    if (most == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *read = count < most ? count : most;
    memcpy(to, incoming->bytes + incoming->start, *read);
    incoming->start += *read;
    if (channel->record_rest > 0)
        channel->record_rest -= *read;
    return 1;
}

static int channel_write(BIO *bio, const char *from, size_t count, size_t *written)
{
    ev_tls_buffer *outgoing = &((ev_tls_channel *)BIO_get_data(bio))->outgoing;
    BIO_clear_retry_flags(bio);
    if (!ev_tls_buffer_reserve(outgoing, count))
        return 0;
    memcpy(outgoing->bytes + outgoing->end, from, count);
    outgoing->end += count;
    *written = count;
    return 1;
}

static long channel_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    // What is written is there at once. Everything else that may be asked is answered by no.
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *channel_method;

static void make_channel_method(void)
{
    int type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK;
    BIO_METHOD *method = BIO_meth_new(type, "eventlet channel");
    if (!method)
        return;
    BIO_meth_set_read_ex(method, channel_read);
    BIO_meth_set_write_ex(method, channel_write);
    BIO_meth_set_ctrl(method, channel_control);
    channel_method = method;
}

bool ev_tls_attach(SSL *ssl, ev_tls_channel *channel)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_channel_method);
    BIO *bio = channel_method ? BIO_new(channel_method) : NULL;
    if (!bio)
        return false;
    BIO_set_data(bio, channel);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return true;
}

// MARK: Macros

void ev_tls_set_defaults(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Without the last, a chain that is a single certificate is completed, and verified, anew in
    // each handshake.
    SSL_CTX_set_mode(
        context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_dh_auto(context, 1);
}

void ev_tls_disable_tickets(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
}

void ev_tls_set_server_name_callback(SSL_CTX *context, int (*callback)(SSL *, int *, void *))
{
    SSL_CTX_set_tlsext_servername_callback(context, callback);
}

unsigned long ev_tls_name_format(void)
{
    return XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
}

SSL *ev_tls_connection_of(X509_STORE_CTX *verification)
{
    return X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
}
