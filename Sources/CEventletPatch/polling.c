// poll, select, and waiting for an epoll set of somebody else's.
#include "descriptors.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, poll, (struct pollfd *, nfds_t, int))
EV_ORIGINAL(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *))
EV_ORIGINAL(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *))
EV_ORIGINAL(int, pselect,
            (int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *))
EV_ORIGINAL(int, epoll_wait, (int, struct epoll_event *, int, int))
EV_ORIGINAL(int, epoll_pwait, (int, struct epoll_event *, int, int, const sigset_t *))

static const struct timespec no_time = { 0, 0 };
enum { SIGNAL_SET = 8 }; // bytes, for the kernel

static bool is_valid(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

static bool is_zero(const struct timespec *time)
{
    return time->tv_sec == 0 && time->tv_nsec == 0;
}

static int64_t deadline_after(const struct timespec *time)
{
    return time ? EV_ASK_HUB(deadline, ev_patch_nanoseconds(time->tv_sec, time->tv_nsec))
                : EV_NEVER;
}

static int64_t deadline_after_milliseconds(int milliseconds)
{
    return milliseconds < 0 ? EV_NEVER
                            : EV_ASK_HUB(deadline, (int64_t)milliseconds * 1000000);
}

// ---- Waiting for several -------------------------------------------------------------

/// The list of what a call waits for; a few need no memory.
typedef struct ev_waits {
    ev_wait *list;
    size_t count;
    ev_wait few[16];
} ev_waits;

static bool waits_begin(ev_waits *waits, size_t most)
{
    waits->count = 0;
    waits->list = most <= sizeof waits->few / sizeof *waits->few
                      ? waits->few
                      : malloc(most * sizeof *waits->list);
    if (!waits->list)
        errno = ENOMEM;
    return waits->list != NULL;
}

static void waits_end(ev_waits *waits)
{
    if (waits->list != waits->few)
        free(waits->list);
}

/// True: look again, or report what is in `happened`. False: `*result` is the end, errno set.
static bool waits_wait(ev_waits *waits, int64_t deadline, int64_t *pause, int *result)
{
    for (size_t i = 0; i < waits->count; i++)
        waits->list[i].happened = 0;
    int end = waits->count > 0
                  ? EV_ASK_TO_WAIT(wait_for_any, waits->list, waits->count, deadline)
                  : EV_ASK_TO_WAIT(sleep, deadline);
    *result = -1;
    switch (end) {
    case EV_PATCH_INTERRUPTED:
        ev_patch_give_up();
        return false;
    case EV_PATCH_UNPOLLABLE:
        return ev_patch_pause(pause, deadline);
    case EV_PATCH_MUST_NOT: {
        // Nobody else can run here: a look now and then is what is left.
        const struct timespec millisecond = { 0, 1000000 };
        EV_KERNEL(ppoll, NULL, 0, &millisecond, NULL, 0);
        return true;
    }
    default:
        return true;
    }
}

// ---- poll ------------------------------------------------------------------------------

static uint32_t bits_of(short events)
{
    return (events & (POLLIN | POLLRDNORM) ? EV_READABLE : 0)
           | (events & (POLLOUT | POLLWRNORM) ? EV_WRITABLE : 0)
           | (events & (POLLPRI | POLLRDBAND) ? EV_URGENT : 0)
           | (events & POLLRDHUP ? EV_HANGUP : 0);
}

static short events_of(uint32_t bits, short wanted)
{
    int events = (bits & EV_READABLE ? POLLIN | POLLRDNORM : 0)
                 | (bits & EV_WRITABLE ? POLLOUT | POLLWRNORM : 0)
                 | (bits & EV_URGENT ? POLLPRI : 0) | (bits & EV_HANGUP ? POLLRDHUP : 0);
    return (short)((events & wanted) | (bits & EV_INVALID ? POLLNVAL : 0));
}

/// A mask of signals that a call has in force while it waits.
///
/// A hub has one for all its green threads, so it comes into force now and then: a signal that it
/// lets in is taken then, and ends the call, which may wait for nothing else.
typedef struct masking {
    const sigset_t *mask;
    bool differs; // from what is in force
} masking;

static masking masking_with(const sigset_t *mask)
{
    uint64_t current = 0, wanted = 0;
    if (!mask)
        return (masking){ NULL, false };
    memcpy(&wanted, mask, SIGNAL_SET);
    EV_KERNEL(rt_sigprocmask, SIG_BLOCK, NULL, &current, SIGNAL_SET);
    return (masking){ mask, current != wanted };
}

/// Whether the kernel's answer is that a signal came which nobody is told of.
static bool is_to_be_repeated(long answer, masking masking)
{
    return answer == -EINTR && !masking.differs;
}

/// How long to wait before the mask is to be in force again.
static int64_t next_look(int64_t deadline, masking masking)
{
    if (!masking.differs)
        return deadline;
    int64_t next = EV_ASK_HUB(deadline, INT64_C(5000000));
    return deadline < next ? deadline : next;
}

static int look(struct pollfd *list, nfds_t count, masking masking)
{
    long answer;
    do
        answer = EV_KERNEL(ppoll, list, count, &no_time, masking.mask, SIGNAL_SET);
    while (is_to_be_repeated(answer, masking));
    return (int)ev_libc_result(answer);
}

/// What woke us is told though nobody else can see it any more: a sibling that polls the same
/// descriptor may have used it up by now, and of two OS threads both would have been told.
static int report(struct pollfd *list, nfds_t count, const ev_waits *waits)
{
    int found = 0;
    size_t place = 0;
    for (nfds_t i = 0; i < count; i++) {
        if (list[i].fd < 0)
            continue;
        short events = events_of(waits->list[place++].happened, list[i].events);
        if (!list[i].revents)
            list[i].revents = events;
        found += list[i].revents != 0;
    }
    return found;
}

static void tell_others(const struct pollfd *list, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (list[i].revents)
            EV_TELL_HUB(tell, list[i].fd, bits_of(list[i].revents));
}

static EV_APART int poll_greenly(struct pollfd *list, nfds_t count, int64_t deadline,
                                 const sigset_t *mask)
{
    const masking masking = masking_with(mask);
    int found = look(list, count, masking);
    if (found != 0) {
        if (found > 0)
            tell_others(list, count);
        return found;
    }
    ev_waits waits;
    if (!waits_begin(&waits, count))
        return -1;
    for (nfds_t i = 0; i < count; i++)
        if (list[i].fd >= 0)
            waits.list[waits.count++] = (ev_wait){ list[i].fd, bits_of(list[i].events), 0 };
    int64_t pause = 0;
    while (waits_wait(&waits, next_look(deadline, masking), &pause, &found)) {
        found = look(list, count, masking);
        if (found < 0)
            break;
        found = report(list, count, &waits);
        if (found > 0 || EV_ASK_HUB(rest, deadline) == 0)
            break;
    }
    waits_end(&waits);
    return found;
}

EV_HOOK int poll(struct pollfd *list, nfds_t count, int milliseconds)
{
    if (milliseconds == 0 || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(poll, list, count, milliseconds);
    return poll_greenly(list, count, deadline_after_milliseconds(milliseconds), NULL);
}

EV_HOOK int ppoll(struct pollfd *list, nfds_t count, const struct timespec *time,
                  const sigset_t *mask)
{
    if ((time && (is_zero(time) || !is_valid(time))) || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(ppoll, list, count, time, mask);
    return poll_greenly(list, count, deadline_after(time), mask);
}

// ---- select ----------------------------------------------------------------------------

/// The three sets of a call: the caller's, and what he asked for.
typedef struct ev_sets {
    int count;
    size_t bytes;
    fd_set *set[3];
    unsigned char asked[3][1024 / 8];
    unsigned char *large[3];
} ev_sets;

static const uint32_t set_bits[3] = { EV_READABLE, EV_WRITABLE, EV_URGENT };

static unsigned char *asked(ev_sets *sets, int which)
{
    return sets->large[which] ? sets->large[which] : sets->asked[which];
}

static bool has(const void *set, int fd)
{
    return ((const unsigned char *)set)[fd / 8] >> fd % 8 & 1;
}

static bool sets_begin(ev_sets *sets, int count, fd_set *reads, fd_set *writes, fd_set *urgent)
{
    *sets = (ev_sets){ .count = count, .set = { reads, writes, urgent } };
    // The kernel reads and writes whole words.
    sets->bytes = ((size_t)count + 63) / 64 * 8;
    for (int which = 0; which < 3; which++) {
        if (!sets->set[which])
            continue;
        if (sets->bytes > sizeof sets->asked[which]
            && !(sets->large[which] = malloc(sets->bytes))) {
            errno = ENOMEM;
            return false;
        }
        memcpy(asked(sets, which), sets->set[which], sets->bytes);
    }
    return true;
}

static void sets_end(ev_sets *sets)
{
    for (int which = 0; which < 3; which++)
        free(sets->large[which]);
}

/// Asks the kernel, which leaves in the caller's sets what is ready.
static int sets_look(ev_sets *sets, masking masking)
{
    const struct {
        const sigset_t *set;
        size_t size;
    } argument = { masking.mask, SIGNAL_SET };
    long answer;
    do {
        for (int which = 0; which < 3; which++)
            if (sets->set[which])
                memcpy(sets->set[which], asked(sets, which), sets->bytes);
        struct timespec none = no_time;
        answer = EV_KERNEL(pselect6, sets->count, sets->set[0], sets->set[1], sets->set[2], &none,
                           &argument);
    } while (is_to_be_repeated(answer, masking));
    return (int)ev_libc_result(answer);
}

static void sets_list(ev_sets *sets, ev_waits *waits)
{
    for (int fd = 0; fd < sets->count; fd++) {
        uint32_t wanted = 0;
        for (int which = 0; which < 3; which++)
            if (sets->set[which] && has(asked(sets, which), fd))
                wanted |= set_bits[which];
        if (wanted)
            waits->list[waits->count++] = (ev_wait){ fd, wanted, 0 };
    }
}

/// As for poll: what woke us is told.
static int sets_report(ev_sets *sets, const ev_waits *waits)
{
    int found = 0;
    for (size_t i = 0; i < waits->count; i++) {
        int fd = waits->list[i].fd;
        for (int which = 0; which < 3; which++) {
            unsigned char *set = (unsigned char *)sets->set[which];
            if (!set || !has(asked(sets, which), fd))
                continue;
            if (waits->list[i].happened & set_bits[which])
                set[fd / 8] |= (unsigned char)(1 << fd % 8);
            found += has(set, fd);
        }
    }
    return found;
}

static void sets_tell_others(ev_sets *sets)
{
    for (int fd = 0; fd < sets->count; fd++)
        for (int which = 0; which < 3; which++)
            if (sets->set[which] && has(sets->set[which], fd))
                EV_TELL_HUB(tell, fd, set_bits[which]);
}

static int select_greenly(ev_sets *sets, int64_t deadline, masking masking)
{
    int found = sets_look(sets, masking);
    if (found != 0) {
        if (found > 0)
            sets_tell_others(sets);
        return found;
    }
    ev_waits waits;
    if (!waits_begin(&waits, (size_t)sets->count))
        return -1;
    sets_list(sets, &waits);
    int64_t pause = 0;
    while (waits_wait(&waits, next_look(deadline, masking), &pause, &found)) {
        found = sets_look(sets, masking);
        if (found < 0)
            break;
        found = sets_report(sets, &waits);
        if (found > 0 || EV_ASK_HUB(rest, deadline) == 0)
            break;
    }
    waits_end(&waits);
    return found;
}

static EV_APART int select_in_sets(int count, fd_set *reads, fd_set *writes, fd_set *urgent,
                          int64_t deadline, const sigset_t *mask)
{
    ev_sets sets;
    int found = -1;
    if (sets_begin(&sets, count, reads, writes, urgent))
        found = select_greenly(&sets, deadline, masking_with(mask));
    int error = errno;
    sets_end(&sets);
    errno = error;
    return found;
}

EV_HOOK int select(int count, fd_set *reads, fd_set *writes, fd_set *urgent, struct timeval *time)
{
    bool looks_only = time && ((time->tv_sec == 0 && time->tv_usec == 0) || time->tv_sec < 0
                               || time->tv_usec < 0);
    if (looks_only || count < 0 || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(select, count, reads, writes, urgent, time);
    int64_t deadline = EV_NEVER;
    if (time)
        deadline = EV_ASK_HUB(deadline,
            ev_patch_nanoseconds(time->tv_sec, (int64_t)time->tv_usec * 1000));
    int found = select_in_sets(count, reads, writes, urgent, deadline, NULL);
    if (time) { // Linux tells how much of it is left.
        int64_t rest = EV_ASK_HUB(rest, deadline);
        *time = (struct timeval){ rest / 1000000000, rest % 1000000000 / 1000 };
    }
    return found;
}

EV_HOOK int pselect(int count, fd_set *reads, fd_set *writes, fd_set *urgent,
                    const struct timespec *time, const sigset_t *mask)
{
    if ((time && (is_zero(time) || !is_valid(time))) || count < 0
        || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(pselect, count, reads, writes, urgent, time, mask);
    return select_in_sets(count, reads, writes, urgent, deadline_after(time), mask);
}

// ---- epoll -----------------------------------------------------------------------------

/// A set is itself a descriptor that is readable when one of its own is ready.
static EV_APART int wait_in_set(int set, struct epoll_event *events, int most, int64_t deadline,
                                const sigset_t *mask)
{
    const masking masking = masking_with(mask);
    for (;;) {
        long answer;
        do
            answer = EV_KERNEL(epoll_pwait, set, events, most, 0, masking.mask, SIGNAL_SET);
        while (is_to_be_repeated(answer, masking));
        if (answer != 0)
            return (int)ev_libc_result(answer);
        switch (EV_ASK_TO_WAIT(wait, set, EV_READABLE, next_look(deadline, masking))) {
        case EV_PATCH_READY:
            break;
        case EV_PATCH_TIMED_OUT:
            if (EV_ASK_HUB(rest, deadline) == 0)
                return 0;
            break;
        case EV_PATCH_CLOSED:
            errno = EBADF;
            return -1;
        case EV_PATCH_INTERRUPTED:
            return ev_patch_give_up();
        default: { // Here nobody may wait greenly.
            int64_t rest = EV_ASK_HUB(rest, deadline);
            int milliseconds = deadline == EV_NEVER ? -1 : (int)((rest + 999999) / 1000000);
            return EV_CALL_ORIGINAL(epoll_pwait, set, events, most, milliseconds, mask);
        }
        }
    }
}

EV_HOOK int epoll_wait(int set, struct epoll_event *events, int most, int milliseconds)
{
    if (milliseconds == 0 || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(epoll_wait, set, events, most, milliseconds);
    return wait_in_set(set, events, most, deadline_after_milliseconds(milliseconds), NULL);
}

EV_HOOK int epoll_pwait(int set, struct epoll_event *events, int most, int milliseconds,
                        const sigset_t *mask)
{
    if (milliseconds == 0 || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(epoll_pwait, set, events, most, milliseconds, mask);
    return wait_in_set(set, events, most, deadline_after_milliseconds(milliseconds), mask);
}

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/// libc before 2.35 has no such function, so it is the system call.
EV_HOOK int epoll_pwait2(int set, struct epoll_event *events, int most,
                         const struct timespec *time, const sigset_t *mask)
{
    if ((time && (is_zero(time) || !is_valid(time))) || !ev_patch_applies(EV_PATCH_SELECT))
        return (int)EV_SYSTEM_CALL(epoll_pwait2, set, events, most, time, mask, SIGNAL_SET);
    return wait_in_set(set, events, most, deadline_after(time), mask);
}

// ---- Other names -------------------------------------------------------------------------

extern void __chk_fail(void) __attribute__((noreturn));

EV_HOOK int __poll_chk(struct pollfd *list, nfds_t count, int milliseconds, size_t room)
{
    if (room / sizeof *list < count)
        __chk_fail();
    return poll(list, count, milliseconds);
}

EV_HOOK int __ppoll_chk(struct pollfd *list, nfds_t count, const struct timespec *time,
                        const sigset_t *mask, size_t room)
{
    if (room / sizeof *list < count)
        __chk_fail();
    return ppoll(list, count, time, mask);
}

EV_HOOK extern __typeof(poll) __poll __attribute__((alias("poll")));
EV_HOOK extern __typeof(select) __select __attribute__((alias("select")));

EV_END_HOOKS
