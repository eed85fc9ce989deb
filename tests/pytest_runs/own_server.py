"""Servers of the user's own, here and in a conftest, in pytest-asyncio's auto mode."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from mistral_conversations import AsyncConversations
from mistral_conversations.server import LocalServer, say
from tests.pytest_runs.asking import application, ask


async def test_the_client_follows_the_conftest(
    async_conversations: AsyncConversations,
) -> None:
    assert await ask(async_conversations) == "Mine"
    assert await application() == "Too"


def test_a_sync_test(async_conversations: AsyncConversations) -> None:
    assert asyncio.run(ask(async_conversations)) == "Mine"


class TestOnTheLoop:
    @pytest.fixture
    async def mistral_server(self) -> AsyncIterator[LocalServer]:
        async with LocalServer([say("On the loop")]) as server:
            yield server

    async def test_the_client_follows(
        self, async_conversations: AsyncConversations
    ) -> None:
        assert await ask(async_conversations) == "On the loop"
