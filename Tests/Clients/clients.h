/*
 * What the clients of scripts/clients share. Each file here is one kind of
 * client, polite or hostile; main.c chooses by name.
 *
 * A client checks what it can know by itself, and ends with status 1 and one
 * line of explanation if something is wrong. The script looks at the server.
 */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whom a client talks to; the names are those of the examples. */
enum service {
    ECHO_SERVER, /* line by line, decoded as UTF-8 */
    TCP_ECHO,    /* byte by byte */
    CHAT_SERVER, /* asks for a name first */
};

struct server {
    enum service service;
    uint16_t port;
};

/* No answer may take longer, however busy the machine is. */
enum { PATIENCE_SECONDS = 30 };

enum { MIB = 1 << 20 };

/* support.c */
extern const char *client_name; /* for messages */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
double now(void);
void pause_for(double seconds);
void raise_descriptor_limit(size_t needed);

/* connection.c: blocking sockets whose calls fail after PATIENCE_SECONDS */
int connect_to(uint16_t port);
void send_all(int fd, const void *bytes, size_t count);
size_t receive_some(int fd, void *bytes, size_t room); /* 0 at the end; a reset fails */
void end_sending(int fd);
void close_with_reset(int fd);
const char *new_name(void);                  /* never given before; valid until the next call */
int connect_as_member(struct server server); /* with a name, if it is a chat */

/* pattern.c: a stream of bytes known by position, without LF and controls */
void fill_pattern(char *bytes, size_t count, uint64_t position);
bool is_pattern(const char *bytes, size_t count, uint64_t position);

/* process.c: what /proc tells of a server */
size_t open_descriptors(pid_t pid);
size_t resident_kib(pid_t pid);
void await_descriptors(pid_t pid, size_t count, const char *when);

/* The clients. Each of the hostile ones goes on for so many seconds, does its
 * worst at least once, and returns how often it did. */
void many(uint16_t port, pid_t pid, size_t count);
void polite(struct server server, double seconds, double bound);
unsigned long reset(struct server server, double seconds);
unsigned long half_close(struct server server, double seconds);
unsigned long silent(struct server server, double seconds);
unsigned long endless_line(struct server server, double seconds);
unsigned long never_read(struct server server, double seconds);
unsigned long flood(struct server server, double seconds);
unsigned long crowd(struct server server, double seconds);
unsigned long garbage(struct server server, double seconds);

#endif
