// What libcurl offers as functions of variable arguments alone, which Swift cannot call, each with its
// type; and the set of descriptors that libcurl has to be told about.
//
// Handles are libcurl's own `CURL *`, `CURLM *` and `CURLSH *`; options, codes and numbers of
// informations are those of curl.h.

#ifndef CEVENTLETCURL_H
#define CEVENTLETCURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Easy handles

/// Each returns a CURLcode.
int ev_curl_set_long(void *easy, int option, long value);
int ev_curl_set_number(void *easy, int option, int64_t value);
int ev_curl_set_text(void *easy, int option, const char *value);
int ev_curl_set_pointer(void *easy, int option, void *value);
/// The bytes are copied.
int ev_curl_set_blob(void *easy, int option, const void *bytes, size_t count);

int64_t ev_curl_get_number(void *easy, int info);
long ev_curl_get_long(void *easy, int info);
/// That of the connection; -1 if there is none.
int ev_curl_get_socket(void *easy);
/// Lives as long as the handle does nothing; NULL if there is none.
const char *ev_curl_get_text(void *easy, int info);
/// What `curl_slist_free_all` frees; NULL if there is none.
void *ev_curl_get_list(void *easy, int info);

/// The function must be of the type that curl.h has for the option.
int ev_curl_set_function(void *easy, int option, void (*function)(void));
/// The pointer that all functions are called with, and CURLINFO_PRIVATE gives back.
void ev_curl_set_data(void *easy, void *data);

// MARK: Multi handles

/// Returns a CURLMcode.
int ev_curl_multi_set_long(void *multi, int option, long value);
int ev_curl_multi_set_pointer(void *multi, int option, void *value);
/// The function must be of the type that curl.h has for the option.
int ev_curl_multi_set_function(void *multi, int option, void (*function)(void));
/// A transfer that has ended, and its CURLcode; NULL if there is none.
void *ev_curl_multi_next_ended(void *multi, int *code);

/// What easy handles share that are used on one OS thread.
void ev_curl_share(void *share, int data);

// MARK: Descriptors

/// Level-triggered, as libcurl wants it; the same numbers for reading and writing as libcurl's
/// CURL_POLL_IN and CURL_POLL_OUT. -1 and errno on error.
int ev_curl_poll_create(void);
int ev_curl_poll_change(int epoll, int socket, int interest, bool is_new);
int ev_curl_poll_remove(int epoll, int socket);
/// Fills in sockets and CURL_CSELECT_… bits without waiting. How many, or -1 and errno.
int ev_curl_poll_look(int epoll, int *sockets, int *events, int capacity);
/// A timer of the kernel's, which the clock of a hub has nothing to do with. -1 and errno on error.
int ev_curl_timer_create(void);
/// Fires once; 0 stops it.
void ev_curl_timer_set(int timer, int64_t milliseconds);
void ev_curl_timer_clear(int timer);

// MARK: Memory

/// A file in memory with these bytes, for what takes a path. -1 and errno on error.
int ev_curl_memory_file(const void *bytes, size_t count);

#endif
