#ifndef CSWITCHBENCH_H
#define CSWITCHBENCH_H

#include <stddef.h>
#include <stdint.h>

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t sb_now(void);
/// Resident bytes of this process, from /proc/self/statm.
size_t sb_resident_bytes(void);
/// Lines of /proc/self/maps.
size_t sb_mappings(void);
/// Nanoseconds of one bare stack switch, of `count` there and back between two
/// stacks: the floor under every figure of the scheduler.
double sb_context_switch(size_t count);
/// Nanoseconds from one OS thread to another and back, of `count` times over a
/// mutex and two condition variables: what a job of a thread pool is measured by.
double sb_condition_round_trip(size_t count);

#endif
