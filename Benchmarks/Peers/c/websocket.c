#include "websocket.h"

#include "support.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* Key and answer are the example of RFC 6455, section 1.3. */
static const char request[] = "GET /echo HTTP/1.1\r\n"
                              "Host: localhost\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Version: 13\r\n\r\n";
static const char proof[] = " s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

enum { MAX_ANSWER_SIZE = 4096 };

void open_websocket(int fd)
{
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
        die("send");

    /* The server has nothing to say before it has got a message: the end of
     * the head is the end of what arrives. */
    char answer[MAX_ANSWER_SIZE];
    size_t length = 0;
    do {
        ssize_t received = recv(fd, answer + length, sizeof answer - 1 - length, 0);
        if (received < 0)
            die("recv");
        if (received == 0)
            fail("the server closed a connection, or its answer is too long");
        length += (size_t)received;
        answer[length] = '\0';
    } while (length < 4 || strcmp(answer + length - 4, "\r\n\r\n") != 0);

    if (strncmp(answer, "HTTP/1.1 101 ", strlen("HTTP/1.1 101 ")) != 0)
        fail("the server's answer is not 101");
    if (strstr(answer, proof) == NULL)
        fail("the server has not proved that it speaks the protocol");
}

size_t header_size(size_t size)
{
    return size < 126 ? 2 : size <= UINT16_MAX ? 4 : 10;
}

void write_header(char *header, enum opcode opcode, size_t size)
{
    size_t length_size = header_size(size) - 2;
    header[0] = (char)(0x80 | opcode);
    header[1] = (char)(length_size == 0 ? size : length_size == 2 ? 126 : 127);
    for (size_t i = 0; i < length_size; i++)
        header[2 + i] = (char)((uint64_t)size >> (length_size - 1 - i) * 8);
}

void write_masked(char *frame, enum opcode opcode, const char *payload, size_t size,
                  const char mask[MASK_SIZE])
{
    write_header(frame, opcode, size);
    frame[1] |= (char)0x80;
    frame += header_size(size);
    memcpy(frame, mask, MASK_SIZE);
    frame += MASK_SIZE;
    for (size_t i = 0; i < size; i++)
        frame[i] = payload[i] ^ mask[i % MASK_SIZE];
}
