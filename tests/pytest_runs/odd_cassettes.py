"""Cassettes that part of a test does not fit."""

import os

import pytest

from mistral_conversations import Conversations

ASKED = os.environ.get("ASKED", "Hello").split(",")


def ask(conversations: Conversations) -> None:
    for text in ASKED:
        conversations.start(text, model="m")


@pytest.mark.mistral_cassette
def test_usual(conversations: Conversations) -> None:
    ask(conversations)


@pytest.mark.mistral_cassette(strict=True)
def test_strict(conversations: Conversations) -> None:
    ask(conversations)


@pytest.mark.mistral_cassette(strict=True)
def test_strict_and_failed(conversations: Conversations) -> None:
    ask(conversations)
    pytest.fail("on purpose")


@pytest.mark.mistral_cassette(ignore=["$.inputs"])
class TestIgnored:
    @pytest.mark.mistral_cassette(redact=["$.model"])
    def test_as_in_the_class(self, conversations: Conversations) -> None:
        ask(conversations)
