// read, write and what is done with descriptors, on all kinds of files.
#include "transcript.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>

static void write_five(void *fd)
{
    if (write((int)(intptr_t)fd, "hello", 5) != 5)
        abort();
}

static void close_it(void *fd)
{
    close((int)(intptr_t)fd);
}

static void *number(int fd)
{
    return (void *)(intptr_t)fd;
}

static void show(const char *what, ssize_t got, const char *buffer)
{
    if (got > 0)
        note("%s: %zd \"%.*s\"", what, got, (int)got, buffer);
    else
        note_result(what, got);
}

/// Reading with all lengths, in pieces, at the end, and in non-blocking mode.
enum { STREAM = 1, CLOSES = 2 };
static void read_from(int reads, int writes, int how)
{
    char buffer[64] = { 0 };
    later *writer = when_asleep(write_five, number(writes));
    show("read, empty", read(reads, buffer, sizeof buffer), buffer);
    finish(writer);
    note_result("read nothing", read(reads, buffer, 0));
    write_five(number(writes));
    show("read a part", read(reads, buffer, 2), buffer);
    if (!(how & STREAM)) // The rest of a message is lost.
        write_five(number(writes));
    struct iovec pieces[] = { { buffer, 1 }, { buffer + 1, 0 }, { buffer + 1, 20 } };
    show("readv the rest", readv(reads, pieces, 3), buffer);
    writer = when_asleep(write_five, number(writes));
    show("readv, empty", readv(reads, pieces, 3), buffer);
    finish(writer);
    note_result("readv of no pieces", readv(reads, pieces, 0));
    note_result("readv of too many", readv(reads, pieces, 2000));
    note_result("readv of -1", readv(reads, pieces, -1));
    note_result("read to nowhere", read(reads, NULL, 0));
    int flags = fcntl(reads, F_GETFL);
    fcntl(reads, F_SETFL, flags | O_NONBLOCK);
    note_result("read, non-blocking", read(reads, buffer, 8));
    note_result("readv, non-blocking", readv(reads, pieces, 3));
    fcntl(reads, F_SETFL, flags);
    note("the flags are as before: %d", fcntl(reads, F_GETFL) == flags);
    if (how & CLOSES) {
        writer = when_asleep(close_it, number(writes));
        note_result("read, until the end", read(reads, buffer, 8));
        finish(writer);
        note_result("read at the end", read(reads, buffer, 8));
    } else {
        close(writes);
    }
    close(reads);
    note_result("read of what is closed", read(reads, buffer, 8));
}

static void pipes(void)
{
    int ends[2];
    pipe(ends);
    read_from(ends[0], ends[1], STREAM | CLOSES);
}

static void fifos(void)
{
    char directory[] = "/tmp/eventlet-probe-XXXXXX", path[64];
    mkdtemp(directory);
    snprintf(path, sizeof path, "%s/fifo", directory);
    mkfifo(path, 0600);
    int reads = open(path, O_RDONLY | O_NONBLOCK), writes = open(path, O_WRONLY);
    fcntl(reads, F_SETFL, 0);
    read_from(reads, writes, STREAM | CLOSES);
    unlink(path);
    rmdir(directory);
}

static void stream_sockets(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    read_from(ends[0], ends[1], STREAM | CLOSES);
}

static void datagram_sockets(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    read_from(ends[0], ends[1], 0);
}

static void record_sockets(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
    read_from(ends[0], ends[1], CLOSES);
}

static void terminals(void)
{
    int master, slave;
    openpty(&master, &slave, NULL, NULL, NULL);
    struct termios raw;
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    read_from(slave, master, STREAM);
}

static void add_three(void *fd)
{
    uint64_t three = 3;
    if (write((int)(intptr_t)fd, &three, sizeof three) != sizeof three)
        abort();
}

static void counters(void)
{
    int fd = eventfd(0, 0);
    uint64_t value = 0;
    note_result("too little memory", read(fd, &value, 4));
    note_result("writing too little", write(fd, &value, 4));
    later *writer = when_asleep(add_three, number(fd));
    note_result("read", read(fd, &value, sizeof value));
    note("value %llu", (unsigned long long)value);
    finish(writer);
    value = UINT64_MAX;
    note_result("the one value that is refused", write(fd, &value, sizeof value));
    uint64_t most = UINT64_MAX - 1;
    note_result("fill", write(fd, &most, sizeof most));
    close(fd);
    fd = eventfd(0, EFD_NONBLOCK);
    note_result("non-blocking", read(fd, &value, sizeof value));
    close(fd);
}

static void timers(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec time = { { 0, 0 }, { 0, 20000000 } };
    timerfd_settime(fd, 0, &time, NULL);
    uint64_t value = 0;
    note_result("read", read(fd, &value, sizeof value));
    note("value %llu", (unsigned long long)value);
    close(fd);
}

static void create_file(void *path)
{
    close(open(path, O_CREAT | O_WRONLY, 0600));
}

static void directories_watched(void)
{
    char directory[] = "/tmp/eventlet-probe-XXXXXX", path[64], buffer[512];
    mkdtemp(directory);
    snprintf(path, sizeof path, "%s/file", directory);
    int fd = inotify_init1(0);
    inotify_add_watch(fd, directory, IN_CREATE);
    later *creator = when_asleep(create_file, path);
    ssize_t got = read(fd, buffer, sizeof buffer);
    finish(creator);
    note("inotify: %d \"%s\"", got > 0, ((struct inotify_event *)buffer)->name);
    close(fd);
    unlink(path);
    rmdir(directory);
}

static void regular_files(void)
{
    char path[] = "/tmp/eventlet-probe-XXXXXX", buffer[8192] = { 0 };
    int fd = mkstemp(path);
    note_result("write", write(fd, buffer, sizeof buffer));
    struct iovec pieces[] = { { "ab", 2 }, { "cde", 3 } };
    note_result("writev", writev(fd, pieces, 2));
    note_result("read at the end", read(fd, buffer, 16));
    lseek(fd, 8190, SEEK_SET);
    note_result("read over the end", read(fd, buffer, sizeof buffer));
    lseek(fd, 0, SEEK_SET);
    note_result("read all", read(fd, buffer, sizeof buffer));
    close(fd);
    fd = open(path, O_RDONLY);
    note_result("write to what is for reading", write(fd, "x", 1));
    close(fd);
    fd = open(path, O_WRONLY);
    note_result("read from what is for writing", read(fd, buffer, 1));
    close(fd);
    unlink(path);
    fd = open("/", O_RDONLY);
    note_result("read a directory", read(fd, buffer, 1));
    close(fd);
    fd = open("/proc/self/stat", O_RDONLY);
    note("read of /proc: %d", read(fd, buffer, sizeof buffer) > 0);
    close(fd);
}

static void devices(void)
{
    char buffer[16];
    int fd = open("/dev/zero", O_RDWR);
    note_result("read zeros", read(fd, buffer, sizeof buffer));
    note_result("write to zeros", write(fd, buffer, sizeof buffer));
    close(fd);
    fd = open("/dev/null", O_RDWR);
    note_result("read null", read(fd, buffer, sizeof buffer));
    note_result("write null", write(fd, buffer, sizeof buffer));
    close(fd);
    fd = open("/dev/urandom", O_RDONLY);
    note_result("read random bytes", read(fd, buffer, sizeof buffer));
    close(fd);
    fd = open("/dev/full", O_RDWR);
    note_result("write full", write(fd, buffer, sizeof buffer));
    close(fd);
    note_result("read of -1", read(-1, buffer, sizeof buffer));
    note_result("write of -1", write(-1, buffer, sizeof buffer));
    note_result("read of a large number", read(123456789, buffer, sizeof buffer));
}

// ---- Writing ---------------------------------------------------------------------------

enum { LARGE = 1 << 20 };

static void read_large(void *opaque)
{
    int fd = (int)(intptr_t)opaque;
    char *buffer = malloc(LARGE);
    size_t got = 0, sum = 0;
    while (got < LARGE) {
        ssize_t more = read(fd, buffer, LARGE);
        if (more <= 0)
            abort();
        for (ssize_t i = 0; i < more; i++)
            sum += buffer[i] != (char)((got + (size_t)i) % 251);
        got += (size_t)more;
    }
    if (sum)
        abort();
    free(buffer);
}

/// More than any buffer holds: it ends when all is written.
static void write_large_to(int writes, int reads)
{
    char *buffer = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        buffer[i] = (char)(i % 251);
    later *reader = when_asleep(read_large, number(reads));
    note_result("write", write(writes, buffer, LARGE));
    finish(reader);
    reader = when_asleep(read_large, number(reads));
    struct iovec pieces[] = {
        { buffer, 3 }, { buffer, 0 }, { buffer + 3, 100000 }, { buffer + 100003, LARGE - 100003 }
    };
    note_result("writev", writev(writes, pieces, 4));
    finish(reader);
    note_result("write nothing", write(writes, buffer, 0));
    note_result("writev nothing", writev(writes, pieces + 1, 1));
    int flags = fcntl(writes, F_GETFL);
    fcntl(writes, F_SETFL, flags | O_NONBLOCK);
    ssize_t put = write(writes, buffer, LARGE);
    note("write, non-blocking, a part: %d", put > 0 && put < LARGE);
    while ((put = write(writes, buffer, LARGE)) > 0)
        ;
    note_result("write, non-blocking, full", put);
    note_result("writev, non-blocking, full", writev(writes, pieces, 4));
    free(buffer);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    close(reads);
    note_result("write to what nobody reads", write(writes, "x", 1));
    fcntl(writes, F_SETFL, flags);
    note_result("the same, blocking", write(writes, "x", 1));
    note_result("the same, in pieces", writev(writes, &(struct iovec){ "xy", 2 }, 1));
    close(writes);
    signal(SIGPIPE, before);
}

static void large_to_pipes(void)
{
    int ends[2];
    pipe(ends);
    write_large_to(ends[1], ends[0]);
}

static void large_to_sockets(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    write_large_to(ends[1], ends[0]);
}

// ---- Numbers -----------------------------------------------------------------------------

static void numbers(void)
{
    int ends[2];
    char buffer[8];
    pipe(ends);
    int high = fcntl(ends[0], F_DUPFD, 200);
    note("dup2 to itself: %d", dup2(high, high) == high);
    note_result("dup3 to itself", dup3(high, high, 0));
    note_result("dup2 of what is closed", dup2(999, high));
    note("and the target is open: %d", fcntl(high, F_GETFD) >= 0);
    note_result("dup3 with bad flags", dup3(ends[0], high, 12345));
    note("dup2: %d", dup2(ends[1], high) == high);
    note_result("write to the copy", write(high, "x", 1));
    note_result("read it", read(ends[0], buffer, 8));
    note("dup3: %d", dup3(ends[0], high, O_CLOEXEC) == high);
    note("close-on-exec: %d", fcntl(high, F_GETFD));
    note_result("close", close(high));
    note_result("close once more", close(high));
    note_result("close -1", close(-1));
    for (int fd = 300; fd < 310; fd++)
        dup2(ends[0], fd);
    note_result("close_range", close_range(300, 304, 0));
    note("304 and 305: %d %d", fcntl(304, F_GETFD), fcntl(305, F_GETFD));
    note_result("close_range, mark", close_range(305, 309, 4));
    note("305: %d", fcntl(305, F_GETFD));
    note_result("close_range, wrong way", close_range(9, 8, 0));
    for (int fd = 305; fd < 310; fd++)
        close(fd);
    close(ends[0]);
    close(ends[1]);
}

const probe descriptor_probes[] = {
    { "pipes", 1, pipes },
    { "fifos", 1, fifos },
    { "stream sockets, by read", 1, stream_sockets },
    { "datagram sockets, by read", 1, datagram_sockets },
    { "sockets of records, by read", 1, record_sockets },
    { "terminals", 1, terminals },
    { "counters", 1, counters },
    { "timers", 1, timers },
    { "watched directories", 1, directories_watched },
    { "regular files", 0, regular_files },
    { "devices", 0, devices },
    { "much to a pipe", 1, large_to_pipes },
    { "much to a socket", 1, large_to_sockets },
    { "numbers of descriptors", 0, numbers },
    { "", 0, NULL },
};

int probe_close_range(int fd)
{
    return close_range((unsigned)fd, (unsigned)fd, 0);
}

int probe_close_from(int first)
{
    int result = close_range((unsigned)first + 1, ~0u, 0);
    closefrom(first);
    return result;
}

int probe_set_nonblocking(int fd, int on)
{
    return ioctl(fd, FIONBIO, &on);
}

int probe_flags_directly(int fd)
{
    return (int)syscall(SYS_fcntl, fd, F_GETFL);
}

int probe_make_packet_pipe(int ends[2])
{
    return pipe2(ends, O_DIRECT);
}
