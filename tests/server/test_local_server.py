import asyncio
import json
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mistral_conversations.server import LocalServer, say
from tests.support.interpreter import completed
from tests.support.local.http_caller import START, Caller
from tests.support.threads import threads_now, threads_since

HEADERS = {"Authorization": "Bearer key"}


def _refuses(base_url: str) -> bool:
    host, port = base_url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main(), debug=True)


def test_base_url_is_loopback_without_version() -> None:
    with LocalServer() as server:
        host, port = server.base_url.rsplit(":", 1)
        assert host == "http://127.0.0.1"
        assert 0 < int(port) < 2**16


def test_base_url_before_and_after_is_an_error() -> None:
    server = LocalServer()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.base_url
    with server:
        pass
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.base_url


def test_with_leaves_no_thread_and_no_socket() -> None:
    threads = threads_now()
    with LocalServer() as server:
        base_url = server.base_url
        assert threads_since(threads)
        assert Caller(base_url).start().status == 200
    assert not threads_since(threads)
    assert _refuses(base_url)


def test_async_with_runs_on_the_running_loop() -> None:
    async def main() -> None:
        threads = threads_now()
        async with LocalServer() as server, aiohttp.ClientSession() as session:
            url = f"{server.base_url}/v1/conversations"
            async with session.post(url, json=START, headers=HEADERS) as response:
                assert response.status == 200
                body = await response.json()
            assert not threads_since(threads)
            base_url = server.base_url
        assert body["outputs"][0]["content"] == "Hello there"
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert await asyncio.to_thread(_refuses, base_url)

    _run(main)


def test_thread_serves_an_async_caller() -> None:
    async def main(base_url: str) -> None:
        async with aiohttp.ClientSession(base_url, headers=HEADERS) as session:
            posts = [session.post("/v1/conversations", json=START) for _ in range(20)]
            for response in await asyncio.gather(*posts):
                assert response.status == 200
                await response.read()

    with LocalServer() as server:
        _run(lambda: main(server.base_url))


def test_entering_twice_is_an_error() -> None:
    async def enter(server: LocalServer) -> None:
        async with server:
            pass

    server = LocalServer()
    with server:
        with pytest.raises(RuntimeError, match="running already"):
            server.__enter__()
        with pytest.raises(RuntimeError, match="running already"):
            asyncio.run(enter(server))
        assert Caller(server.base_url).start().status == 200


def test_entering_again_continues_conversations_and_script() -> None:
    server = LocalServer([say("one"), say("two")])
    with server:
        first = Caller(server.base_url).start().json

    async def main() -> None:
        async with server, aiohttp.ClientSession(headers=HEADERS) as session:
            path = f"/v1/conversations/{first['conversation_id']}"
            url = f"{server.base_url}{path}"
            async with session.post(url, json={"inputs": "x"}) as response:
                body = await response.json()
        assert body["outputs"][0]["content"] == "two"

    _run(main)
    with server:
        assert len(Caller(server.base_url).history(first["conversation_id"])) == 4


def test_two_servers_know_nothing_of_each_other() -> None:
    with LocalServer() as one, LocalServer() as other:
        conversation_id = Caller(one.base_url).start().json["conversation_id"]
        path = f"/v1/conversations/{conversation_id}"
        assert Caller(one.base_url).get(path).status == 200
        assert Caller(other.base_url).get(path).status == 404


def test_taken_port_is_an_os_error_and_can_be_tried_again() -> None:
    threads = threads_now()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = LocalServer(port=port)
        with pytest.raises(OSError, match="address already in use"):
            server.__enter__()
        assert not threads_since(threads)
    with server:
        assert server.base_url.endswith(f":{port}")


def test_address_of_ip_6_stands_in_brackets() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with LocalServer(host="::1") as server:
        assert server.base_url.startswith("http://[::1]:")


def test_leaving_ends_an_open_stream() -> None:
    threads = threads_now()
    server = LocalServer(latency=30)
    with server:
        connection, response = Caller(server.base_url).open(
            "POST", "/v1/conversations", {**START, "stream": True}
        )
    assert not threads_since(threads)
    with (
        closing(connection),
        response,
        pytest.raises((ConnectionError, IncompleteRead)),
    ):
        response.read()


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files")
def test_leaving_does_not_wait_for_a_client_that_does_not_read() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = 10
        async with LocalServer([say("word " * 30_000)]) as server:
            host, port = server.base_url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            body = json.dumps({**START, "stream": True}).encode()
            writer.write(
                b"POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\n"
                b"Authorization: Bearer k\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.1)
            started, files = loop.time(), _open_files()
        assert loop.time() - started < 10
        assert _open_files() == files - 2, "listening and accepted are closed"
        assert asyncio.all_tasks() == {asyncio.current_task()}
        writer.transport.abort()
        await asyncio.sleep(0)

    _run(main)


def test_errors_inside_with_come_out() -> None:
    threads = threads_now()
    with pytest.raises(KeyError), LocalServer():
        raise KeyError
    assert not threads_since(threads)


LEAVING = """
import asyncio, http.client, json
from mistral_conversations.server import LocalServer

def stream(url):
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    body = json.dumps({"inputs": "a b c", "model": "m", "stream": True})
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
    connection.request("POST", "/v1/conversations", body, headers)
    return connection, connection.getresponse()

def close(connection, response):
    response.close()
    connection.close()

async def main(server):
    async with server:
        opened = await asyncio.to_thread(stream, server.base_url)
    close(*opened)

server = LocalServer(latency=30)
with server:
    opened = stream(server.base_url)
close(*opened)
asyncio.run(main(server))
"""


def test_leaving_an_open_stream_is_silent() -> None:
    ended = completed(LEAVING)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
