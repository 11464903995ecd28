#include "holdings.h"

#include <pthread.h>
#include <stdlib.h>

EV_BEGIN_HOOKS

__thread ev_holding *ev_holdings __attribute__((tls_model("initial-exec")));
static __thread ev_holding *spare;

static pthread_key_t at_exit;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Of an OS thread that ends.
static void free_all(void *unused)
{
    (void)unused;
    for (ev_holding **list = &ev_holdings;; list = &spare) {
        while (*list) {
            ev_holding *next = (*list)->next;
            free(*list);
            *list = next;
        }
        if (list == &spare)
            return;
    }
}

static void make_key(void)
{
    pthread_key_create(&at_exit, free_all);
}

ev_holding *ev_holding_find(const void *lock)
{
    ev_holding *found = ev_holdings;
    while (found && found->lock != lock)
        found = found->next;
    return found;
}

static ev_holding *take_spare(void)
{
    ev_holding *fresh = spare;
    if (fresh) {
        spare = fresh->next;
        return fresh;
    }
    fresh = malloc(sizeof *fresh);
    if (!fresh)
        abort();
    pthread_once(&once, make_key);
    pthread_setspecific(at_exit, fresh);
    return fresh;
}

void ev_holding_add(const void *lock)
{
    ev_holding *fresh = ev_holding_find(lock); // of an owner whose unlocking was not seen
    if (!fresh) {
        fresh = take_spare();
        fresh->next = ev_holdings;
        ev_holdings = fresh;
    }
    fresh->lock = lock;
    fresh->holder = ev_thread_pointer->current;
    fresh->depth = 1;
}

void ev_holding_remove(const void *lock)
{
    for (ev_holding **link = &ev_holdings; *link; link = &(*link)->next) {
        ev_holding *found = *link;
        if (found->lock != lock)
            continue;
        if (--found->depth == 0) {
            *link = found->next;
            found->next = spare;
            spare = found;
        }
        return;
    }
}

EV_END_HOOKS
