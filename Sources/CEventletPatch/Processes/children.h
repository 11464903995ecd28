// Waiting for a change of any of several children.
#ifndef EV_CHILDREN_H
#define EV_CHILDREN_H

#include "hook.h"

#include <sys/wait.h>

/// Until one of the children has changed, or there is none; takes nothing. False: errno says why
/// not.
EV_HIDDEN bool ev_children_wait(idtype_t type, id_t which, int options);

#endif
