// select and pselect.
#include "durations.h"
#include "masking.h"
#include "waits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *))
EV_ORIGINAL(int, pselect,
            (int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *))

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
static int sets_look(ev_sets *sets, ev_masking masking)
{
    const struct {
        const sigset_t *set;
        size_t size;
    } argument = { masking.mask, EV_SIGNAL_SET };
    long answer;
    do {
        for (int which = 0; which < 3; which++)
            if (sets->set[which])
                memcpy(sets->set[which], asked(sets, which), sets->bytes);
        struct timespec none = { 0, 0 }; // the kernel writes there what is left
        answer = EV_KERNEL(pselect6, sets->count, sets->set[0], sets->set[1], sets->set[2], &none,
                           &argument);
    } while (ev_masking_repeats(masking, answer));
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

static int select_greenly(ev_sets *sets, int64_t deadline, ev_masking masking)
{
    int found = sets_look(sets, masking);
    if (found != 0) {
        if (found > 0)
            sets_tell_others(sets);
        return found;
    }
    ev_waits waits;
    if (!ev_waits_begin(&waits, (size_t)sets->count))
        return -1;
    sets_list(sets, &waits);
    int64_t pause = 0;
    while (ev_waits_wait(&waits, ev_masking_next_look(masking, deadline), &pause, &found)) {
        found = sets_look(sets, masking);
        if (found < 0)
            break;
        found = sets_report(sets, &waits);
        if (found > 0 || EV_ASK_HUB(rest, deadline) == 0)
            break;
    }
    ev_waits_end(&waits);
    return found;
}

static EV_APART int select_in_sets(int count, fd_set *reads, fd_set *writes, fd_set *urgent,
                                   int64_t deadline, const sigset_t *mask)
{
    ev_sets sets;
    int found = -1;
    if (sets_begin(&sets, count, reads, writes, urgent))
        found = select_greenly(&sets, deadline, ev_masking_with(mask));
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
        deadline = EV_ASK_HUB(
            deadline, ev_patch_nanoseconds(time->tv_sec, (int64_t)time->tv_usec * 1000));
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
    if ((time && (ev_is_no_time(time) || !ev_is_valid_duration(time))) || count < 0
        || !ev_patch_applies(EV_PATCH_SELECT))
        return EV_CALL_ORIGINAL(pselect, count, reads, writes, urgent, time, mask);
    return select_in_sets(count, reads, writes, urgent, ev_deadline_after(time), mask);
}

EV_HOOK extern __typeof(select) __select __attribute__((alias("select")));

EV_END_HOOKS
