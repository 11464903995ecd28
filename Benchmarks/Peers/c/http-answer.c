#define _GNU_SOURCE

#include "http-answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct answer plaintext = {
    .status = "200 OK", .fields = "Content-Type: text/plain\r\n", .body = "Hello, World!"};
static struct answer json = {.status = "200 OK",
                             .fields = "Content-Type: application/json\r\n",
                             .body = "{\"message\":\"Hello, World!\"}"};
static struct answer not_found = {.status = "404 Not Found", .fields = "", .body = ""};
static struct answer not_allowed = {
    .status = "405 Method Not Allowed", .fields = "Allow: GET\r\n", .body = ""};

/* After these the connection closes. */
static struct answer bad_request = {.status = "400 Bad Request", .fields = "", .body = ""};
static struct answer too_large = {
    .status = "431 Request Header Fields Too Large", .fields = "", .body = ""};
static struct answer not_implemented = {.status = "501 Not Implemented", .fields = "", .body = ""};
static struct answer not_supported = {
    .status = "505 HTTP Version Not Supported", .fields = "", .body = ""};

static struct answer *const answers[] = {&plaintext,   &json,      &not_found,       &not_allowed,
                                         &bad_request, &too_large, &not_implemented, &not_supported};

static void put_together(struct answer *answer, enum ending ending, const char *date)
{
    int length = snprintf(answer->bytes[ending], ANSWER_SIZE,
                          "HTTP/1.1 %s\r\n%s%sContent-Length: %zu\r\nDate: %s\r\n\r\n%s",
                          answer->status, answer->fields,
                          ending == CLOSES ? "Connection: close\r\n" : "", strlen(answer->body),
                          date, answer->body);
    if (length < 0 || length >= ANSWER_SIZE)
        abort();
    answer->length[ending] = (size_t)length;
}

void refresh_answers(void)
{
    static time_t shown;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec == shown)
        return;
    shown = now.tv_sec;

    /* Without setlocale, the names of days and months are English. */
    char date[64];
    struct tm parts;
    gmtime_r(&shown, &parts);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        for (enum ending ending = STAYS_OPEN; ending < ENDINGS; ending++)
            put_together(answers[i], ending, date);
}

const struct answer *answer_to(const struct request *request)
{
    switch (request->refusal) {
    case TOO_LARGE:
        return &too_large;
    case BAD_REQUEST:
        return &bad_request;
    case NOT_IMPLEMENTED:
        return &not_implemented;
    case NOT_SUPPORTED:
        return &not_supported;
    case NOT_REFUSED:
        break;
    }
    const struct answer *answer = equals(request->target, "/plaintext") ? &plaintext
        : equals(request->target, "/json")                              ? &json
                                                                        : &not_found;
    return answer == &not_found || equals(request->method, "GET") ? answer : &not_allowed;
}
