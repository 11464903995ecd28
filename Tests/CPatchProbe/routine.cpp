// A routine of C++ that throws, past the code that has it run.
#include "CPatchProbe.h"

#include <pthread.h>
#include <unistd.h>

namespace {

pthread_once_t control = PTHREAD_ONCE_INIT, other_control = PTHREAD_ONCE_INIT;
int run_count = 0;

void throw_at_first()
{
    if (++run_count == 1)
        throw 7;
}

void let_others_run()
{
    usleep(0);
}

/// A frame of its own, which is gone when it returns.
__attribute__((noinline)) bool throws()
{
    try {
        pthread_once(&control, throw_at_first);
    } catch (int) {
        return true;
    }
    return false;
}

/// Writes over what may be left on the stack.
__attribute__((noinline)) void fill_stack(int depth)
{
    volatile char fill[512];
    for (volatile char &byte : fill)
        byte = 0x55;
    if (depth > 0)
        fill_stack(depth - 1);
}

} // namespace

int probe_once_that_throws(void)
{
    if (!throws())
        return -1;
    fill_stack(4);
    pthread_once(&other_control, let_others_run);
    pthread_once(&control, throw_at_first);
    return run_count;
}
