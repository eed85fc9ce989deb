"""The pool of sessions, one for each event loop."""

import asyncio
import gc
import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mistral_conversations import (
    AsyncConversations,
    ConfigurationError,
    MistralConversationsError,
)
from mistral_conversations._transport.aiohttp_internals import open_transports
from mistral_conversations._transport.session import SessionPool
from mistral_conversations._transport.tls import SSL
from tests.support.clients import becomes_true, silent_port
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

SOON = 10.0


def pool(
    session: aiohttp.ClientSession | None = None, *, limit: int = 0, ssl: SSL = None
) -> SessionPool:
    return SessionPool(session, limit=limit, ssl=ssl)


async def session_of(made: SessionPool, *, https: bool = False) -> Any:
    return (await made.session(https=https)).session


async def test_loop_has_one_session() -> None:
    made = pool()
    first, *others = await asyncio.gather(*(session_of(made) for _ in range(5)))
    assert all(other is first for other in others)
    await made.aclose()
    assert first.closed


def test_each_loop_has_a_session_that_it_closes_when_it_ends() -> None:
    made = pool()
    first, second = (asyncio.run(session_of(made)) for _ in range(2))
    assert first is not second
    assert first.closed
    assert second.closed


async def test_session_has_the_limit_and_keeps_no_cookies() -> None:
    made = pool(limit=3)
    session = await session_of(made)
    assert session.connector.limit == 3
    assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
    assert not session.trust_env
    await made.aclose()


def unsent(client: AsyncConversations) -> int:
    """Count the bytes that the connections of a client have not sent yet."""
    opened = client._transport._pool._open.get(asyncio.get_running_loop())
    found = open_transports(opened.session.connector) if opened else ()
    return sum(transport.get_write_buffer_size() for transport in found)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_close_on_uvloop_waits_for_no_server_that_does_not_read(
    *, stream: bool
) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def close_while_sending() -> None:
        async with silent_port() as port:
            url = f"http://127.0.0.1:{port}"
            client = AsyncConversations("key", base_url=url, retries=0)
            text = "x" * 20_000_000
            call: Any = client.start(text, model="m")
            if stream:
                call.close()
                call = client.start_stream(text, model="m").response()
            sending = asyncio.ensure_future(call)
            assert await becomes_true(lambda: unsent(client), SOON)
            async with asyncio.timeout(SOON):
                await client.aclose()
                with pytest.raises(MistralConversationsError):
                    await sending

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(close_while_sending())


async def test_closed_pool_gives_nothing() -> None:
    made = pool()
    await made.aclose()
    await made.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await made.session(https=False)


async def test_dropped_pool_has_its_session_closed_by_the_loop() -> None:
    made = pool()
    session = await session_of(made)
    del made
    gc.collect()
    await asyncio.sleep(0.02)
    assert session.closed


async def test_dropped_pool_is_freed() -> None:
    made = pool()
    await session_of(made)
    gone = weakref.ref(made)
    del made
    assert gone() is None
    await asyncio.sleep(0.02)


async def test_session_handed_in_is_given_and_left_open() -> None:
    async with aiohttp.ClientSession() as session:
        made = pool(session)
        assert await session_of(made) is session
        await made.aclose()
        assert not session.closed
        with pytest.raises(ConfigurationError, match="client is closed"):
            await made.session(https=False)


async def test_session_handed_in_that_is_closed_is_refused() -> None:
    async with aiohttp.ClientSession() as session:
        made = pool(session)
    with pytest.raises(ConfigurationError, match=r"session given .* is closed"):
        await made.session(https=False)


async def test_session_handed_in_on_another_loop_is_refused() -> None:
    async with aiohttp.ClientSession() as session:
        made = pool(session)
        with pytest.raises(ConfigurationError, match="another event loop"):
            await asyncio.to_thread(lambda: asyncio.run(session_of(made)))


@for_each("session", ["session", 3, object()])
def test_session_that_is_none_is_refused(session: Any) -> None:
    with pytest.raises(ConfigurationError, match="session"):
        AsyncConversations("key", session=session)


@for_each("ssl", ["yes", 3, Path("ca.pem")])
def test_ssl_that_is_no_context_is_refused(ssl: Any) -> None:
    with pytest.raises(ConfigurationError, match="ssl"):
        AsyncConversations("key", ssl=ssl)


async def test_certificates_are_read_only_for_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    made = pool()
    await made.session(https=False)
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        await made.session(https=True)
    await made.aclose()


async def test_file_without_a_certificate_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        await pool().session(https=True)


@pytest.fixture
def eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_switching")
def test_pool_serves_many_threads() -> None:
    made = pool()

    def work() -> None:
        for _ in range(40):
            assert asyncio.run(session_of(made)).closed

    with ThreadPoolExecutor(8) as threads:
        for future in [threads.submit(work) for _ in range(8)]:
            future.result(SOON)


def test_pool_is_closed_while_other_threads_use_it() -> None:
    made = pool()

    async def use() -> None:
        while True:
            await made.session(https=False)
            await asyncio.sleep(0)

    def work() -> None:
        with pytest.raises(ConfigurationError, match="closed"):
            asyncio.run(asyncio.wait_for(use(), SOON))

    with ThreadPoolExecutor(4) as threads:
        futures = [threads.submit(work) for _ in range(4)]
        while len(made._open) < 4:
            pass
        asyncio.run(made.aclose())
        for future in futures:
            future.result(SOON)
    assert not made._open
