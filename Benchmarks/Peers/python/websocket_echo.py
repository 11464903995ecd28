"""The Python side of the WebSocket comparison: the asyncio server of websockets.

usage: websocket_echo.py PORT

It echoes messages on 127.0.0.1:PORT until SIGTERM.
"""

import asyncio
import sys

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def echo(connection):
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass  # The peer has gone without a word.


async def main():
    port = int(sys.argv[1])
    async with serve(echo, "127.0.0.1", port, compression=None, backlog=4096) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
