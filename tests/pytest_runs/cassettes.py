"""Tests of every kind whose answers come from cassettes."""

import asyncio
import os
import unittest

import pytest

from mistral_conversations import AsyncConversations, Conversations
from mistral_conversations.server import RecordingServer, ReplayingServer
from tests.pytest_runs.asking import application, ask

pytestmark = pytest.mark.mistral_cassette


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def test_the_marker_alone() -> None:
    assert asyncio.run(application()) == "Hello there"


def test_a_client(conversations: Conversations) -> None:
    stream = conversations.start_stream("Hello you", model="m")
    assert "".join(stream.text()) == "Hello you"


def test_the_server(mistral_server: RecordingServer | ReplayingServer) -> None:
    assert os.environ["MISTRAL_BASE_URL"] == mistral_server.base_url
    assert asyncio.run(application()) == "Hello there"
    assert [request.method for request in mistral_server.requests] == ["POST"]


class TestInAClass:
    @pytest.mark.parametrize("text", ["a", "A", "a/b", "a?b"])
    def test_parameters(self, conversations: Conversations, text: str) -> None:
        assert conversations.start(text, model="m").text == text


class TestUnit(unittest.TestCase):
    def test_in_a_case(self) -> None:
        assert asyncio.run(application()) == "Hello there"


@pytest.mark.anyio
async def test_anyio(async_conversations: AsyncConversations) -> None:
    assert await ask(async_conversations) == "Hello there"


@pytest.mark.asyncio
async def test_pytest_asyncio() -> None:
    assert await application() == "Hello there"


@pytest.mark.mistral_cassette("shared/one.jsonl")
def test_a_given_path(conversations: Conversations) -> None:
    assert conversations.start("Hello", model="m").text == "Hello"
