/* What epoll-http answers. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stddef.h>

#include "http-request.h"

enum { ANSWER_SIZE = 256 };

enum ending { STAYS_OPEN, CLOSES, ENDINGS };

struct answer {
    const char *status;
    const char *fields; /* each with its line end */
    const char *body;

    size_t length[ENDINGS];
    char bytes[ENDINGS][ANSWER_SIZE];
};

/* Puts all answers together anew if the second has changed, and with it their
 * date. To be called whenever time may have passed. */
void refresh_answers(void);

const struct answer *answer_to(const struct request *request);

#endif
