#include "http-request.h"

#include <string.h>
#include <strings.h>

bool equals(struct text text, const char *other)
{
    return text.length == strlen(other) && memcmp(text.start, other, text.length) == 0;
}

static bool equals_ignoring_case(struct text text, const char *other)
{
    return text.length == strlen(other) && strncasecmp(text.start, other, text.length) == 0;
}

static struct text trimmed(struct text text)
{
    while (text.length > 0 && (*text.start == ' ' || *text.start == '\t')) {
        text.start++;
        text.length--;
    }
    while (text.length > 0
           && (text.start[text.length - 1] == ' ' || text.start[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* Takes what comes before the next `separator` from the front of `rest`, and
 * the separator with it. */
static bool take_until(struct text *rest, char separator, struct text *taken)
{
    const char *end = memchr(rest->start, separator, rest->length);
    if (end == NULL)
        return false;
    taken->start = rest->start;
    taken->length = (size_t)(end - rest->start);
    rest->start = end + 1;
    rest->length -= taken->length + 1;
    return true;
}

/* A line ends with CRLF, or LF alone (RFC 9112, section 2.2). */
static bool take_line(struct text *rest, struct text *line)
{
    if (!take_until(rest, '\n', line))
        return false;
    if (line->length > 0 && line->start[line->length - 1] == '\r')
        line->length--;
    return true;
}

static enum refusal parse_request_line(struct text line, struct request *request)
{
    if (!take_until(&line, ' ', &request->method) || request->method.length == 0
        || !take_until(&line, ' ', &request->target) || request->target.length == 0)
        return BAD_REQUEST;
    if (line.length != strlen("HTTP/1.1") || memcmp(line.start, "HTTP/", 5) != 0)
        return BAD_REQUEST;
    if (memcmp(line.start + 5, "1.", 2) != 0)
        return NOT_SUPPORTED;
    request->keeps_alive = line.start[7] != '0';
    return NOT_REFUSED;
}

static enum refusal parse_length(struct text value, uint64_t *length)
{
    /* 18 digits can't overflow, and no such body ends. */
    if (value.length == 0 || value.length > 18)
        return BAD_REQUEST;
    *length = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.start[i] < '0' || value.start[i] > '9')
            return BAD_REQUEST;
        *length = *length * 10 + (uint64_t)(value.start[i] - '0');
    }
    return NOT_REFUSED;
}

static enum refusal parse_field(struct text line, struct request *request)
{
    struct text name, option, value = line;
    if (!take_until(&value, ':', &name) || name.length == 0
        || name.start[name.length - 1] == ' ' || name.start[name.length - 1] == '\t')
        return BAD_REQUEST;
    value = trimmed(value);

    if (equals_ignoring_case(name, "Content-Length"))
        return parse_length(value, &request->content_length);
    if (equals_ignoring_case(name, "Transfer-Encoding"))
        return NOT_IMPLEMENTED;
    if (equals_ignoring_case(name, "Connection")) {
        while (take_until(&value, ',', &option))
            if (equals_ignoring_case(trimmed(option), "close"))
                request->keeps_alive = false;
        if (equals_ignoring_case(trimmed(value), "close"))
            request->keeps_alive = false;
    }
    return NOT_REFUSED;
}

bool take_request(struct text *rest, struct request *request)
{
    struct text left = *rest, line;
    *request = (struct request){.refusal = NOT_REFUSED};
    if (!take_line(&left, &line))
        return false;
    request->refusal = parse_request_line(line, request);
    while (request->refusal == NOT_REFUSED) {
        if (!take_line(&left, &line))
            return false;
        if (line.length == 0) {
            *rest = left;
            break;
        }
        request->refusal = parse_field(line, request);
    }
    return true;
}
