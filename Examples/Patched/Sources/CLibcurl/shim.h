#include <curl/curl.h>

// curl_easy_setopt takes a value of any type, which Swift cannot call.
static inline CURLcode curl_set_text(CURL *handle, CURLoption option, const char *text)
{
    return curl_easy_setopt(handle, option, text);
}

static inline CURLcode curl_set_number(CURL *handle, CURLoption option, long number)
{
    return curl_easy_setopt(handle, option, number);
}

static size_t curl_count(char *bytes, size_t size, size_t count, void *sum)
{
    (void)bytes;
    *(size_t *)sum += size * count;
    return size * count;
}

// Has the body's bytes counted in `sum`.
static inline void curl_set_counter(CURL *handle, size_t *sum)
{
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, curl_count);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, sum);
}
