"""Retries that cost no real seconds."""

import asyncio
import time

from mistral_conversations import AsyncConversations, Conversations
from mistral_conversations.server import LocalServer, Trouble


def test_retries_of_a_blocking_client(
    mistral_server: LocalServer, conversations: Conversations
) -> None:
    mistral_server.inflict(Trouble(status=503), times=2)
    begun = time.monotonic()
    assert len(conversations.list()) == 0
    assert time.monotonic() - begun < 0.5
    assert len(mistral_server.requests) == 3


def test_retries_of_an_async_client(
    mistral_server: LocalServer, async_conversations: AsyncConversations
) -> None:
    mistral_server.inflict(Trouble(status=503), times=2)
    begun = time.monotonic()
    assert len(asyncio.run(async_conversations.list())) == 0
    assert time.monotonic() - begun < 0.5
    assert len(mistral_server.requests) == 3
