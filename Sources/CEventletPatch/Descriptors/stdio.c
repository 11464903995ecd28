// Reading through stdio. libc reads inside, out of reach: so each call waits for the descriptor
// before it, when the buffer is empty. What a line or a block needs beyond the first filling of the
// buffer blocks, as writing does.
// Some of them are also inline functions of the headers, which must not be what is defined here.
#define __NO_INLINE__ 1
#include "descriptors.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

EV_BEGIN_HOOKS

EV_ORIGINAL(char *, fgets, (char *, int, FILE *))
EV_ORIGINAL(size_t, fread, (void *, size_t, size_t, FILE *))
EV_ORIGINAL(int, fgetc, (FILE *))
EV_ORIGINAL(int, getc, (FILE *))
EV_ORIGINAL(int, getchar, (void))
EV_ORIGINAL(ssize_t, getline, (char **, size_t *, FILE *))
EV_ORIGINAL(ssize_t, getdelim, (char **, size_t *, int, FILE *))
EV_ORIGINAL(int, __uflow, (FILE *))
EV_ORIGINAL(int, __underflow, (FILE *))

enum { SUBJECTS = EV_PATCH_SOCKET | EV_PATCH_OS };

/// libc's flag of a stream that reads what was put back by ungetc: its buffer waits meanwhile.
enum { IN_BACKUP = 0x100 };

static bool has_more(const FILE *file)
{
    return file->_IO_read_ptr < file->_IO_read_end || file->_flags & IN_BACKUP;
}

/// libc's flag of a stream that has met an error.
enum { HAS_FAILED = 0x20 };

/// The descriptor behind it, or -1. Leaves errno alone.
static int descriptor_of(FILE *file)
{
    int error = errno;
    int fd = fileno(file);
    errno = error;
    return fd;
}

/// Waits until a read would not. False: given up, errno and the stream say so.
static bool prepare(FILE *file)
{
    if (!ev_patch_applies(SUBJECTS) || has_more(file) || feof(file) || ferror(file))
        return true;
    int fd = descriptor_of(file);
    if (fd < 0 || ev_descriptor_is_ready(fd, POLLIN) || ev_descriptor_is_nonblocking(fd)
        || ev_descriptor_is_file(fd))
        return true;
    ev_attempt attempt = ev_attempt_to_read(fd);
    // What it is told counts, though a sibling may be faster: then it is libc that waits.
    if (ev_attempt_wait(&attempt) != EV_FAIL)
        return true;
    file->_flags |= HAS_FAILED;
    return false;
}

EV_HOOK char *fgets(char *line, int room, FILE *file)
{
    // A line without room reads nothing.
    return room < 2 || prepare(file) ? EV_CALL_ORIGINAL(fgets, line, room, file) : NULL;
}

EV_HOOK size_t fread(void *memory, size_t size, size_t count, FILE *file)
{
    bool reads = size != 0 && count != 0;
    return !reads || prepare(file) ? EV_CALL_ORIGINAL(fread, memory, size, count, file) : 0;
}

EV_HOOK int fgetc(FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(fgetc, file) : EOF;
}

#undef getc
EV_HOOK int getc(FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(getc, file) : EOF;
}

#undef getchar
EV_HOOK int getchar(void)
{
    return prepare(stdin) ? EV_CALL_ORIGINAL(getchar) : EOF;
}

// Those that leave the stream's lock to the caller.

EV_ORIGINAL(char *, fgets_unlocked, (char *, int, FILE *))
EV_ORIGINAL(size_t, fread_unlocked, (void *, size_t, size_t, FILE *))
EV_ORIGINAL(int, fgetc_unlocked, (FILE *))
EV_ORIGINAL(int, getc_unlocked, (FILE *))
EV_ORIGINAL(int, getchar_unlocked, (void))

#undef fgets_unlocked
EV_HOOK char *fgets_unlocked(char *line, int room, FILE *file)
{
    return room < 2 || prepare(file) ? EV_CALL_ORIGINAL(fgets_unlocked, line, room, file) : NULL;
}

#undef fread_unlocked
EV_HOOK size_t fread_unlocked(void *memory, size_t size, size_t count, FILE *file)
{
    bool reads = size != 0 && count != 0;
    return !reads || prepare(file) ? EV_CALL_ORIGINAL(fread_unlocked, memory, size, count, file)
                                   : 0;
}

#undef fgetc_unlocked
EV_HOOK int fgetc_unlocked(FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(fgetc_unlocked, file) : EOF;
}

#undef getc_unlocked
EV_HOOK int getc_unlocked(FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(getc_unlocked, file) : EOF;
}

#undef getchar_unlocked
EV_HOOK int getchar_unlocked(void)
{
    return prepare(stdin) ? EV_CALL_ORIGINAL(getchar_unlocked) : EOF;
}

EV_HOOK ssize_t getdelim(char **line, size_t *room, int delimiter, FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(getdelim, line, room, delimiter, file) : -1;
}

EV_HOOK ssize_t getline(char **line, size_t *room, FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(getline, line, room, file) : -1;
}

// What the inline forms of getc call when the buffer is empty.

EV_HOOK int __uflow(FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(__uflow, file) : EOF;
}

EV_HOOK int __underflow(FILE *file)
{
    return prepare(file) ? EV_CALL_ORIGINAL(__underflow, file) : EOF;
}

// Each standard has its own names for them. A header gives one of them to the plain name, so what
// is defined here is named by its symbol.
#define EV_SCANNING(prefix)                                                                        \
    EV_ORIGINAL(int, prefix##vfscanf, (FILE *, const char *, va_list))                             \
    EV_HOOK int hooked_##prefix##vfscanf(FILE *, const char *, va_list)                            \
        __asm__(#prefix "vfscanf");                                                                \
    EV_HOOK int hooked_##prefix##fscanf(FILE *, const char *, ...) __asm__(#prefix "fscanf");      \
    EV_HOOK int hooked_##prefix##scanf(const char *, ...) __asm__(#prefix "scanf");                \
    int hooked_##prefix##vfscanf(FILE *file, const char *format, va_list arguments)                \
    {                                                                                              \
        return prepare(file) ? EV_CALL_ORIGINAL(prefix##vfscanf, file, format, arguments) : EOF;   \
    }                                                                                              \
    int hooked_##prefix##fscanf(FILE *file, const char *format, ...)                               \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        int result = hooked_##prefix##vfscanf(file, format, arguments);                            \
        va_end(arguments);                                                                         \
        return result;                                                                             \
    }                                                                                              \
    int hooked_##prefix##scanf(const char *format, ...)                                            \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        int result = hooked_##prefix##vfscanf(stdin, format, arguments);                           \
        va_end(arguments);                                                                         \
        return result;                                                                             \
    }
EV_SCANNING()
EV_SCANNING(__isoc99_)
EV_SCANNING(__isoc23_)

extern void __chk_fail(void) __attribute__((noreturn));

EV_HOOK char *__fgets_chk(char *line, size_t size, int room, FILE *file)
{
    if (room > 0 && (size_t)room > size)
        __chk_fail();
    return fgets(line, room, file);
}

EV_HOOK size_t __fread_chk(void *memory, size_t room, size_t size, size_t count, FILE *file)
{
    size_t bytes;
    if (__builtin_mul_overflow(size, count, &bytes) || bytes > room)
        __chk_fail();
    return fread(memory, size, count, file);
}

EV_HOOK char *__fgets_unlocked_chk(char *line, size_t size, int room, FILE *file)
{
    if (room > 0 && (size_t)room > size)
        __chk_fail();
    return fgets_unlocked(line, room, file);
}

EV_HOOK size_t __fread_unlocked_chk(void *memory, size_t room, size_t size, size_t count,
                                    FILE *file)
{
    size_t bytes;
    if (__builtin_mul_overflow(size, count, &bytes) || bytes > room)
        __chk_fail();
    return fread_unlocked(memory, size, count, file);
}

EV_HOOK extern __typeof(getdelim) __getdelim __attribute__((alias("getdelim")));
EV_HOOK extern __typeof(getc) _IO_getc __attribute__((alias("getc")));

EV_END_HOOKS
