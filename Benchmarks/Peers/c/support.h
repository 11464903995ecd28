/* What the programs that load servers have in common. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdint.h>

/* Says what has failed, and why if `errno` tells it, and ends the program. */
_Noreturn void die(const char *what);
_Noreturn void fail(const char *what);

/* Returns a number from `low` to `high`, or ends the program. */
double parse(const char *text, const char *name, double low, double high);

/* Returns a socket that is connected to 127.0.0.1:`port`. */
int connect_to(uint16_t port);

#endif
