"""The model of the server: its answer follows from the input alone.

An input is a marker, which names the call that sent it, a verb and numbers:
`17.3 say 12`. The text of an answer repeats the marker in each word.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from mistral_conversations.server import (
    RecordedConversation,
    RecordedRequest,
    call,
    execute,
    fail,
    say,
    think,
)

__all__ = ["FUNCTION", "Asked", "LocalModel", "key_of", "text_of"]

FUNCTION = "work"
"""The function that the model calls in a run."""

_ENDINGS = ("", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\N{WATER WAVE}", '\\"\n')
_PAUSE = 0.004


@attrs.frozen
class Asked:
    """What a user asks for."""

    marker: str
    verb: str
    numbers: Sequence[int] = ()

    @classmethod
    def of(cls, text: str) -> "Asked":
        marker, verb, *numbers = text.split()
        return cls(marker, verb, [int(number) for number in numbers])

    def __str__(self) -> str:
        return " ".join([self.marker, self.verb, *map(str, self.numbers)])


def text_of(asked: Asked, *, turn: int = 0) -> str:
    """Return the text of an answer: in a run, that of the turn after so many."""
    words = asked.numbers[0] if asked.numbers else 1
    suffix = f"+{turn}" if turn else ""
    return " ".join(
        f"{asked.marker}{suffix}.{i}{_ENDINGS[i % len(_ENDINGS)]}" for i in range(words)
    )


def _say(asked: Asked, _: int) -> Iterator[Any]:
    yield say(text_of(asked))


def _think(asked: Asked, _: int) -> Iterator[Any]:
    yield think(f"{asked.marker} makes me think")
    yield say(text_of(asked))


def _search(asked: Asked, _: int) -> Iterator[Any]:
    code = {"code": f"print({asked.marker!r})"}
    yield execute("code_interpreter", arguments=code, info={"code_output": "1"})
    yield say(text_of(asked))


def _fail(asked: Asked, _: int) -> Iterator[Any]:
    yield say(text_of(asked))
    yield fail(f"{asked.marker} cannot be answered")


def _call(asked: Asked, turn: int) -> Iterator[Any]:
    """Call so many functions in each of so many turns, then say something."""
    _, calls, turns = asked.numbers
    if turn == turns:
        yield say(text_of(asked, turn=turn))
        return
    for number in range(calls):
        yield call(FUNCTION, marker=asked.marker, turn=turn, number=number)


_VERBS: Mapping[str, Callable[[Asked, int], Iterator[Any]]] = {
    "say": _say,
    "think": _think,
    "search": _search,
    "fail": _fail,
    "call": _call,
}


def key_of(inputs: Any) -> str:
    """Return what is the same for each sending of the same inputs, and only then.

    That is the marker; of results of functions, the ids of the calls.
    """
    if isinstance(inputs, str):
        return Asked.of(inputs).marker
    results = [each["tool_call_id"] for each in inputs if "tool_call_id" in each]
    texts = [Asked.of(each["content"]).marker for each in inputs if "content" in each]
    return "+".join(sorted(results) or texts)


@attrs.frozen
class LocalModel:
    """The function that a LocalServer calls.

    Args:
        note: receives each request that is processed, and its conversation.
    """

    note: Callable[[RecordedConversation, RecordedRequest], None]

    def __call__(
        self, conversation: RecordedConversation, request: RecordedRequest
    ) -> AsyncIterator[Any]:
        self.note(conversation, request)
        return _pieces(*_question(conversation.entries))


async def _pieces(asked: Asked, turn: int) -> AsyncIterator[Any]:
    for piece in _VERBS[asked.verb](asked, turn):
        await asyncio.sleep(_PAUSE)
        yield piece


def _question(entries: Sequence[Mapping[str, Any]]) -> tuple[Asked, int]:
    """Return the last input of the user, and the turns of calls since."""
    turns, previous = 0, ""
    for entry in reversed(entries):
        kind = entry["type"]
        if entry.get("role") == "user":
            return Asked.of(entry["content"]), turns
        turns += kind == "function.call" and previous != kind
        previous = kind
    raise ValueError("there is no input of a user")
