"""The `repr` of clients and streams: what they are, and in which state."""

import asyncio
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    AsyncMistral,
    ConfigurationError,
    Conversations,
    Mistral,
    StreamInterruptedError,
)
from mistral_conversations.server import LocalServer, Trouble
from tests.support.client_and_server import served_by
from tests.support.clients import answers, begin, stay_mute
from tests.support.raw_server import raw_server_on_thread

pytestmark = pytest.mark.anyio

URL = "https://example.org/path"


async def test_a_client_shows_its_address_and_its_state() -> None:
    client = AsyncMistral("secret-key", base_url=f"{URL}/", headers={"A": "secret"})
    view = client.with_options(api_key="secret-too")
    assert repr(client) == f"<AsyncMistral {URL}, open>"
    assert repr(view) == f"<AsyncMistral {URL}, open, view>"
    part = client.libraries.documents
    assert repr(part) == f"<AsyncDocuments {URL}, open, view>"
    await client.aclose()
    assert repr(client) == f"<AsyncMistral {URL}, closed>"
    assert repr(view) == f"<AsyncMistral {URL}, closed, view>"
    assert repr(part) == f"<AsyncDocuments {URL}, closed, view>"


def test_a_blocking_client_shows_its_address_and_its_state() -> None:
    client = Mistral("secret-key", base_url=URL)
    view = client.with_options(api_key="secret-too")
    assert repr(client) == f"<Mistral {URL}, open>"
    assert repr(view) == f"<Mistral {URL}, open, view>"
    assert repr(client.agents) == f"<Agents {URL}, open, view>"
    client.close()
    assert repr(client) == f"<Mistral {URL}, closed>"
    assert repr(view) == f"<Mistral {URL}, closed, view>"


def test_a_subclass_shows_its_own_name() -> None:
    class Mine(AsyncConversations):
        pass

    assert repr(Mine("key", base_url=URL)) == f"<Mine {URL}, open>"


@pytest.mark.parametrize("cls", [AsyncConversations, Conversations])
def test_a_client_whose_constructor_raised_can_be_shown(cls: Any) -> None:
    client = cls.__new__(cls)
    with pytest.raises(ConfigurationError, match="base_url"):
        client.__init__("key", base_url="nowhere")
    assert repr(client) == f"<{cls.__name__}, not initialized>"


async def test_a_stream_shows_its_conversation_and_its_state() -> None:
    async with (
        LocalServer() as server,
        AsyncConversations("secret-key", base_url=server.base_url) as client,
    ):
        stream = client.start_stream("Hi", model="m")
        assert repr(stream) == "<AsyncConversationStream, not started>"
        async with stream:
            await anext(stream)
            shown = f"<AsyncConversationStream {stream.conversation_id!r}, "
            assert repr(stream) == f"{shown}open>"
            await stream.response()
            assert repr(stream) == f"{shown}done>"
        assert repr(stream) == f"{shown}done>"


async def test_a_stream_left_early_is_closed_and_a_broken_one_failed() -> None:
    async with (
        LocalServer() as server,
        AsyncConversations("secret-key", base_url=server.base_url) as client,
    ):
        async with client.start_stream("Hi", model="m") as stream:
            await anext(stream)
        assert repr(stream).endswith(f"{stream.conversation_id!r}, closed>")
        server.inflict(Trouble(cut="close", after_events=2))
        stream = client.start_stream("Hi", model="m")
        with pytest.raises(StreamInterruptedError):
            await stream.response()
        assert repr(stream).endswith(f"{stream.conversation_id!r}, failed>")


async def test_a_stream_that_is_being_opened_says_so() -> None:
    async with served_by(answers(stay_mute)) as (client, _):
        stream = client.append_stream("conv\x1b", "Hi")
        opening = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        assert repr(stream) == "<AsyncConversationStream 'conv\\x1b', opening>"
        opening.cancel()
        await asyncio.wait([opening])
        assert repr(stream) == "<AsyncConversationStream 'conv\\x1b', failed>"


def test_a_blocking_stream_shows_the_same() -> None:
    with (
        raw_server_on_thread(answers(begin)) as server,
        Conversations("secret-key", base_url=server.base_url) as client,
    ):
        stream = client.append_stream("conv_1", "Hi")
        assert repr(stream) == "<ConversationStream 'conv_1', not started>"
        with stream:
            assert repr(stream) == "<ConversationStream 'conv_1', open>"
        assert repr(stream) == "<ConversationStream 'conv_1', closed>"
