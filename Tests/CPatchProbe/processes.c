// Waiting for children.
#include "transcript.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/// A child that ends with `status` when `*lives` is closed here.
static pid_t start_child(int status, int *lives)
{
    int ends[2];
    char byte;
    pipe2(ends, O_CLOEXEC);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        read(ends[0], &byte, 1);
        _exit(status);
    }
    close(ends[0]);
    *lives = ends[1];
    return pid;
}

static void let_end(void *fd)
{
    close((int)(intptr_t)fd);
}

/// The same, which ends a little later.
static pid_t child(int status, later **end)
{
    int lives;
    pid_t pid = start_child(status, &lives);
    *end = when_asleep(let_end, (void *)(intptr_t)lives);
    return pid;
}

static void waits(void)
{
    int status = 0, lives;
    later *end;
    pid_t pid = start_child(3, &lives);
    note("WNOHANG: %d", waitpid(pid, &status, WNOHANG));
    end = when_asleep(let_end, (void *)(intptr_t)lives);
    note("waitpid: %d", waitpid(pid, &status, 0) == pid);
    note("status %d", WEXITSTATUS(status));
    note_result("once more", waitpid(pid, &status, 0));
    finish(end);
    pid = child(4, &end);
    struct rusage usage;
    note("wait4: %d, %d", wait4(pid, &status, 0, &usage) == pid, WEXITSTATUS(status));
    finish(end);
    pid = child(5, &end);
    siginfo_t info = { 0 };
    note_result("waitid, left to be reaped", waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
    note("of it: %d, %d", info.si_pid == pid, info.si_status);
    note_result("waitid", waitid(P_PID, (id_t)pid, NULL, WEXITED));
    note_result("waitid, no more", waitid(P_PID, (id_t)pid, &info, WEXITED));
    finish(end);
    pid = start_child(0, &lives);
    kill(pid, SIGSTOP);
    note("stopped: %d", waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    kill(pid, SIGCONT);
    note("continued: %d", waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    kill(pid, SIGKILL);
    note("killed: %d", waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
    close(lives);
    note_result("a bad option", waitpid(pid, &status, 0x4000));
    note_result("waitid without an event", waitid(P_PID, (id_t)pid, &info, 0));
    note_result("somebody else's child", waitpid(1, &status, 0));
}

static void groups(void)
{
    int status = 0, lives;
    pid_t pid = start_child(6, &lives);
    setpgid(pid, pid);
    later *end = when_asleep(let_end, (void *)(intptr_t)lives);
    note("of a group: %d, %d", waitpid(-pid, &status, 0) == pid, WEXITSTATUS(status));
    note_result("of a group without any", waitpid(-pid, &status, 0));
    finish(end);
}

static void commands(void)
{
    note("system: %#x", (unsigned)system("sleep 0.05; exit 7"));
    note("is there a shell: %d", system(NULL) != 0);
    FILE *pipe = popen("sleep 0.05; echo hello; exit 8", "r");
    char line[16] = "";
    note("a line: %d", fgets(line, sizeof line, pipe) != NULL);
    note("pclose: %#x", (unsigned)pclose(pipe));
    pipe = popen("sleep 0.05; exit 9", "w");
    note("pclose waits: %#x", (unsigned)pclose(pipe));
}

const probe process_probes[] = {
    { "children", 1, waits },
    { "groups of children", 1, groups },
    { "commands", 1, commands },
    { "", 0, NULL },
};
