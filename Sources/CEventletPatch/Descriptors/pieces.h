// Lists of pieces of memory, as readv and writev take them.
#ifndef EV_PIECES_H
#define EV_PIECES_H

#include "hook.h"

#include <limits.h>
#include <string.h>
#include <sys/uio.h>

/// A copy that can be advanced, for the caller's is const. On the stack of the caller: 16 KiB at
/// most, for the kernel takes no more than IOV_MAX pieces.
#define EV_COPY_PIECES(copy, pieces, count)                                                        \
    struct iovec copy##_memory[(count) < 1 ? 1 : (count)];                                         \
    memcpy(copy##_memory, pieces, (size_t)(count) * sizeof(struct iovec));                         \
    ev_pieces copy = { copy##_memory, (count) }

typedef struct ev_pieces {
    struct iovec *_Nonnull first;
    int count;
} ev_pieces;

/// Counts that the kernel refuses are the original function's to refuse.
static inline bool ev_pieces_can_be_copied(int count)
{
    return count >= 0 && count <= IOV_MAX;
}

static inline size_t ev_pieces_length(const ev_pieces *_Nonnull pieces)
{
    size_t sum = 0;
    for (int i = 0; i < pieces->count; i++)
        sum += pieces->first[i].iov_len;
    return sum;
}

/// `bytes` of them are done.
static inline void ev_pieces_advance(ev_pieces *_Nonnull pieces, size_t bytes)
{
    while (pieces->count > 0 && bytes >= pieces->first->iov_len) {
        bytes -= pieces->first->iov_len;
        pieces->first++;
        pieces->count--;
    }
    if (pieces->count > 0) {
        pieces->first->iov_base = (char *)pieces->first->iov_base + bytes;
        pieces->first->iov_len -= bytes;
    }
}

/// What a call returns that has done a part: the part, or else the error.
static inline ssize_t ev_part(size_t done, ssize_t result)
{
    if (result < 0)
        return done > 0 ? (ssize_t)done : -1;
    return (ssize_t)done + result;
}

#endif
