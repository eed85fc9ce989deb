"""The model that answers: an echo, a script of turns, or a function of the user."""

import asyncio
import inspect
import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from typing import Any, TypeAlias, get_args

import attrs

from mistral_conversations.server.answers.confirmation import Suspension
from mistral_conversations.server.answers.pieces import Fail, Piece, Turn, say
from mistral_conversations.server.answers.records import RecordedConversation
from mistral_conversations.server.web.failures import RefusalError, refusal
from mistral_conversations.server.web.records import RecordedRequest
from mistral_conversations.server.web.trouble import shown

__all__ = [
    "Model",
    "ModelFunction",
    "Reply",
    "Script",
    "call_model",
    "last_user_text",
    "model_function",
    "replay",
]

Reply: TypeAlias = str | Piece | Sequence[str | Piece]
ScriptedTurns: TypeAlias = Sequence[Reply]
ModelFunction: TypeAlias = Callable[
    [RecordedConversation, RecordedRequest],
    Reply | Awaitable[Reply | AsyncIterator[str | Piece]] | AsyncIterator[str | Piece],
]
Model: TypeAlias = ScriptedTurns | ModelFunction

_logger = logging.getLogger(__name__)


def _echo(conversation: RecordedConversation, _: RecordedRequest) -> Reply:
    """Repeat the last text of the user."""
    return last_user_text(conversation.entries)


def last_user_text(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the last text of the user."""
    users = (e["content"] for e in reversed(entries) if e.get("role") == "user")
    return _text(next(users, ""))


@attrs.define
class Script:
    """Answers with one turn after another."""

    _turns: tuple[Turn, ...]
    _played: int = attrs.field(default=0, init=False)
    _suspensions: list[Suspension] = attrs.field(factory=list, init=False)

    def __call__(self, _: RecordedConversation, __: RecordedRequest) -> Reply:
        """Return the next turn.

        Raises:
            RefusalError: there is none.
        """
        if self._played == len(self._turns):
            message = f"The script of {self._played} turns is used up"
            raise refusal(500, message, 3000)
        self._played += 1
        return self._turns[self._played - 1]

    def suspend(self, suspension: Suspension) -> None:
        """Remember that the rest of a turn waits for a confirmation."""
        self._suspensions.append(suspension)

    def unused(self) -> list[str]:
        """Describe the turns that were not played, and the rests that still wait."""
        rests = [
            f"the rest of a turn that waits for a confirmation: {shown(each.pieces)}"
            for each in self._suspensions
            if not each.is_settled
        ]
        turns = list(enumerate(self._turns))[self._played :]
        return rests + [f"model[{i}]: {shown(turn)}" for i, turn in turns]


def model_function(model: Model | None) -> ModelFunction:
    """Return a model as a function; a list becomes a script, None an echo.

    Raises:
        TypeError: it is neither a function nor a list, or an element of the list is
            not a turn.
        ValueError: a piece follows `fail()`.
    """
    if model is None:
        return _echo
    if callable(model):
        return model
    if not isinstance(model, list | tuple):
        raise TypeError(
            "model must be a list of turns, such as [say('Hello')], or a function of "
            f"a conversation and a request, not {model!r}"
        )
    return Script(tuple(_turn(turn, f"model[{i}]") for i, turn in enumerate(model)))


async def call_model(
    model: ModelFunction, conversation: RecordedConversation, request: RecordedRequest
) -> AsyncGenerator[Piece, None]:
    """Call a model for its answer.

    Returns:
        The pieces, as they come. If the model raises midway, the last is a failure.

    Raises:
        RefusalError: the answer is an HTTP error: the model raised before its first
            piece, its reply is not a turn, or it is a failure with a status.
    """
    try:
        reply = model(conversation, request)
        if inspect.isawaitable(reply):
            reply = await reply
        if isinstance(reply, AsyncIterable):
            return _stream(reply)
        turn = _turn(reply, "the reply of the model")
    except BaseException as error:
        if not _is_model_error(error):
            raise
        raise refusal(500, _log_failure(error), 3000) from None
    if turn and isinstance(turn[0], Fail) and turn[0].status is not None:
        raise refusal(turn[0].status, turn[0].message, turn[0].code)
    return replay(turn)


async def replay(turn: Turn) -> AsyncGenerator[Piece, None]:
    """Yield the pieces of a turn."""
    for piece in turn:
        yield piece


async def _stream(
    pieces: AsyncIterable[str | Piece],
) -> AsyncGenerator[Piece, None]:
    try:
        async for piece in pieces:
            yield _piece(piece, "what the model yields")
    except BaseException as error:
        if not _is_model_error(error):
            raise
        yield Fail(_log_failure(error), 3000, None)
    finally:
        await _close(pieces)


async def _close(pieces: AsyncIterable[str | Piece]) -> None:
    if not isinstance(pieces, AsyncGenerator):
        return
    try:
        await pieces.aclose()
    except BaseException as error:
        if not _is_model_error(error):
            raise
        _log_failure(error)


def _is_model_error(error: BaseException) -> bool:
    """Check whether the user's code failed; `pytest.fail()` raises a BaseException."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and not task.cancelling()
    others = (RefusalError, GeneratorExit, KeyboardInterrupt)
    return not isinstance(error, others)


def _log_failure(error: BaseException) -> str:
    """Log what the user's code raised, and return the message of the failure."""
    _logger.error("The model of LocalServer failed", exc_info=error)
    try:
        message = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - its __str__ is the user's code
        message = type(error).__name__
    text = message.encode(errors="backslashreplace").decode()
    return f"The model of LocalServer raised {text}"


def _turn(turn: Any, place: str) -> Turn:
    several = turn if isinstance(turn, list | tuple) else (turn,)
    pieces = tuple(_piece(piece, place) for piece in several)
    if any(isinstance(piece, Fail) for piece in pieces[:-1]):
        raise ValueError(f"{place} has pieces after fail(), which ends a turn")
    return pieces


def _piece(piece: Any, place: str) -> Piece:
    if isinstance(piece, str):
        return say(piece)
    if not isinstance(piece, get_args(Piece)):
        raise TypeError(
            f"{place} must be made of texts, say(), think(), call(), flood(), "
            "execute(), cite(), show(), handoff() and fail() (and come from "
            f"`async def`), not {piece!r}"
        )
    checked: Piece = piece
    return checked


def _text(content: str | Iterable[Mapping[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return "".join(chunk.get("text", "") for chunk in content)
