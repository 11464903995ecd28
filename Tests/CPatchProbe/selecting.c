// poll, select, epoll.
#include "transcript.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

static void *number(int fd)
{
    return (void *)(intptr_t)fd;
}

static void write_five(void *fd)
{
    if (write((int)(intptr_t)fd, "hello", 5) != 5)
        abort();
}

static void shut(void *fd)
{
    shutdown((int)(intptr_t)fd, SHUT_WR);
}

static void end(void *fd)
{
    close((int)(intptr_t)fd);
}

static void show(const char *what, int found, const struct pollfd *list, int count)
{
    char text[256] = "";
    for (int i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " %#x",
                 (unsigned short)list[i].revents);
    if (found < 0)
        note_result(what, found);
    else
        note("%s: %d,%s", what, found, text);
}

static void polls(void)
{
    int ends[2], other[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    pipe(other);
    int file = open("/etc/passwd", O_RDONLY);
    struct pollfd list[] = {
        { ends[0], POLLIN, 0 }, { other[0], POLLIN, 0 },           { -1, POLLIN, 0 },
        { ends[0], POLLIN | POLLRDHUP, 0 }, { other[1], 0, 0 },
    };
    show("nothing, at once", poll(list, 5, 0), list, 5);
    show("nothing in time", poll(list, 5, 30), list, 5);
    later *writer = when_asleep(write_five, number(ends[1]));
    show("one of several, twice", poll(list, 5, 5000), list, 5);
    finish(writer);
    show("ready", poll(list, 5, -1), list, 5);
    char buffer[8];
    read(ends[0], buffer, 8);
    writer = when_asleep(shut, number(ends[1]));
    show("the peer's end", poll(list, 5, -1), list, 5);
    finish(writer);
    struct pollfd writable[] = { { ends[0], POLLOUT, 0 }, { other[1], POLLOUT, 0 } };
    show("writable", poll(writable, 2, -1), writable, 2);
    struct pollfd files[] = { { file, POLLIN | POLLOUT, 0 }, { 999, POLLIN, 0 } };
    show("a file, and what is not open", poll(files, 2, -1), files, 2);
    show("none, for a time", poll(NULL, 0, 20), NULL, 0);
    writer = when_asleep(end, number(other[1]));
    struct pollfd hung[] = { { other[0], POLLIN, 0 } };
    show("hung up", poll(hung, 1, -1), hung, 1);
    finish(writer);
    struct timespec time = { 0, 20000000 };
    struct pollfd quiet[] = { { ends[1], POLLIN, 0 } };
    show("ppoll, nothing in time", ppoll(quiet, 1, &time, NULL), quiet, 1);
    note("the time is left alone: %ld", time.tv_nsec);
    time.tv_nsec = -1;
    show("ppoll, a bad time", ppoll(quiet, 1, &time, NULL), quiet, 1);
    sigset_t none;
    sigemptyset(&none);
    writer = when_asleep(write_five, number(ends[0]));
    show("ppoll with signals", ppoll(quiet, 1, NULL, &none), quiet, 1);
    finish(writer);
    show("too many", poll(quiet, 10000000, 10), quiet, 0);
    close(file);
    close(ends[0]);
    close(ends[1]);
    close(other[0]);
}

static void many(void)
{
    enum { MANY = 40 };
    int ends[MANY][2];
    struct pollfd list[MANY];
    for (int i = 0; i < MANY; i++) {
        pipe(ends[i]);
        list[i] = (struct pollfd){ ends[i][0], POLLIN, 0 };
    }
    later *writer = when_asleep(write_five, number(ends[33][1]));
    note_result("one of forty", poll(list, MANY, -1));
    note("the right one: %d", list[33].revents);
    finish(writer);
    for (int i = 0; i < MANY; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
}

static void selects(void)
{
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    fd_set reads, writes, urgent;
    int most = (ends[0] > ends[1] ? ends[0] : ends[1]) + 1;
#define SETS()                                                                                     \
    FD_ZERO(&reads);                                                                               \
    FD_ZERO(&writes);                                                                              \
    FD_ZERO(&urgent);                                                                              \
    FD_SET(ends[0], &reads);                                                                       \
    FD_SET(ends[1], &urgent)
#define SHOW(what, call)                                                                           \
    do {                                                                                           \
        int found = (call);                                                                        \
        if (found < 0)                                                                             \
            note_result(what, found);                                                              \
        else                                                                                       \
            note(what ": %d, %d %d %d", found, FD_ISSET(ends[0], &reads),                          \
                 FD_ISSET(ends[1], &writes), FD_ISSET(ends[1], &urgent));                          \
    } while (0)
    struct timeval time = { 0, 0 };
    SETS();
    SHOW("at once", select(most, &reads, &writes, &urgent, &time));
    time = (struct timeval){ 0, 30000 };
    SETS();
    SHOW("nothing in time", select(most, &reads, &writes, &urgent, &time));
    note("nothing is left: %ld %ld", (long)time.tv_sec, (long)time.tv_usec);
    SETS();
    later *writer = when_asleep(write_five, number(ends[1]));
    time = (struct timeval){ 5, 0 };
    SHOW("readable", select(most, &reads, &writes, &urgent, &time));
    note("some is left: %d", time.tv_sec < 5 && time.tv_sec >= 3);
    finish(writer);
    SETS();
    FD_SET(ends[1], &writes);
    SHOW("both", select(most, &reads, &writes, NULL, NULL));
    SETS();
    struct timespec precise = { 0, 20000000 };
    char buffer[8];
    read(ends[0], buffer, 8);
    SHOW("pselect", pselect(most, &reads, NULL, NULL, &precise, NULL));
    time = (struct timeval){ 0, 20000 };
    note_result("a pause", select(0, NULL, NULL, NULL, &time));
    time = (struct timeval){ -1, 0 };
    note_result("a bad time", select(0, NULL, NULL, NULL, &time));
    note_result("a bad number", select(-1, NULL, NULL, NULL, NULL));
    precise.tv_nsec = 2000000000;
    note_result("pselect, a bad time", pselect(0, NULL, NULL, NULL, &precise, NULL));
    SETS();
    int gone = dup(ends[0]);
    close(gone);
    FD_SET(gone, &reads);
    note_result("what is not open", select(gone + 1, &reads, NULL, NULL, NULL));
    close(ends[0]);
    close(ends[1]);
}

static void sets(void)
{
    int ends[2], set = epoll_create1(0), outer = epoll_create1(0);
    pipe(ends);
    struct epoll_event event = { EPOLLIN, { .u64 = 7 } }, found[4];
    epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    event.data.u64 = 8;
    epoll_ctl(outer, EPOLL_CTL_ADD, set, &event);
    note_result("at once", epoll_wait(set, found, 4, 0));
    note_result("nothing in time", epoll_wait(set, found, 4, 30));
    later *writer = when_asleep(write_five, number(ends[1]));
    note_result("one", epoll_wait(set, found, 4, -1));
    note("its tag %llu", (unsigned long long)found[0].data.u64);
    finish(writer);
    char buffer[8];
    read(ends[0], buffer, 8);
    writer = when_asleep(write_five, number(ends[1]));
    note_result("a set in a set", epoll_pwait(outer, found, 4, 5000, NULL));
    note("its tag %llu", (unsigned long long)found[0].data.u64);
    finish(writer);
    note_result("no room", epoll_wait(set, found, 0, -1));
    note_result("no set", epoll_wait(ends[0], found, 4, 20));
    note_result("not open", epoll_wait(999, found, 4, 20));
    read(ends[0], buffer, 8);
    note_result("nothing in time, again", epoll_pwait(set, found, 4, 20, NULL));
    close(set);
    close(outer);
    close(ends[0]);
    close(ends[1]);
}

// ---- Masks of signals ------------------------------------------------------------------

static volatile int handled;

static void handle(int signal)
{
    (void)signal;
    handled++;
}

static void send_signal(void *thread)
{
    pthread_kill(*(pthread_t *)thread, SIGUSR2);
}

static void note_interrupted(const char *what, int result)
{
    note_result(what, result);
    note("handled: %d", handled);
}

/// A signal that is blocked but in the call ends it, when its handler has run.
static void masks(void)
{
    struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART }, action_before;
    sigset_t usual, none, with_it;
    pthread_t me = pthread_self();
    int ends[2], set = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    struct timespec time = { 0, 20000000 };
    pipe(ends);
    epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    handled = 0;
    sigaction(SIGUSR2, &action, &action_before);
    sigemptyset(&none);
    sigemptyset(&with_it);
    sigaddset(&with_it, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &with_it, &usual);
    struct pollfd one = { ends[0], POLLIN, 0 };
    later *sender = when_asleep(send_signal, &me);
    note_interrupted("ppoll", ppoll(&one, 1, NULL, &none));
    finish(sender);
    fd_set reads;
    FD_ZERO(&reads);
    FD_SET(ends[0], &reads);
    sender = when_asleep(send_signal, &me);
    note_interrupted("pselect", pselect(ends[0] + 1, &reads, NULL, NULL, NULL, &none));
    finish(sender);
    sender = when_asleep(send_signal, &me);
    note_interrupted("epoll_pwait", epoll_pwait(set, &event, 1, -1, &none));
    finish(sender);
    send_signal(&me);
    note_interrupted("pending before", ppoll(&one, 1, NULL, &none));
    send_signal(&me);
    note_interrupted("blocked in the call too", ppoll(&one, 1, &time, &with_it));
    note_interrupted("in a call without a mask", poll(&one, 1, 20));
    write_five(number(ends[1]));
    note_interrupted("before what is ready", ppoll(&one, 1, NULL, &none));
    note_interrupted("no more signals", ppoll(&one, 1, NULL, &none));
    pthread_sigmask(SIG_SETMASK, &usual, NULL);
    sigaction(SIGUSR2, &action_before, NULL);
    close(set);
    close(ends[0]);
    close(ends[1]);
}

const probe selecting_probes[] = {
    { "poll", 1, polls },
    { "poll of many", 1, many },
    { "select", 1, selects },
    { "epoll", 1, sets },
    { "masks of signals", 1, masks },
    { "", 0, NULL },
};

int probe_epoll_wait(int fd)
{
    int set = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    int result = epoll_wait(set, &event, 1, -1), error = errno;
    close(set);
    errno = error;
    return result;
}

int probe_ppoll_with_mask(int fd)
{
    struct pollfd one = { fd, POLLIN, 0 };
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    return ppoll(&one, 1, NULL, &mask);
}
