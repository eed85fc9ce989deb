"""Who answers: the model that echoes, and the one that follows a script."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias, get_args

import attrs

from mistral_conversations.server.failures import JSONObject, refusal
from mistral_conversations.server.pieces import Fail, Piece, Say, Turn

__all__ = ["Answerer", "Echo", "Prompt", "Script", "ScriptedTurns", "answerer"]

ScriptedTurns: TypeAlias = Sequence[Piece | Sequence[Piece]]


@attrs.frozen
class Prompt:
    """What a model is to answer."""

    entries: Sequence[JSONObject]
    """All entries of the conversation, the new inputs at the end."""


class Answerer(Protocol):
    """What answers in the place of a model."""

    def turn(self, prompt: Prompt, /) -> Turn:
        """Give the pieces of the answer."""
        ...


@attrs.frozen
class Echo:
    """Answers with the last text of the user."""

    def turn(self, prompt: Prompt, /) -> Turn:
        """Say what the user said last."""
        said = (e for e in reversed(prompt.entries) if e.get("role") == "user")
        return [Say((_text(next(said, {}).get("content", "")),))]


@attrs.define
class Script:
    """Answers with one turn after the other."""

    _turns: tuple[Turn, ...]
    _played: int = 0

    def turn(self, _prompt: Prompt, /) -> Turn:
        """Give the next turn.

        Raises:
            RefusalError: all turns are played.
        """
        if self._played == len(self._turns):
            message = f"The script of {self._played} turns is used up"
            raise refusal(500, message, 3000)
        self._played += 1
        return self._turns[self._played - 1]


def answerer(model: ScriptedTurns | None) -> Answerer:
    """Make what answers: a script of turns, or an echo for None.

    Raises:
        TypeError: an element is neither a piece nor a list of pieces.
        ValueError: pieces follow a `fail()`.
    """
    if model is None:
        return Echo()
    if not isinstance(model, list | tuple):
        raise TypeError(
            f"model must be a list of turns, such as [say('Hello')], not {model!r}"
        )
    return Script(tuple(_turn(turn, f"model[{i}]") for i, turn in enumerate(model)))


def _turn(turn: Any, place: str) -> Turn:
    pieces = tuple(turn) if isinstance(turn, list | tuple) else (turn,)
    for piece in pieces:
        if not isinstance(piece, get_args(Piece)):
            raise TypeError(
                f"{place} must be made of say(), think(), call(), execute(), "
                f"handoff() and fail(), not {piece!r}"
            )
    if any(isinstance(piece, Fail) for piece in pieces[:-1]):
        raise ValueError(f"{place} goes on after fail(), which ends a turn")
    return pieces


def _text(content: str | Iterable[JSONObject]) -> str:
    if isinstance(content, str):
        return content
    return "".join(chunk.get("text", "") for chunk in content)
