// Other names of libc's functions: what code compiled with _FORTIFY_SOURCE calls, and what
// libraries of libc's own family do. Each waits on its own, so that none is left out.
#include "transcript.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

extern ssize_t __read(int, void *, size_t);
extern ssize_t __write(int, const void *, size_t);
extern ssize_t __send(int, const void *, size_t, int);
extern int __connect(int, const struct sockaddr *, socklen_t);
extern int __poll(struct pollfd *, nfds_t, int);
extern int __select(int, fd_set *, fd_set *, fd_set *, struct timeval *);
extern int __nanosleep(const struct timespec *, struct timespec *);
extern pid_t __waitpid(pid_t, int *, int);
extern ssize_t __read_chk(int, void *, size_t, size_t);
extern ssize_t __recv_chk(int, void *, size_t, size_t, int);
extern ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
extern int __poll_chk(struct pollfd *, nfds_t, int, size_t);
extern int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);
extern char *__fgets_chk(char *, size_t, int, FILE *);
extern size_t __fread_chk(void *, size_t, size_t, size_t, FILE *);
extern char *__fgets_unlocked_chk(char *, size_t, int, FILE *);
extern size_t __fread_unlocked_chk(void *, size_t, size_t, size_t, FILE *);
extern ssize_t __getdelim(char **, size_t *, int, FILE *);
extern int _IO_getc(FILE *);

static int ends[2];
static later *other;
static char buffer[16];

static void write_line(void *unused)
{
    (void)unused;
    if (write(ends[1], "hello\n", 6) != 6)
        abort();
}

/// Something comes a little later.
static int begin(void)
{
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    memset(buffer, 0, sizeof buffer);
    other = when_asleep(write_line, NULL);
    return ends[0];
}

static void end(long result)
{
    finish(other);
    note("%ld %s", result, buffer);
    close(ends[0]);
    close(ends[1]);
}

static FILE *begin_stream(void)
{
    return fdopen(begin(), "r");
}

static void end_stream(FILE *file, long result)
{
    finish(other);
    note("%ld %s", result, buffer);
    fclose(file);
    close(ends[1]);
}

#define RECEIVES(function, ...)                                                                    \
    static void probe_##function(void)                                                             \
    {                                                                                              \
        int fd = begin();                                                                          \
        end(function(fd, buffer, __VA_ARGS__));                                                    \
    }
RECEIVES(__read, sizeof buffer)
RECEIVES(__read_chk, sizeof buffer, sizeof buffer)
RECEIVES(__recv_chk, sizeof buffer, sizeof buffer, 0)
RECEIVES(__recvfrom_chk, sizeof buffer, sizeof buffer, 0, NULL, NULL)

#define POLLS(function, ...)                                                                       \
    static void probe_##function(void)                                                             \
    {                                                                                              \
        struct pollfd one = { begin(), POLLIN, 0 };                                                \
        end(function(&one, 1, __VA_ARGS__));                                                       \
    }
POLLS(__poll, -1)
POLLS(__poll_chk, -1, sizeof one)
POLLS(__ppoll_chk, NULL, NULL, sizeof one)

static void probe___select(void)
{
    fd_set reads;
    FD_ZERO(&reads);
    int fd = begin();
    FD_SET(fd, &reads);
    end(__select(fd + 1, &reads, NULL, NULL, NULL));
}

#define READS_STREAM(function, ...)                                                                \
    static void probe_##function(void)                                                             \
    {                                                                                              \
        FILE *file = begin_stream();                                                               \
        end_stream(file, (long)function(__VA_ARGS__) != 0);                                        \
    }
READS_STREAM(__fgets_chk, buffer, sizeof buffer, sizeof buffer, file)
READS_STREAM(__fgets_unlocked_chk, buffer, sizeof buffer, sizeof buffer, file)
READS_STREAM(__fread_chk, buffer, sizeof buffer, 1, 6, file)
READS_STREAM(__fread_unlocked_chk, buffer, sizeof buffer, 1, 6, file)
READS_STREAM(fgets_unlocked, buffer, sizeof buffer, file)
READS_STREAM(fread_unlocked, buffer, 1, 6, file)
READS_STREAM(_IO_getc, file)
READS_STREAM(fgetc_unlocked, file)
READS_STREAM(getc_unlocked, file)

static void probe___getdelim(void)
{
    FILE *file = begin_stream();
    char *line = NULL;
    size_t room = 0;
    end_stream(file, __getdelim(&line, &room, '\n', file));
    free(line);
}

static void read_all(void *unused)
{
    (void)unused;
    char some[4096];
    long total = 0, got;
    while (total < 1000000 && (got = read(ends[0], some, sizeof some)) > 0)
        total += got;
}

#define SENDS(function, ...)                                                                       \
    static void probe_##function(void)                                                             \
    {                                                                                              \
        char *bytes = calloc(1, 1000000);                                                          \
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);                                                 \
        other = when_asleep(read_all, NULL);                                                       \
        long sent = function(ends[1], bytes, 1000000 __VA_ARGS__);                                 \
        finish(other);                                                                             \
        note("%ld", sent);                                                                         \
        close(ends[0]);                                                                            \
        close(ends[1]);                                                                            \
        free(bytes);                                                                               \
    }
#define NOTHING
SENDS(__write, NOTHING)
#define FLAGS , 0
SENDS(__send, FLAGS)

static void probe___connect(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t length = sizeof address;
    bind(listener, (struct sockaddr *)&address, length);
    listen(listener, 1);
    getsockname(listener, (struct sockaddr *)&address, &length);
    note("%d", __connect(client, (struct sockaddr *)&address, length));
    close(client);
    close(listener);
}

static void probe___nanosleep(void)
{
    const struct timespec time = { 0, 5000000 };
    note("%d", __nanosleep(&time, NULL));
}

static void close_it(void *fd)
{
    close((int)(intptr_t)fd);
}

/// The child lives until it is told to end.
static void probe___waitpid(void)
{
    int status = 0, lives[2];
    pipe2(lives, O_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        close(lives[1]);
        __read(lives[0], buffer, 1);
        _exit(3);
    }
    other = when_asleep(close_it, (void *)(intptr_t)lives[1]);
    note("%d %d", __waitpid(child, &status, 0) == child, WEXITSTATUS(status));
    finish(other);
    close(lives[0]);
}

#define ALIAS(function) { #function, 1, probe_##function }

const probe alias_probes[] = {
    ALIAS(__read),
    ALIAS(__read_chk),
    ALIAS(__recv_chk),
    ALIAS(__recvfrom_chk),
    ALIAS(__poll),
    ALIAS(__poll_chk),
    ALIAS(__ppoll_chk),
    ALIAS(__select),
    ALIAS(__fgets_chk),
    ALIAS(__fgets_unlocked_chk),
    ALIAS(__fread_chk),
    ALIAS(__fread_unlocked_chk),
    ALIAS(fgets_unlocked),
    ALIAS(fread_unlocked),
    ALIAS(_IO_getc),
    ALIAS(fgetc_unlocked),
    ALIAS(getc_unlocked),
    ALIAS(__getdelim),
    ALIAS(__write),
    ALIAS(__send),
    { "__connect", 0, probe___connect }, // does not wait on this host
    ALIAS(__nanosleep),
    ALIAS(__waitpid),
    { "", 0, NULL },
};
