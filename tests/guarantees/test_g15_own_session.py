"""G15: a session handed in keeps its own settings, but may not replace the key."""

import warnings
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mistral_conversations import AsyncConversations, ConfigurationError
from tests.support.clients import OPERATIONS, answers, client_of, whole_answer
from tests.support.proxies import Authority
from tests.support.raw_server import raw_server

pytestmark = pytest.mark.anyio


def session_with(what: str) -> aiohttp.ClientSession:
    """Return a session that would insert a key of its own."""
    if what == "trust_env":
        return aiohttp.ClientSession(trust_env=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return aiohttp.ClientSession(auth=aiohttp.BasicAuth("me", "s3cret"))


@pytest.mark.parametrize("what", ["trust_env", "auth"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_session_that_would_replace_the_key_is_refused(
    operation: str, what: str
) -> None:
    async with (
        raw_server(answers(whole_answer())) as server,
        session_with(what) as session,
        client_of(server, session=session) as client,
    ):
        for _ in range(2):
            with pytest.raises(ConfigurationError, match=what) as caught:
                await OPERATIONS[operation](client)
            assert "s3cret" not in str(caught.value)
        assert server.connections == 0


async def test_session_without_them_is_taken() -> None:
    async with (
        raw_server(answers(whole_answer())) as server,
        aiohttp.ClientSession() as session,
        client_of(server, session=session) as client,
    ):
        await client.start("Sky?", model="m")
        assert server.requests[0].headers["authorization"] == "Bearer key"


async def test_session_brings_its_own_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read of what the environment names: it would not be used."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    authority = Authority()
    context = authority.server_context("localhost")
    trusting: Any = aiohttp.TCPConnector(ssl=authority.client_context())
    async with (
        raw_server(answers(whole_answer()), ssl=context) as server,
        aiohttp.ClientSession(connector=trusting) as session,
        AsyncConversations(
            "key", base_url=f"https://localhost:{server.port}", session=session
        ) as client,
    ):
        assert (await client.start("Sky?", model="m")).text == "Blue, mostly."
