// A library that was built when conditions had another layout: it asks for the older one of libc's
// functions by name.
#include <pthread.h>
#include <unistd.h>

__asm__(".symver pthread_cond_wait, pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver pthread_cond_broadcast, pthread_cond_broadcast@GLIBC_2.2.5");

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int is_set;

static void *set(void *unused)
{
    usleep(20000);
    pthread_mutex_lock(&mutex);
    is_set = 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    return unused;
}

/// By two green threads; the first of them starts the OS thread that ends it.
int wait_for_condition(void)
{
    static int count;
    pthread_t thread = 0;
    if (count++ == 0)
        pthread_create(&thread, NULL, set, NULL);
    pthread_mutex_lock(&mutex);
    while (!is_set)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    if (thread)
        pthread_join(thread, NULL);
    return 7;
}
