// A program that knows nothing of Swift, and loads a library with EventletPatch inside:
//     host LIBRARY    loads it by dlopen
//     host            is linked with it (-DLINKED)
// Ends with what the library's function returns: 0 if libc's calls are green in it, 1 if they are as ever,
// 2 if something is wrong; and with 3 if there is no such library.
#include <dlfcn.h>
#include <stdio.h>

#ifdef LINKED
int plugin_run(void);
int main(void)
{
    return plugin_run();
}
#else
int main(int count, char **words)
{
    void *library = count > 1 ? dlopen(words[1], RTLD_NOW) : NULL;
    int (*run)(void) = library ? (int (*)(void))dlsym(library, "plugin_run") : NULL;
    if (!run) {
        fprintf(stderr, "host: %s\n", count > 1 ? dlerror() : "which library?");
        return 3;
    }
    return run();
}
#endif
