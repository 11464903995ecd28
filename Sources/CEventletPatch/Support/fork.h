// What a fork leaves of what OS threads share: the lists are locked meanwhile, and those of the
// child have nobody in them but the OS thread that goes on.
#ifndef EV_FORK_H
#define EV_FORK_H

#include "hook.h"

EV_HIDDEN void ev_waiters_before_fork(void);
EV_HIDDEN void ev_waiters_after_fork(bool is_child);
EV_HIDDEN void ev_children_before_fork(void);
EV_HIDDEN void ev_children_after_fork(bool is_child);
EV_HIDDEN void ev_once_before_fork(void);
EV_HIDDEN void ev_once_after_fork(bool is_child);

#endif
