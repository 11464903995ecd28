// Locks of files.
#include "transcript.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

static void unlock(void *fd)
{
    flock((int)(intptr_t)fd, LOCK_UN);
}

static void flocks(void)
{
    char path[] = "/tmp/eventlet-probe-XXXXXX";
    int first = mkstemp(path), second = open(path, O_RDWR);
    note_result("exclusive", flock(first, LOCK_EX));
    note_result("without waiting", flock(second, LOCK_EX | LOCK_NB));
    later *holder = when_asleep(unlock, (void *)(intptr_t)first);
    note_result("waiting", flock(second, LOCK_EX));
    finish(holder);
    note_result("unlock", flock(second, LOCK_UN));
    note_result("shared", flock(first, LOCK_SH));
    note_result("and another", flock(second, LOCK_SH));
    note_result("nonsense", flock(first, 77));
    close(first);
    close(second);
    note_result("closed", flock(first, LOCK_EX));
    unlink(path);
}

static void end(void *fd)
{
    close((int)(intptr_t)fd);
}

/// Records belong to a process: so another one holds it until it is told to end.
static void record_locks(void)
{
    char path[] = "/tmp/eventlet-probe-XXXXXX", byte;
    int fd = mkstemp(path), has_it[2], lives[2];
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
    pipe(has_it);
    pipe(lives);
    pid_t pid = fork();
    if (pid == 0) {
        close(lives[1]);
        if (fcntl(fd, F_SETLK, &lock) != 0 || write(has_it[1], "x", 1) != 1)
            _exit(1);
        read(lives[0], &byte, 1);
        _exit(0);
    }
    read(has_it[0], &byte, 1);
    note_result("without waiting", fcntl(fd, F_SETLK, &lock));
    later *holder = when_asleep(end, (void *)(intptr_t)lives[1]);
    note_result("waiting", fcntl(fd, F_SETLKW, &lock));
    finish(holder);
    lock.l_type = F_UNLCK;
    note_result("unlock", fcntl(fd, F_SETLK, &lock));
    int status;
    waitpid(pid, &status, 0);
    note("the other: %d", status);
    lock.l_type = 99;
    note_result("nonsense", fcntl(fd, F_SETLKW, &lock));
    note_result("lockf", lockf(fd, F_LOCK, 5));
    note_result("unlock", lockf(fd, F_ULOCK, 5));
    note_result("nonsense", lockf(fd, 99, 5));
    close(has_it[0]);
    close(has_it[1]);
    close(lives[0]);
    close(fd);
    unlink(path);
}

const probe file_probes[] = {
    { "locks of files", 1, flocks },
    { "locks of records", 1, record_locks },
    { "", 0, NULL },
};
