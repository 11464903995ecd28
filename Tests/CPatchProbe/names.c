// Looking names up, without a server: by the file of hosts, and what is no name.
#include "transcript.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>
#include <sys/socket.h>

static void show(const char *what, int result, struct addrinfo *found)
{
    note("%s: %d", what, result);
    if (result != 0)
        return;
    for (struct addrinfo *one = found; one; one = one->ai_next) {
        char name[64], service[16];
        getnameinfo(one->ai_addr, one->ai_addrlen, name, sizeof name, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV);
        note("  %d %d %s %s", one->ai_family, one->ai_socktype, name, service);
    }
    freeaddrinfo(found);
}

static void addresses(void)
{
    struct addrinfo *found = NULL, hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    show("localhost", getaddrinfo("localhost", "80", &hints, &found), found);
    show("a service", getaddrinfo("localhost", "http", &hints, &found), found);
    show("no service", getaddrinfo("localhost", "nonsense-service", &hints, &found), found);
    show("a service alone", getaddrinfo(NULL, "80", &hints, &found), found);
    show("an address", getaddrinfo("127.0.0.1", NULL, &hints, &found), found);
    show("neither", getaddrinfo(NULL, NULL, &hints, &found), found);
    show("without hints", getaddrinfo("127.0.0.1", "7", NULL, &found), found);
    hints.ai_flags = AI_NUMERICHOST;
    show("no address", getaddrinfo("localhost", NULL, &hints, &found), found);
    hints.ai_flags = 0x10000;
    show("bad flags", getaddrinfo("localhost", NULL, &hints, &found), found);
    hints = (struct addrinfo){ .ai_family = 99 };
    show("no family", getaddrinfo("localhost", NULL, &hints, &found), found);
}

static void names(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char name[64] = "", service[16] = "";
    note("both: %d", getnameinfo((struct sockaddr *)&address, sizeof address, name, sizeof name,
                                 service, sizeof service, 0));
    note("%s %s", name, service);
    note("a name alone: %d",
         getnameinfo((struct sockaddr *)&address, sizeof address, name, sizeof name, NULL, 0, 0));
    note("too little room: %d",
         getnameinfo((struct sockaddr *)&address, sizeof address, name, 2, NULL, 0, 0));
    note("%s", name);
    note("a cut address: %d",
         getnameinfo((struct sockaddr *)&address, 3, name, sizeof name, NULL, 0, 0));
}

static void show_host(const char *what, const struct hostent *host)
{
    if (!host) {
        note("%s: %d", what, h_errno);
        return;
    }
    char address[64];
    inet_ntop(host->h_addrtype, host->h_addr_list[0], address, sizeof address);
    note("%s: %s %s %d", what, host->h_name, address, host->h_length);
}

static void hosts(void)
{
    struct in_addr address = { htonl(INADDR_LOOPBACK) };
    show_host("gethostbyname", gethostbyname("localhost"));
    show_host("gethostbyname2", gethostbyname2("localhost", AF_INET));
    show_host("gethostbyaddr", gethostbyaddr(&address, sizeof address, AF_INET));
    struct hostent entry, *found = NULL;
    char memory[1024];
    int error = 0;
    note("_r: %d", gethostbyname_r("localhost", &entry, memory, sizeof memory, &found, &error));
    show_host("_r", found);
    note("in the caller's memory: %d", found && found->h_name >= memory
                                           && found->h_name < memory + sizeof memory);
    note("2_r: %d", gethostbyname2_r("localhost", AF_INET, &entry, memory, sizeof memory, &found,
                                     &error));
    show_host("2_r", found);
    note("addr_r: %d", gethostbyaddr_r(&address, sizeof address, AF_INET, &entry, memory,
                                       sizeof memory, &found, &error));
    show_host("addr_r", found);
    note("too little room: %d", gethostbyname_r("localhost", &entry, memory, 8, &found, &error));
    note("none: %d", found == NULL);
}

/// Without a server: what no server is asked for.
static void questions(void)
{
    unsigned char answer[512];
    const char *name
        = "a-label-that-is-longer-than-the-sixty-three-bytes-that-a-label-may-have.test";
    note_result("res_query", res_query(name, 1, 1, answer, sizeof answer));
    note("%d", h_errno);
    note_result("res_query without room", res_query(name, 1, 1, answer, 0));
}

/// A server of its own, on this OS thread or another.
int probe_ask_server(int port, int way)
{
    struct __res_state state;
    unsigned char answer[512], message[512];
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0)
        return -1;
    state.nscount = 1;
    state.nsaddr_list[0] = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
                                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int length, result = -1;
    switch (way) {
    case 0:
        result = res_nquery(&state, "name.test", 1, 1, answer, sizeof answer);
        break;
    case 1:
        result = res_nsearch(&state, "name.test", 1, 1, answer, sizeof answer);
        break;
    case 2:
        result = res_nquerydomain(&state, "name", "test", 1, 1, answer, sizeof answer);
        break;
    default:
        length = res_nmkquery(&state, 0, "name.test", 1, 1, NULL, 0, NULL, message,
                              sizeof message);
        result = res_nsend(&state, message, length, answer, sizeof answer);
    }
    res_nclose(&state);
    return result;
}

const probe name_probes[] = {
    { "questions", 0, questions },
    { "addresses of names", 1, addresses },
    { "names of addresses", 1, names },
    { "hosts", 1, hosts },
    { "", 0, NULL },
};
