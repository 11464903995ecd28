// Questions to name servers in their own format. As for names, a helper thread asks.
#include "names.h"

#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>

// Older headers have them be other names of these.
#undef res_query
#undef res_search
#undef res_querydomain
#undef res_send
#undef res_nquery
#undef res_nsearch
#undef res_nquerydomain
#undef res_nsend

EV_BEGIN_HOOKS

typedef unsigned char byte;

EV_ORIGINAL(int, res_query, (const char *, int, int, byte *, int))
EV_ORIGINAL(int, res_search, (const char *, int, int, byte *, int))
EV_ORIGINAL(int, res_querydomain, (const char *, const char *, int, int, byte *, int))
EV_ORIGINAL(int, res_send, (const byte *, int, byte *, int))
EV_ORIGINAL(int, res_nquery, (res_state, const char *, int, int, byte *, int))
EV_ORIGINAL(int, res_nsearch, (res_state, const char *, int, int, byte *, int))
EV_ORIGINAL(int, res_nquerydomain,
            (res_state, const char *, const char *, int, int, byte *, int))
EV_ORIGINAL(int, res_nsend, (res_state, const byte *, int, byte *, int))

typedef enum way { BY_QUERY, BY_SEARCH, BY_DOMAIN, BY_MESSAGE } way;

/// With a state of the caller's all memory is his, and he waits to the end; without one the
/// helper's own state serves, and all memory is the job's.
typedef struct question {
    ev_patch_job job;
    way way;
    res_state state;
    const char *name, *domain;
    const byte *message;
    int message_length, class, type, room;
    byte *answer;
    int result, host_error;
} question;

static void ask(ev_patch_job *opaque)
{
    question *job = (question *)opaque;
    const char *name = job->name, *domain = job->domain;
    res_state state = job->state;
    byte *answer = job->answer;
    int class = job->class, type = job->type, room = job->room;
    switch (job->way) {
    case BY_QUERY:
        job->result = state ? EV_CALL_ORIGINAL(res_nquery, state, name, class, type, answer, room)
                            : EV_CALL_ORIGINAL(res_query, name, class, type, answer, room);
        break;
    case BY_SEARCH:
        job->result = state
                          ? EV_CALL_ORIGINAL(res_nsearch, state, name, class, type, answer, room)
                          : EV_CALL_ORIGINAL(res_search, name, class, type, answer, room);
        break;
    case BY_DOMAIN:
        job->result = state ? EV_CALL_ORIGINAL(res_nquerydomain, state, name, domain, class, type,
                                               answer, room)
                            : EV_CALL_ORIGINAL(res_querydomain, name, domain, class, type, answer,
                                               room);
        break;
    case BY_MESSAGE:
        job->result = state ? EV_CALL_ORIGINAL(res_nsend, state, job->message,
                                               job->message_length, answer, room)
                            : EV_CALL_ORIGINAL(res_send, job->message, job->message_length,
                                               answer, room);
        break;
    }
    job->host_error = h_errno;
}

static void free_question(ev_patch_job *opaque)
{
    question *job = (question *)opaque;
    if (!job->state) {
        free((char *)job->name);
        free((char *)job->domain);
        free((byte *)job->message);
        free(job->answer);
    }
    free(job);
}

/// Returns what the helper got, with errno and h_errno.
static int take_answer(question *job)
{
    if (job->result >= 0 || job->way != BY_MESSAGE)
        h_errno = job->host_error;
    errno = job->job.error;
    return job->result;
}

static int fail_for_memory(void)
{
    h_errno = NETDB_INTERNAL;
    errno = ENOMEM;
    return -1;
}

/// The helper works in the caller's memory, so nothing ends the wait.
static int ask_with_state(const question *asked)
{
    question *job = malloc(sizeof *job);
    if (!job)
        return fail_for_memory();
    *job = *asked;
    ev_patch_perform_to_the_end(&job->job);
    int result = take_answer(job);
    ev_names_done(&job->job);
    return result;
}

/// False: there is no memory.
static bool copy_into(question *job, const question *asked)
{
    *job = *asked;
    job->name = ev_names_copy(asked->name);
    job->domain = ev_names_copy(asked->domain);
    job->message = NULL;
    if (asked->message) {
        byte *message = malloc((size_t)asked->message_length);
        if (message)
            memcpy(message, asked->message, (size_t)asked->message_length);
        job->message = message;
    }
    job->answer = malloc((size_t)asked->room);
    return job->answer && !job->name == !asked->name && !job->domain == !asked->domain
           && !job->message == !asked->message;
}

static int ask_without_state(const question *asked)
{
    question *job = malloc(sizeof *job);
    if (!job)
        return fail_for_memory();
    if (!copy_into(job, asked)) {
        free_question(&job->job);
        return fail_for_memory();
    }
    int result = -1;
    if (ev_names_perform(&job->job) == EV_PATCH_INTERRUPTED) {
        h_errno = NETDB_INTERNAL;
    } else {
        result = take_answer(job);
        // The length may be that of an answer for which there was no room.
        if (result > 0)
            memcpy(asked->answer, job->answer,
                   (size_t)(result < asked->room ? result : asked->room));
    }
    ev_names_done(&job->job);
    return result;
}

static int ask_greenly(question asked)
{
    asked.job = (ev_patch_job){ .perform = ask, .destroy = free_question };
    return asked.state ? ask_with_state(&asked) : ask_without_state(&asked);
}

/// Without room for an answer, or a question, libc knows what to say.
static bool applies(int room)
{
    return room > 0 && ev_patch_applies(EV_PATCH_DNS);
}

EV_HOOK int res_query(const char *name, int class, int type, byte *answer, int room)
{
    if (!applies(room))
        return EV_CALL_ORIGINAL(res_query, name, class, type, answer, room);
    return ask_greenly((question){ .way = BY_QUERY, .name = name, .class = class, .type = type,
                                   .answer = answer, .room = room });
}

EV_HOOK int res_search(const char *name, int class, int type, byte *answer, int room)
{
    if (!applies(room))
        return EV_CALL_ORIGINAL(res_search, name, class, type, answer, room);
    return ask_greenly((question){ .way = BY_SEARCH, .name = name, .class = class, .type = type,
                                   .answer = answer, .room = room });
}

EV_HOOK int res_querydomain(const char *name, const char *domain, int class, int type,
                            byte *answer, int room)
{
    if (!applies(room))
        return EV_CALL_ORIGINAL(res_querydomain, name, domain, class, type, answer, room);
    return ask_greenly((question){ .way = BY_DOMAIN, .name = name, .domain = domain,
                                   .class = class, .type = type, .answer = answer,
                                   .room = room });
}

EV_HOOK int res_send(const byte *message, int length, byte *answer, int room)
{
    if (length <= 0 || !applies(room))
        return EV_CALL_ORIGINAL(res_send, message, length, answer, room);
    return ask_greenly((question){ .way = BY_MESSAGE, .message = message, .message_length = length,
                                   .answer = answer, .room = room });
}

EV_HOOK int res_nquery(res_state state, const char *name, int class, int type, byte *answer,
                       int room)
{
    if (!applies(room))
        return EV_CALL_ORIGINAL(res_nquery, state, name, class, type, answer, room);
    return ask_greenly((question){ .way = BY_QUERY, .state = state, .name = name, .class = class,
                                   .type = type, .answer = answer, .room = room });
}

EV_HOOK int res_nsearch(res_state state, const char *name, int class, int type, byte *answer,
                        int room)
{
    if (!applies(room))
        return EV_CALL_ORIGINAL(res_nsearch, state, name, class, type, answer, room);
    return ask_greenly((question){ .way = BY_SEARCH, .state = state, .name = name, .class = class,
                                   .type = type, .answer = answer, .room = room });
}

EV_HOOK int res_nquerydomain(res_state state, const char *name, const char *domain, int class,
                             int type, byte *answer, int room)
{
    if (!applies(room))
        return EV_CALL_ORIGINAL(res_nquerydomain, state, name, domain, class, type, answer,
                                room);
    return ask_greenly((question){ .way = BY_DOMAIN, .state = state, .name = name,
                                   .domain = domain, .class = class, .type = type,
                                   .answer = answer, .room = room });
}

EV_HOOK int res_nsend(res_state state, const byte *message, int length, byte *answer, int room)
{
    if (length <= 0 || !applies(room))
        return EV_CALL_ORIGINAL(res_nsend, state, message, length, answer, room);
    return ask_greenly((question){ .way = BY_MESSAGE, .state = state, .message = message,
                                   .message_length = length, .answer = answer, .room = room });
}

// What programs call that were built with libc before 2.34.
EV_HOOK extern int __res_query(const char *, int, int, byte *, int)
    __attribute__((alias("res_query")));
EV_HOOK extern int __res_search(const char *, int, int, byte *, int)
    __attribute__((alias("res_search")));
EV_HOOK extern int __res_querydomain(const char *, const char *, int, int, byte *, int)
    __attribute__((alias("res_querydomain")));
EV_HOOK extern int __res_send(const byte *, int, byte *, int) __attribute__((alias("res_send")));
EV_HOOK extern int __res_nquery(res_state, const char *, int, int, byte *, int)
    __attribute__((alias("res_nquery")));
EV_HOOK extern int __res_nsearch(res_state, const char *, int, int, byte *, int)
    __attribute__((alias("res_nsearch")));
EV_HOOK extern int __res_nquerydomain(res_state, const char *, const char *, int, int, byte *, int)
    __attribute__((alias("res_nquerydomain")));
EV_HOOK extern int __res_nsend(res_state, const byte *, int, byte *, int)
    __attribute__((alias("res_nsend")));

EV_END_HOOKS
