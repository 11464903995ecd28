// What is remembered of a descriptor's number.
#ifndef EV_DESCRIPTORS_H
#define EV_DESCRIPTORS_H

#include "hook.h"

/// A hint: a library may close a number and open another file under it unseen. A wrong one costs a
/// call that fails.
typedef enum ev_kind {
    EV_KIND_UNKNOWN,
    EV_KIND_SOCKET, // of a type for which `read` is `recv`, and `write` is `send`
    EV_KIND_PIPE,
    EV_KIND_OTHER,
} ev_kind;

/// The kind of `fd`, EV_KIND_UNKNOWN if it was not found out yet.
EV_HIDDEN ev_kind ev_descriptor_kind(int fd);
/// Asks the kernel, and remembers. EV_KIND_UNKNOWN if `fd` is not open.
EV_HIDDEN ev_kind ev_descriptor_find_kind(int fd);
EV_HIDDEN void ev_descriptor_set_kind(int fd, ev_kind kind);
/// Before `fd` is closed, or gets another file.
EV_HIDDEN void ev_descriptor_forget(int fd);

/// Of the numbers of which something is remembered, the highest that may be.
EV_HIDDEN int ev_descriptor_highest(void);

/// Whether it was we who made it non-blocking: then nobody is to know.
EV_HIDDEN bool ev_descriptor_is_made_nonblocking(int fd);
/// False if that cannot be remembered.
EV_HIDDEN bool ev_descriptor_make_nonblocking(int fd);
/// `duplicate` has the same open file as `fd` now.
EV_HIDDEN void ev_descriptor_duplicate(int fd, int duplicate);
/// It is its owner's wish now, or no more ours.
EV_HIDDEN void ev_descriptor_disown_nonblocking(int fd);
/// Makes all blocking again that were made non-blocking.
EV_HIDDEN void ev_descriptors_restore(void);

/// The flags of the open file as its owner set them; -1 and errno.
EV_HIDDEN int ev_descriptor_flags(int fd);
/// Whether a call that finds nothing is to return, rather than to wait; also if `fd` is not open.
EV_HIDDEN bool ev_descriptor_is_nonblocking(int fd);
/// Whether reading and writing never wait but for a disk.
EV_HIDDEN bool ev_descriptor_is_file(int fd);
/// Whether it is one of a driver's own, and no terminal.
EV_HIDDEN bool ev_descriptor_is_device(int fd);
/// Whether `events` (POLLIN, POLLOUT) are there, or an error.
EV_HIDDEN bool ev_descriptor_is_ready(int fd, short events);

struct iovec;
/// preadv2 and pwritev2 with RWF_NOWAIT, at the file's own position. The kernel's answer;
/// -EOPNOTSUPP where that cannot be asked for.
EV_HIDDEN long ev_read_without_waiting(int fd, const struct iovec *_Nonnull pieces, int count);
EV_HIDDEN long ev_write_without_waiting(int fd, const struct iovec *_Nonnull pieces, int count);

/// When a call on a socket is over by SO_RCVTIMEO or SO_SNDTIMEO.
EV_HIDDEN int64_t ev_descriptor_deadline(int fd, int option);

/// Waits until the connection of a socket is there, or has failed. False: errno says why not.
EV_HIDDEN bool ev_connection_wait(int fd, int64_t deadline);

/// A call that has found nothing, and what it does about that.
typedef struct ev_attempt {
    int fd;
    bool writes;
    bool has_waited;
    int64_t deadline;
} ev_attempt;

static inline ev_attempt ev_attempt_to_read(int fd)
{
    return (ev_attempt){ .fd = fd };
}
static inline ev_attempt ev_attempt_to_write(int fd)
{
    return (ev_attempt){ .fd = fd, .writes = true };
}

typedef enum ev_next {
    EV_TRY_AGAIN,
    EV_FAIL,          // with errno as it is
    EV_CALL_FOR_REAL, // which waits
} ev_next;

/// Waits until another attempt may find something.
EV_HIDDEN ev_next ev_attempt_wait(ev_attempt *_Nonnull attempt);

#endif
