/* The head of an HTTP/1.1 request, as far as epoll-http has to understand it. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes in somebody else's memory. */
struct text {
    const char *start;
    size_t length;
};

/* Why a request is not understood. Where the next one would begin is then not
 * known either. */
enum refusal { NOT_REFUSED, BAD_REQUEST, TOO_LARGE, NOT_IMPLEMENTED, NOT_SUPPORTED };

struct request {
    struct text method;
    struct text target;
    bool keeps_alive;
    uint64_t content_length;
    enum refusal refusal;
};

bool equals(struct text text, const char *other);

/* Takes a request's head from the front of `rest`. Returns false, and takes
 * nothing, if it is not complete yet; of one that is refused, too, nothing is
 * taken. */
bool take_request(struct text *rest, struct request *request);

#endif
