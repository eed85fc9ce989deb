"""The way from a recording server to the service: TLS, proxies, large bodies."""

import asyncio
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from mistral_conversations.server import LocalServer
from tests.support.cassettes import lines_of, recorder_of
from tests.support.proxies import Authority, proxy_to
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    chunked,
    event,
    json_answer,
    raw_server,
    stream_head,
)

PATH = "/v1/conversations"


async def answer(_: Request, connection: Connection) -> None:
    await connection.send(json_answer({"n": 1}))


@pytest.mark.anyio
async def test_the_certificate_of_the_service_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority()
    async with raw_server(answer, ssl=authority.server_context("127.0.0.1")) as service:
        url = service.base_url.replace("http:", "https:")
        statuses = [await status_of(tmp_path / "a", url)]
        file = authority.write(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        statuses.append(await status_of(tmp_path / "b", url))
    assert statuses == [502, 200]


async def status_of(cassette: Path, url: str) -> int:
    async with (
        LocalServer.recording(cassette, upstream=url) as server,
        aiohttp.ClientSession(server.base_url) as session,
        session.post(PATH, json={}) as response,
    ):
        return response.status


@pytest.mark.anyio
@pytest.mark.parametrize("user", ["", "user:pass-word@"])
async def test_requests_go_through_the_proxy_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    authority = Authority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.write(tmp_path / "ca.pem")))
    async with (
        raw_server(answer, ssl=authority.server_context("service.example")) as service,
        proxy_to(service) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{user}127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert await status_of(tmp_path / "c", "https://service.example") == 200
    assert credentials_of(proxy) == bool(user)
    assert not credentials_of(service)
    assert "pass-word" not in (tmp_path / "c").read_text()


def credentials_of(server: RawServer) -> bool:
    (request,) = server.requests
    return "proxy-authorization" in request.headers


@pytest.mark.anyio
async def test_a_large_body_passes_without_a_warning(tmp_path: Path) -> None:
    body = b'"' + b"x" * 3_000_000 + b'"'
    async with (
        raw_server(answer) as service,
        LocalServer.recording(tmp_path / "c", upstream=service.base_url) as server,
        aiohttp.ClientSession(server.base_url) as session,
        session.post(PATH, data=BytesIO(body)) as response,
    ):
        assert await response.json() == {"n": 1}
    assert service.requests[0].body == body
    assert service.requests[0].headers["content-length"] == str(len(body))


def test_a_caller_of_http_1_0_is_answered(tmp_path: Path) -> None:
    async def call(base_url: str) -> bytes:
        host, port = base_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /v1/files HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        data = await reader.read()
        writer.close()
        await writer.wait_closed()
        return data

    cassette, frame = tmp_path / "c", event({"type": "a"})
    with recorder_of(cassette, stream_head() + chunked(frame, end=True)) as (caller, _):
        recorded = asyncio.run(call(caller.base_url))
    with LocalServer.replaying(cassette, strict=True) as server:
        replayed = asyncio.run(call(server.base_url))
    assert recorded.endswith(b"\r\n\r\n" + frame)
    assert replayed.endswith(b"\r\n\r\n" + frame)


@pytest.mark.anyio
async def test_a_caller_who_does_not_read_holds_the_service_up(tmp_path: Path) -> None:
    frame, sent = chunked(event({"type": "a", "text": "x" * 10_000})), 0

    async def send(_: Request, connection: Connection) -> None:
        nonlocal sent
        await connection.send(stream_head())
        while True:
            await connection.send(frame)
            sent += 1

    async with (
        raw_server(send) as service,
        LocalServer.recording(tmp_path / "c", upstream=service.base_url) as server,
        aiohttp.ClientSession(server.base_url) as session,
        session.post(PATH, json={}),
    ):
        before = -1
        while before < sent:
            before = sent
            await asyncio.sleep(0.3)
    assert 0 < sent < 10_000  # 100 MB
    assert lines_of(tmp_path / "c")[-1]["end"] == "left"
