"""The rest of a message's content: what was not streamed of it.

Both sides are compared piece by piece, because the pieces of one text, or of one
thought, may be cut into chunks in two ways. Text is compared as UTF-16, because a
stream may end between the halves of a character.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations._characters import from_units, units, whole
from mistral_conversations._wire.converter import to_dict
from mistral_conversations.models.chunks import (
    MessageOutputContentChunks,
    TextChunk,
    ThinkChunk,
    ThinkingChunks,
    UnknownChunk,
)

__all__ = ["Content", "StreamedChunks", "rest_of_content"]

Chunk: TypeAlias = str | MessageOutputContentChunks
Content: TypeAlias = str | tuple[MessageOutputContentChunks, ...]
StreamedChunks: TypeAlias = Sequence[tuple[int, MessageOutputContentChunks]]
"""Chunks in their order, each with its `content_index`."""

_OTHER = "the history has other content than was streamed"


def rest_of_content(
    streamed: StreamedChunks, content: Content
) -> Iterator[tuple[int, Any]]:
    """Yield the contents of the deltas that complete a message.

    Each comes with its `content_index`: that of the last chunk for its rest, and a new
    one for each further chunk. Text is a plain string, as the service streams it,
    except in a content that has nothing but text chunks, which stay chunks.

    Args:
        streamed: the chunks streamed so far.
        content: the whole content.

    Raises:
        ValueError: the content does not begin with the chunks streamed so far.
    """
    chunks: Sequence[Chunk] = (content,) if isinstance(content, str) else content
    cursor = _Cursor(chunks)
    for _, known in streamed:
        for piece in _pieces(0, known):
            cursor.skip(piece)
    index = streamed[-1][0] if streamed else -1
    rest = cursor.rest_of_text() or _rest_of_thought(streamed, chunks, cursor)
    if rest:
        yield index, rest
    texts = all(isinstance(chunk, TextChunk) for chunk in chunks)
    for chunk in chunks[cursor.untouched :]:
        index += 1
        yield index, _written(chunk, plain=not texts)


def _rest_of_thought(
    streamed: StreamedChunks, chunks: Sequence[Chunk], cursor: "_Cursor"
) -> Any:
    """Return the rest of the thought that was streamed last; None if it has none."""
    begun = chunks[cursor.begun] if cursor.begun is not None else None
    if not isinstance(begun, ThinkChunk):
        return None
    last = next(c for _, c in reversed(streamed) if isinstance(c, ThinkChunk))
    closed = last.closed if begun.closed is None else begun.closed
    signature = begun.signature or last.signature
    thinking = cursor.rest_of_thinking(begun)
    seal = (last.closed is not False, last.signature)
    if not thinking and seal == (closed is not False, signature):
        return None
    return to_dict(
        attrs.evolve(begun, thinking=thinking, closed=closed, signature=signature)
    )


def _written(chunk: Chunk, *, plain: bool) -> Any:
    """Return a whole chunk as the content of a delta."""
    if isinstance(chunk, str):
        return chunk
    if plain and isinstance(chunk, TextChunk) and not chunk.extra:
        return chunk.text
    body = to_dict(chunk)
    return body if isinstance(body, dict) else [body]


@attrs.frozen
class _Piece:
    """A text or another chunk, in a content or in a thought."""

    home: int
    """The index, in the content, of the chunk that has it."""

    place: int
    """Its index in the thought."""

    is_thought: bool
    chunk: Chunk | ThinkingChunks

    @property
    def text(self) -> str | None:
        """Its text; None if it is another chunk."""
        chunk = self.chunk
        if isinstance(chunk, UnknownChunk):
            return chunk.raw if isinstance(chunk.raw, str) else None
        if isinstance(chunk, TextChunk):
            return chunk.text
        return chunk if isinstance(chunk, str) else None


def _pieces(home: int, chunk: Chunk) -> Iterator[_Piece]:
    """Yield the pieces of a chunk; an empty thought is an empty text of a thought."""
    if not isinstance(chunk, ThinkChunk):
        yield _Piece(home, 0, is_thought=False, chunk=chunk)
        return
    for place, thought in enumerate(chunk.thinking or (TextChunk(text=""),)):
        yield _Piece(home, place, is_thought=True, chunk=thought)


class _Cursor:
    """The place in a content up to which it was streamed.

    Attributes:
        begun: the index of the last chunk that was streamed, at least in part.
    """

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.begun: int | None = None
        self._count = len(chunks)
        self._rest = (
            p for home, chunk in enumerate(chunks) for p in _pieces(home, chunk)
        )
        self._step()

    def skip(self, streamed: _Piece) -> None:
        """Step over a piece that was streamed.

        Raises:
            ValueError: another piece stands here.
        """
        text = streamed.text
        self._skip_empty(streamed)
        if text is not None:
            self._skip_text(units(text), is_thought=streamed.is_thought)
            self._skip_joined()
            return
        here = self._here
        if (
            here is None
            or here.is_thought != streamed.is_thought
            or not _is_same(streamed.chunk, here.chunk)
        ):
            raise ValueError(_OTHER)
        self.begun = here.home
        self._step()

    @property
    def untouched(self) -> int:
        """The index of the first chunk of which nothing was streamed."""
        if self._here is None:
            return self._count
        return self._here.home + (self._here.home == self.begun)

    def rest_of_text(self) -> str:
        """Return the rest of a text that was streamed in part; empty if none was."""
        here = self._here
        if here is None or here.home != self.begun or here.is_thought:
            return ""
        return from_units(self._text[self._at :])

    def rest_of_thinking(self, begun: ThinkChunk) -> tuple[ThinkingChunks, ...]:
        """Return the rest of a thought that was streamed in part."""
        here = self._here
        if here is None or here.home != self.begun:
            return ()
        first, *others = begun.thinking[here.place :]
        if self._at:
            first = TextChunk(text=from_units(self._text[self._at :]))
        return first, *others

    def _step(self) -> None:
        """Step to the next piece."""
        self._here = next(self._rest, None)
        self._at = 0
        text = None if self._here is None else self._here.text
        self._text = b"" if text is None else units(text)

    def _skip_empty(self, streamed: _Piece) -> None:
        """Step over empty texts that cannot be the piece that was streamed."""
        while (
            (here := self._here)
            and here.text == ""
            and (streamed.text is None or here.is_thought != streamed.is_thought)
        ):
            self._step()

    def _skip_joined(self) -> None:
        """Step over empty texts that a stream joins to the text before them."""
        while (
            (here := self._here)
            and here.text == ""
            and here.is_thought
            and here.home == self.begun
        ):
            self._step()

    def _skip_text(self, streamed: bytes, *, is_thought: bool) -> None:
        """Step over a text, which may stand here in one piece or in several."""
        done = 0
        while (here := self._here) and here.is_thought == is_thought:
            if is_thought or here.text is not None:
                self.begun = here.home
            if here.text is None:
                break
            size = min(len(streamed) - done, len(self._text) - self._at)
            if not _agree(
                streamed[done : done + size], self._text[self._at : self._at + size]
            ):
                break
            done += size
            self._at += size
            if self._at == len(self._text):
                self._step()
            if done == len(streamed):
                return
        if done < len(streamed):
            raise ValueError(_OTHER)


def _agree(streamed: bytes, stored: bytes) -> bool:
    """Return whether two texts are the same.

    A history may have U+FFFD for half a character, which UTF-8 cannot represent.
    """
    return streamed == stored or units(whole(from_units(streamed))) == stored


def _is_same(streamed: Any, stored: Any) -> bool:
    """Return whether two chunks agree in all that both have."""
    return _fits(to_dict(streamed), to_dict(stored))


def _fits(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_fits(one[key], other[key]) for key in one.keys() & other.keys())
    return one is None or other is None or bool(one == other)
