"""The end of a conversation that is continued: its last question and answer."""

from collections.abc import Iterator, Sequence
from typing import Any

from mistral_conversations import InputEntries, MessageInputEntry, MessageOutputEntry
from mistral_conversations.cli.keyboard import PROMPT
from mistral_conversations.cli.terminal import one_line
from mistral_conversations.display.wording import shortened
from mistral_conversations.models.chunks import text_of

__all__ = ["last_exchange"]

_LONGEST = 160


def last_exchange(entries: Sequence[InputEntries]) -> str:
    """Return the last question and the answer to it, each on a line, if it has text."""
    return "\n".join(reversed([*_last_messages(entries)]))


def _last_messages(entries: Sequence[InputEntries]) -> Iterator[str]:
    """Yield the last answer, then the question before it."""
    is_answered = False
    for entry in reversed(entries):
        match entry:
            case MessageInputEntry(content=content) if text := _beginning(content):
                yield f"{PROMPT}{text}"
                return
            case MessageOutputEntry(content=content) if not is_answered:
                if text := _beginning(content):
                    is_answered = True
                    yield text


def _beginning(content: Any) -> str:
    return shortened(one_line(text_of(content)), _LONGEST)
