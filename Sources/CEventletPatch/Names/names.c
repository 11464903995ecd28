// Looking names up. libc asks its servers with calls that no hook sees, so all of it is done by a
// helper thread.
#include "names.h"

#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>

EV_BEGIN_HOOKS

// ---- getaddrinfo -----------------------------------------------------------------------

EV_ORIGINAL(int, getaddrinfo,
            (const char *, const char *, const struct addrinfo *, struct addrinfo **))

typedef struct ev_addresses_job {
    ev_patch_job job;
    char *name, *service;
    bool has_hints;
    struct addrinfo hints, *found;
    int result;
} ev_addresses_job;

static void find_addresses(ev_patch_job *opaque)
{
    ev_addresses_job *job = (ev_addresses_job *)opaque;
    job->result = EV_CALL_ORIGINAL(getaddrinfo, job->name, job->service,
                                   job->has_hints ? &job->hints : NULL, &job->found);
}

static void free_addresses_job(ev_patch_job *opaque)
{
    ev_addresses_job *job = (ev_addresses_job *)opaque;
    if (job->found)
        freeaddrinfo(job->found);
    free(job->name);
    free(job->service);
    free(job);
}

static int find_addresses_greenly(const char *name, const char *service,
                                  const struct addrinfo *hints, struct addrinfo **found)
{
    ev_addresses_job *job = calloc(1, sizeof *job);
    if (!job)
        return EAI_MEMORY;
    job->job.perform = find_addresses;
    job->job.destroy = free_addresses_job;
    job->name = ev_names_copy(name);
    job->service = ev_names_copy(service);
    job->has_hints = hints != NULL;
    if (hints)
        job->hints = *hints;
    int result = EAI_SYSTEM;
    if (ev_names_perform(&job->job) != EV_PATCH_INTERRUPTED) {
        result = job->result;
        if (result == 0) {
            *found = job->found;
            job->found = NULL;
        }
    }
    ev_names_done(&job->job);
    return result;
}

// Weak, so that a static executable, which has libc's own beside it, can be linked.
__attribute__((weak)) EV_HOOK int getaddrinfo(const char *name, const char *service,
                                              const struct addrinfo *hints,
                                              struct addrinfo **found)
{
    // Without a name, or with an address for one, nobody is asked.
    if (!name || (hints && hints->ai_flags & AI_NUMERICHOST) || !ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(getaddrinfo, name, service, hints, found);
    return find_addresses_greenly(name, service, hints, found);
}

// ---- getnameinfo -----------------------------------------------------------------------

EV_ORIGINAL(int, getnameinfo,
            (const struct sockaddr *, socklen_t, char *, socklen_t, char *, socklen_t, int))

typedef struct ev_name_job {
    ev_patch_job job;
    struct sockaddr_storage address;
    socklen_t address_length, name_room, service_room;
    int flags, result;
    char name[NI_MAXHOST], service[NI_MAXSERV];
} ev_name_job;

static void find_name(ev_patch_job *opaque)
{
    ev_name_job *job = (ev_name_job *)opaque;
    job->result = EV_CALL_ORIGINAL(
        getnameinfo, (struct sockaddr *)&job->address, job->address_length,
        job->name_room ? job->name : NULL, job->name_room, job->service_room ? job->service : NULL,
        job->service_room, job->flags);
}

static void free_job(ev_patch_job *job)
{
    free(job);
}

static socklen_t least(size_t a, size_t b)
{
    return (socklen_t)(a < b ? a : b);
}

EV_HOOK int getnameinfo(const struct sockaddr *address, socklen_t address_length, char *name,
                        socklen_t name_room, char *service, socklen_t service_room, int flags)
{
    bool asks_nobody = !name || name_room == 0 || flags & NI_NUMERICHOST
                       || address_length > sizeof(struct sockaddr_storage);
    if (asks_nobody || !ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(getnameinfo, address, address_length, name, name_room, service,
                                service_room, flags);
    ev_name_job *job = calloc(1, sizeof *job);
    if (!job)
        return EAI_MEMORY;
    job->job.perform = find_name;
    job->job.destroy = free_job;
    memcpy(&job->address, address, address_length);
    job->address_length = address_length;
    job->name_room = least(name_room, sizeof job->name);
    job->service_room = service ? least(service_room, sizeof job->service) : 0;
    job->flags = flags;
    int result = EAI_SYSTEM;
    if (ev_names_perform(&job->job) != EV_PATCH_INTERRUPTED) {
        result = job->result;
        if (result == 0) {
            memcpy(name, job->name, job->name_room);
            if (job->service_room)
                memcpy(service, job->service, job->service_room);
        }
    }
    ev_names_done(&job->job);
    return result;
}

// ---- gethostbyname and gethostbyaddr ------------------------------------------------------

EV_ORIGINAL(int, gethostbyname2_r,
            (const char *, int, struct hostent *, char *, size_t, struct hostent **, int *))
EV_ORIGINAL(int, gethostbyname_r,
            (const char *, struct hostent *, char *, size_t, struct hostent **, int *))
EV_ORIGINAL(int, gethostbyaddr_r,
            (const void *, socklen_t, int, struct hostent *, char *, size_t, struct hostent **,
             int *))
EV_ORIGINAL(struct hostent *, gethostbyname, (const char *))
EV_ORIGINAL(struct hostent *, gethostbyname2, (const char *, int))
EV_ORIGINAL(struct hostent *, gethostbyaddr, (const void *, socklen_t, int))

enum { ANY_FAMILY = -1 };

/// The entry points into `memory`, so the two go together from the helper to the caller.
typedef struct ev_host_job {
    ev_patch_job job;
    char *name;             // NULL: by address
    int family;             // ANY_FAMILY: as gethostbyname decides
    socklen_t address_length;
    unsigned char address[sizeof(struct in6_addr)];
    struct hostent entry, *found;
    char *memory;
    size_t room;
    int result, host_error;
} ev_host_job;

static void find_host(ev_patch_job *opaque)
{
    ev_host_job *job = (ev_host_job *)opaque;
    if (!job->name)
        job->result = EV_CALL_ORIGINAL(gethostbyaddr_r, job->address, job->address_length,
                                       job->family, &job->entry, job->memory, job->room,
                                       &job->found, &job->host_error);
    else if (job->family == ANY_FAMILY)
        job->result = EV_CALL_ORIGINAL(gethostbyname_r, job->name, &job->entry, job->memory,
                                       job->room, &job->found, &job->host_error);
    else
        job->result = EV_CALL_ORIGINAL(gethostbyname2_r, job->name, job->family, &job->entry,
                                       job->memory, job->room, &job->found, &job->host_error);
}

static void free_host_job(ev_patch_job *opaque)
{
    ev_host_job *job = (ev_host_job *)opaque;
    free(job->name);
    free(job->memory);
    free(job);
}

static ev_host_job *make_host_job(const char *name, int family, const void *address,
                                  socklen_t address_length, size_t room)
{
    ev_host_job *job = calloc(1, sizeof *job);
    char *memory = malloc(room);
    if (!job || !memory || address_length > sizeof job->address) {
        free(job);
        free(memory);
        return NULL;
    }
    job->job.perform = find_host;
    job->job.destroy = free_host_job;
    job->name = ev_names_copy(name);
    job->family = family;
    job->address_length = address_length;
    if (address)
        memcpy(job->address, address, address_length);
    job->memory = memory;
    job->room = room;
    return job;
}

/// Moves an entry from the job's memory, which is copied to `memory`, to there.
static void move_entry(const ev_host_job *job, struct hostent *entry, char *memory)
{
    memcpy(memory, job->memory, job->room);
    ptrdiff_t distance = memory - job->memory;
    *entry = job->entry;
#define MOVE(pointer) ((pointer) = (void *)((char *)(pointer) + distance))
    MOVE(entry->h_name);
    MOVE(entry->h_aliases);
    MOVE(entry->h_addr_list);
    for (char **alias = entry->h_aliases; *alias; alias++)
        MOVE(*alias);
    for (char **address = entry->h_addr_list; *address; address++)
        MOVE(*address);
#undef MOVE
}

/// The reentrant form of all three.
static int find_host_greenly(ev_host_job *job, struct hostent *entry, char *memory,
                             struct hostent **found, int *host_error)
{
    *found = NULL;
    if (!job) {
        *host_error = NETDB_INTERNAL;
        return errno = ENOMEM;
    }
    int result;
    if (ev_names_perform(&job->job) == EV_PATCH_INTERRUPTED) {
        *host_error = NETDB_INTERNAL;
        result = ECANCELED;
    } else {
        result = job->result;
        *host_error = job->host_error;
        if (job->found) {
            move_entry(job, entry, memory);
            *found = entry;
        }
    }
    ev_names_done(&job->job);
    return result;
}

EV_HOOK int gethostbyname_r(const char *name, struct hostent *entry, char *memory, size_t room,
                            struct hostent **found, int *host_error)
{
    if (!ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(gethostbyname_r, name, entry, memory, room, found, host_error);
    return find_host_greenly(make_host_job(name, ANY_FAMILY, NULL, 0, room), entry, memory, found,
                             host_error);
}

EV_HOOK int gethostbyname2_r(const char *name, int family, struct hostent *entry, char *memory,
                             size_t room, struct hostent **found, int *host_error)
{
    if (!ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(gethostbyname2_r, name, family, entry, memory, room, found,
                                host_error);
    return find_host_greenly(make_host_job(name, family, NULL, 0, room), entry, memory, found,
                             host_error);
}

EV_HOOK int gethostbyaddr_r(const void *address, socklen_t length, int family,
                            struct hostent *entry, char *memory, size_t room,
                            struct hostent **found, int *host_error)
{
    if (length > sizeof(struct in6_addr) || !ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(gethostbyaddr_r, address, length, family, entry, memory, room,
                                found, host_error);
    return find_host_greenly(make_host_job(NULL, family, address, length, room), entry, memory,
                             found, host_error);
}

/// What the forms without memory of the caller's return stays until the next such call, as libc's.
static __thread struct hostent last_entry;
static __thread char *last_memory;

/// With more memory each time, until it is enough.
static struct hostent *find_last(const char *name, int family, const void *address,
                                 socklen_t length)
{
    for (size_t room = 1024;; room *= 2) {
        struct hostent entry, *found;
        int host_error = 0;
        char *memory = malloc(room);
        int result = !memory ? ENOMEM
                             : find_host_greenly(make_host_job(name, family, address, length, room),
                                                 &entry, memory, &found, &host_error);
        if (result == ERANGE && room < 1024 * 1024) {
            free(memory);
            continue;
        }
        if (result != 0 || !found) {
            free(memory);
            h_errno = host_error;
            return NULL;
        }
        free(last_memory);
        last_memory = memory;
        last_entry = entry;
        return &last_entry;
    }
}

EV_HOOK struct hostent *gethostbyname(const char *name)
{
    if (!ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(gethostbyname, name);
    return find_last(name, ANY_FAMILY, NULL, 0);
}

EV_HOOK struct hostent *gethostbyname2(const char *name, int family)
{
    if (!ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(gethostbyname2, name, family);
    return find_last(name, family, NULL, 0);
}

EV_HOOK struct hostent *gethostbyaddr(const void *address, socklen_t length, int family)
{
    if (length > sizeof(struct in6_addr) || !ev_patch_applies(EV_PATCH_DNS))
        return EV_CALL_ORIGINAL(gethostbyaddr, address, length, family);
    return find_last(NULL, family, address, length);
}

EV_END_HOOKS
