#include "clients.h"

/* 89 is prime: no power of two of bytes lost, doubled or moved goes unseen. */
enum { PERIOD = 89 };

static char at(uint64_t position)
{
    return (char)('!' + position % PERIOD);
}

void fill_pattern(char *bytes, size_t count, uint64_t position)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = at(position + i);
}

bool is_pattern(const char *bytes, size_t count, uint64_t position)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != at(position + i))
            return false;
    return true;
}
