#include "CEventletCurl.h"

// Its checks of types know no function that is given as one of no type.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075500
#error "libcurl 7.85 or newer is needed"
#endif

// MARK: Easy handles

int ev_curl_set_long(void *easy, int option, long value)
{
    return (int)curl_easy_setopt(easy, (CURLoption)option, value);
}

int ev_curl_set_number(void *easy, int option, int64_t value)
{
    return (int)curl_easy_setopt(easy, (CURLoption)option, (curl_off_t)value);
}

int ev_curl_set_text(void *easy, int option, const char *value)
{
    return (int)curl_easy_setopt(easy, (CURLoption)option, value);
}

int ev_curl_set_pointer(void *easy, int option, void *value)
{
    return (int)curl_easy_setopt(easy, (CURLoption)option, value);
}

int ev_curl_set_blob(void *easy, int option, const void *bytes, size_t count)
{
    struct curl_blob blob = { .data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY };
    return (int)curl_easy_setopt(easy, (CURLoption)option, &blob);
}

int ev_curl_set_function(void *easy, int option, void (*function)(void))
{
    return (int)curl_easy_setopt(easy, (CURLoption)option, function);
}

void ev_curl_set_data(void *easy, void *data)
{
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, data);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, data);
    curl_easy_setopt(easy, CURLOPT_READDATA, data);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, data);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, data);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, data);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, data);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, data);
}

int64_t ev_curl_get_number(void *easy, int info)
{
    curl_off_t value = 0;
    return curl_easy_getinfo(easy, (CURLINFO)info, &value) == CURLE_OK ? value : 0;
}

long ev_curl_get_long(void *easy, int info)
{
    long value = 0;
    return curl_easy_getinfo(easy, (CURLINFO)info, &value) == CURLE_OK ? value : 0;
}

int ev_curl_get_socket(void *easy)
{
    curl_socket_t value = CURL_SOCKET_BAD;
    CURLcode code = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &value);
    return code == CURLE_OK && value != CURL_SOCKET_BAD ? (int)value : -1;
}

const char *ev_curl_get_text(void *easy, int info)
{
    char *value = NULL;
    return curl_easy_getinfo(easy, (CURLINFO)info, &value) == CURLE_OK ? value : NULL;
}

void *ev_curl_get_list(void *easy, int info)
{
    struct curl_slist *value = NULL;
    return curl_easy_getinfo(easy, (CURLINFO)info, &value) == CURLE_OK ? value : NULL;
}

// MARK: Multi handles

int ev_curl_multi_set_long(void *multi, int option, long value)
{
    return (int)curl_multi_setopt(multi, (CURLMoption)option, value);
}

int ev_curl_multi_set_pointer(void *multi, int option, void *value)
{
    return (int)curl_multi_setopt(multi, (CURLMoption)option, value);
}

int ev_curl_multi_set_function(void *multi, int option, void (*function)(void))
{
    return (int)curl_multi_setopt(multi, (CURLMoption)option, function);
}

void *ev_curl_multi_next_ended(void *multi, int *code)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        *code = (int)message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

void ev_curl_share(void *share, int data)
{
    curl_share_setopt(share, CURLSHOPT_SHARE, (curl_lock_data)data);
}
