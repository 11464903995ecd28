// sendfile, to what may have no room. The kernel knows no sendfile that does not wait but by
// O_NONBLOCK, so the bytes are read and written: a file is read without waiting for anybody, and
// the copy costs less than a switch.
#include "descriptors.h"

#include <sys/sendfile.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(ssize_t, sendfile, (int, int, off_t *, size_t))

enum { SUBJECTS = EV_PATCH_SOCKET | EV_PATCH_OS };
enum { PORTION = 16 * 1024 }; // on the stack of a green thread

/// Whether it could wait for room; of other pairs the kernel knows what is wrong.
static bool may_wait(int out, int in)
{
    ev_kind kind = ev_descriptor_find_kind(out);
    return (kind == EV_KIND_SOCKET || kind == EV_KIND_PIPE) && ev_descriptor_is_file(in)
           && !ev_descriptor_is_nonblocking(out);
}

static EV_APART ssize_t copy(int out, int in, off_t *offset, size_t count)
{
    off_t position = offset ? *offset : lseek(in, 0, SEEK_CUR);
    if (position < 0) {
        errno = EINVAL;
        return -1;
    }
    char bytes[PORTION];
    size_t done = 0;
    ssize_t written = 0;
    while (done < count) {
        size_t most = count - done < PORTION ? count - done : PORTION;
        ssize_t got = pread(in, bytes, most, position + (off_t)done);
        written = got > 0 ? write(out, bytes, (size_t)got) : got;
        if (written <= 0)
            break;
        done += (size_t)written;
        if (written < got) // It has waited as long as it may, or was interrupted.
            break;
    }
    if (offset)
        *offset = position + (off_t)done;
    else
        lseek(in, position + (off_t)done, SEEK_SET);
    return done > 0 ? (ssize_t)done : written;
}

EV_HOOK ssize_t sendfile(int out, int in, off_t *offset, size_t count)
{
    if (count == 0 || !ev_patch_applies(SUBJECTS) || !may_wait(out, in))
        return EV_CALL_ORIGINAL(sendfile, out, in, offset, count);
    return copy(out, in, offset, count);
}

// off_t has 64 bits wherever this is built.
EV_HOOK extern ssize_t sendfile64(int, int, off64_t *, size_t)
    __attribute__((alias("sendfile")));

EV_END_HOOKS
