"""Chunks as plain text."""

from mistral_conversations import TextChunk, UnknownChunk
from mistral_conversations.display.wording import chunk_text, content_text
from tests.support.for_each import for_each


def test_a_string_among_chunks_is_text() -> None:
    chunks = [UnknownChunk(raw="The sky "), TextChunk(text="is blue.")]
    assert content_text(chunks) == "The sky is blue."


@for_each("raw", ["", 5, [], {"type": None}])
def test_a_chunk_without_text_is_named(raw: object) -> None:
    assert chunk_text(UnknownChunk(raw=raw)) == "[unknown]"
    assert chunk_text(TextChunk(text="")) == ""
