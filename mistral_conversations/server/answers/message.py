"""A message in the making: runs of text, runs of thoughts, and chunks."""

import re
from collections.abc import Iterator
from typing import Any

import attrs

from mistral_conversations.server.answers.pieces import Say, Think
from mistral_conversations.server.web.failures import JSONObject

__all__ = ["Message", "cut_json"]

_WORDS = re.compile(r"\s*\S+|\s+\Z")
_JSON_PIECES = re.compile(r"\W*\w+|\W+\Z")


@attrs.frozen
class _Run:
    """Adjacent parts that make one chunk of the content."""

    kind: str
    """`text`, `thinking` or `chunk`."""

    parts: list[Any] = attrs.field(factory=list, hash=False)
    """Texts, thoughts, or one chunk."""

    def chunk(self) -> JSONObject:
        """Return the whole run as a chunk."""
        if self.kind == "chunk":
            chunk: JSONObject = self.parts[0]
            return chunk
        if self.kind == "text":
            return _text("".join(self.parts))
        text = "".join(thought.text for thought in self.parts)
        return _thought(text, self.parts[-1].signature)

    @property
    def is_signed(self) -> bool:
        """Whether it is a thought that a signature ends."""
        return self.kind == "thinking" and self.parts[-1].signature is not None


@attrs.define
class Message:
    """A message that grows piece by piece, until a piece of another kind comes."""

    head: JSONObject
    """The id and the author of the message."""

    _runs: list[_Run] = attrs.field(factory=list)

    def add(self, piece: Say | Think) -> Iterator[tuple[int, str | JSONObject]]:
        """Add a piece; yield the index and the content of each of its events."""
        for kind, part in _parts(piece):
            run = self._run(kind)
            run.parts.append(part)
            for content in _contents(kind, part):
                yield len(self._runs) - 1, content

    def content(self) -> str | list[JSONObject]:
        """Return the content: a str if all of it is text, else chunks."""
        chunks = [run.chunk() for run in self._runs]
        if [run.kind for run in self._runs] == ["text"]:
            text: str = chunks[0]["text"]
            return text
        return chunks

    def _run(self, kind: str) -> _Run:
        last = self._runs[-1] if self._runs else None
        if last is None or kind == "chunk" or last.kind != kind or last.is_signed:
            last = _Run(kind)
            self._runs.append(last)
        return last


def cut_json(text: str) -> list[str]:
    """Cut JSON text into the parts in which it is streamed, at least one."""
    return _cut(_JSON_PIECES, text)


def _parts(piece: Say | Think) -> Iterator[tuple[str, Any]]:
    if isinstance(piece, Think):
        yield "thinking", piece
        return
    for part in piece.parts or ("",):
        yield ("text" if isinstance(part, str) else "chunk"), part


def _contents(kind: str, part: Any) -> Iterator[str | JSONObject]:
    """Yield the contents of the events of a part: words, thoughts, or the chunk."""
    if kind == "chunk":
        yield part
        return
    if kind == "text":
        yield from _cut(_WORDS, part)
        return
    *words, last = _cut(_WORDS, part.text)
    yield from map(_thought, words)
    yield _thought(last, part.signature)


def _thought(text: str, signature: str | None = None) -> JSONObject:
    chunk = {"type": "thinking", "thinking": [_text(text)], "closed": True}
    return chunk if signature is None else {**chunk, "signature": signature}


def _text(text: str) -> JSONObject:
    return {"type": "text", "text": text}


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    return pattern.findall(text) or [text]
