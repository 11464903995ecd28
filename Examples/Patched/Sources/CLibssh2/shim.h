#include <libssh2.h>

// Macros with arguments, which Swift does not import.
static inline LIBSSH2_CHANNEL *ssh_open_session(LIBSSH2_SESSION *session)
{
    return libssh2_channel_open_session(session);
}

static inline int ssh_execute(LIBSSH2_CHANNEL *channel, const char *command)
{
    return libssh2_channel_exec(channel, command);
}

static inline int ssh_disconnect(LIBSSH2_SESSION *session, const char *description)
{
    return libssh2_session_disconnect(session, description);
}
