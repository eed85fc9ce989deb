"""Strict servers, and those that a marker configures."""

import pytest

from mistral_conversations import Conversations
from mistral_conversations.server import LocalServer, Trouble, say


def test_used(mistral_server: LocalServer, conversations: Conversations) -> None:
    mistral_server.model = [say("Hi")]
    assert conversations.start("Hello", model="m").text == "Hi"


def test_unused_script(mistral_server: LocalServer) -> None:
    mistral_server.model = [say("Hi")]


def test_unused_trouble(mistral_server: LocalServer) -> None:
    mistral_server.inflict(Trouble(status=503))


def test_failed(mistral_server: LocalServer) -> None:
    mistral_server.model = [say("Hi")]
    pytest.fail("on purpose")


def test_skipped(mistral_server: LocalServer) -> None:
    mistral_server.model = [say("Hi")]
    pytest.skip("on purpose")


@pytest.mark.xfail(strict=True)
def test_fails_as_expected(mistral_server: LocalServer) -> None:
    mistral_server.model = [say("Hi")]
    pytest.fail("on purpose")


@pytest.mark.mistral_server(strict=False)
def test_not_strict(mistral_server: LocalServer) -> None:
    mistral_server.model = [say("Hi")]


@pytest.mark.mistral_server([say("Bonjour")], strict=True, api_key="right")
def test_marked(mistral_server: LocalServer, conversations: Conversations) -> None:
    assert mistral_server.api_key == "right"
    assert conversations.start("Hello", model="m").text == "Bonjour"


@pytest.mark.mistral_server([say("Bonjour")], strict=True)
def test_marked_and_unused(mistral_server: LocalServer) -> None:
    assert mistral_server.conversations == ()
