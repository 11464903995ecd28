// Waiting for children.
#include "transcript.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/// A child that ends with `status` after some milliseconds, without anything of libc's that might
/// be in use by the parent's other threads.
static pid_t child(int milliseconds, int status)
{
    pid_t pid = fork();
    if (pid == 0) {
        usleep((useconds_t)milliseconds * 1000);
        _exit(status);
    }
    return pid;
}

static void waits(void)
{
    int status = 0;
    pid_t pid = child(30, 3);
    note("WNOHANG: %d", waitpid(pid, &status, WNOHANG));
    note("waitpid: %d", waitpid(pid, &status, 0) == pid);
    note("status %d", WEXITSTATUS(status));
    note_result("once more", waitpid(pid, &status, 0));
    pid = child(30, 4);
    struct rusage usage;
    note("wait4: %d, %d", wait4(pid, &status, 0, &usage) == pid, WEXITSTATUS(status));
    pid = child(30, 5);
    siginfo_t info = { 0 };
    note_result("waitid, left to be reaped", waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
    note("of it: %d, %d", info.si_pid == pid, info.si_status);
    note_result("waitid", waitid(P_PID, (id_t)pid, NULL, WEXITED));
    note_result("waitid, no more", waitid(P_PID, (id_t)pid, &info, WEXITED));
    pid = child(30, 0);
    kill(pid, SIGSTOP);
    note("stopped: %d", waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    kill(pid, SIGCONT);
    note("continued: %d", waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    kill(pid, SIGKILL);
    note("killed: %d", waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
    note_result("a bad option", waitpid(pid, &status, 0x4000));
    note_result("waitid without an event", waitid(P_PID, (id_t)pid, &info, 0));
    note_result("somebody else's child", waitpid(1, &status, 0));
}

static void groups(void)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        usleep(30000);
        _exit(6);
    }
    setpgid(pid, pid);
    note("of a group: %d, %d", waitpid(-pid, &status, 0) == pid, WEXITSTATUS(status));
    note_result("of a group without any", waitpid(-pid, &status, 0));
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
