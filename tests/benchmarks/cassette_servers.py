"""The servers that the benchmark of recording compares, each in a process of its own.

Run as a program with the name of a server and its arguments, it prints the server's
address, and answers each line with its CPU time in seconds, until stdin ends.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from typing import Self, TypeAlias

import attrs
from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from mistral_conversations.server import (
    LocalServer,
    RecordingServer,
    ReplayingServer,
)

__all__ = ["SERVERS", "PlainProxy"]

# Each hop sets its own.
_LEFT_OUT = frozenset({"host", "transfer-encoding", "connection", "content-length"})


@attrs.define
class PlainProxy:
    """A proxy of aiohttp that passes everything on as it comes, and writes nothing."""

    upstream: str
    base_url: str = ""
    _session: ClientSession = attrs.field(init=False)
    _runner: web.AppRunner = attrs.field(init=False)

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=TCPConnector(limit=0), cookie_jar=DummyCookieJar()
        )
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        url = f"{self.upstream}{request.rel_url.raw_path_qs}"
        async with self._session.request(
            request.method,
            url,
            headers=_kept(request.headers),
            data=await request.read() or None,
        ) as answer:
            response = web.StreamResponse(
                status=answer.status, headers=_kept(answer.headers)
            )
            await response.prepare(request)
            async for data in answer.content.iter_any():
                await response.write(data)
            await response.write_eof()
        return response


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in headers.items() if name.lower() not in _LEFT_OUT
    }


Server: TypeAlias = PlainProxy | LocalServer | RecordingServer | ReplayingServer

SERVERS: Mapping[str, Callable[..., Server]] = {
    "plain": PlainProxy,
    "recorder": lambda url, path: LocalServer.recording(path, upstream=url),
    "replayer": LocalServer.replaying,
    "local": LocalServer,
}


async def main(name: str, *arguments: str) -> None:
    """Serve until stdin ends."""
    async with SERVERS[name](*arguments) as server:
        _print(server.base_url)
        while await asyncio.to_thread(sys.stdin.readline):
            _print(str(time.process_time()))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
