"""The course of one turn of a chat: a streamed run that waits for its turn."""

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from mistral_conversations._checks import check_flag
from mistral_conversations._event_loop import this_task
from mistral_conversations.chat.client import ChatClient
from mistral_conversations.chat.queue import Place
from mistral_conversations.chat.settings import ChatSettings, Position, Source
from mistral_conversations.chat.state import ChatState
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.events import ResponseStartedEvent
from mistral_conversations.models.runs import RunEvents
from mistral_conversations.runs.machine import Run
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.streaming.course import RunCourse

__all__ = ["ChatCourse", "ChatTurn"]


@attrs.frozen(kw_only=True)
class ChatTurn:
    """What one turn of a chat sends."""

    inputs: Any
    """The new inputs; None to continue what is open."""

    own: Mapping[str, Any] = attrs.field(factory=dict)
    """The parameters of this turn alone."""

    waits: bool = True
    """Whether it waits for the turns before it."""

    reader: Callable[[], object] = this_task
    """Returns who reads the turn."""


class ChatCourse(RunCourse):
    """The course of one turn.

    It is prepared when it is made, so that its parameters are checked, and prepared
    again if the chat has moved on when its turn comes.

    Args:
        client: the client of the chat.
        settings: the settings of the chat.
        state: what the chat knows.
        turn: what the turn sends.

    Raises:
        TypeError: `wait` is not a bool; or a parameter of the run is unusable.
        ValueError: a parameter of the run is unusable.
    """

    def __init__(
        self,
        client: ChatClient,
        settings: ChatSettings,
        state: ChatState,
        turn: ChatTurn,
    ) -> None:
        check_flag("wait", turn.waits)
        self._client = client
        self._settings = settings
        self._chat = state
        self._sent = turn
        end = weakref.WeakMethod(self._end)
        self._place = Place(state.queue, turn.reader, waits=turn.waits, end=end)
        self._position = state.expected()
        self._dropped: weakref.finalize[..., object] | None = None
        super().__init__(self._new_run())

    async def advance(self) -> None:
        """Wait for the turn, then for the next step of the run."""
        if not self.begun and not self._place.is_held:
            if not await self._place.take():
                return
            await self._prepare_again()
            if self.closed:
                self._end()
                return
        self._place.note_reader()
        await super().advance()

    def next_event(self) -> RunEvents | None:
        """Return the next event; the first one of an answer names the conversation."""
        event = super().next_event()
        if isinstance(event, ResponseStartedEvent):
            self._chat.learn_id(event.conversation_id)
        return event

    async def aclose(self) -> None:
        """Close the run; let the next turn begin."""
        self.closed = True
        if not self._place.is_held:
            self._place.release()
        try:
            await super().aclose()
        finally:
            self._end()

    def abandon(self) -> None:
        """Close the run without waiting; let the next turn begin."""
        super().abandon()
        self._end()

    def watch_drop(self, stream: object) -> None:
        """Let the next turn begin, too, if a stream is garbage-collected.

        The end of the turn, which may be an error, ends this watch.
        """
        self._dropped = weakref.finalize(stream, self._drop)
        self._dropped.atexit = False

    def _drop(self) -> None:
        self.work.abandon()
        self.run.report_drop()
        self._end()

    async def _do_next(self) -> None:
        self._place.enter()
        await super()._do_next()
        if self.is_over:
            self._end()

    def _fail(self, error: BaseException) -> None:
        super()._fail(error)
        self._end()

    def _end(self) -> None:
        """Report to the chat what has become of the turn, once."""
        if not self._place.is_held:
            self._place.release()
            return
        if self._dropped is not None:
            self._dropped.detach()
        try:
            self._report()
        finally:
            self._place.release()

    def _report(self) -> None:
        if self.done:
            self._chat.end_turn(self.run.result())
        elif isinstance(self.error, RunPaused):
            self._chat.pause(self.error)
        elif self.begun:
            stream, progress = self.stream, self.run.progress
            id = None if stream is None else stream.state.conversation_id
            self._chat.break_turn(id or progress.conversation_id, progress.usage)

    def _new_run(self) -> Run:
        self._chat.check()
        inputs, paused = self._sent.inputs, self._position.paused
        if paused is not None:
            if inputs is not None:
                raise ConfigurationError(
                    "calls of this chat wait for a decision: decide in chat.paused, "
                    "continue without inputs, and send these inputs after that"
                )
            inputs = paused
        parameters = self._settings.for_turn(self._position, self._sent.own)
        run = self._client.run(inputs, parameters)
        run.watch = self._client.watch(run)
        return run

    async def _prepare_again(self) -> None:
        """Prepare the run anew if another turn has changed what it continues."""
        try:
            self._chat.settle()
            position = await self._resolved(self._chat.position)
            if position != self._position or self._chat.is_deleted:
                self._position = position
                self.prepare(self._new_run())
        except BaseException:
            self._place.release()
            raise

    async def _resolved(self, position: Position) -> Position:
        """Find the last entry of a conversation whose fork begins there."""
        source = position.source
        if source is None or source.from_entry_id is not None:
            return position
        id, options = source.conversation_id, self._settings.options(self._sent.own)
        history = await self._client.operations.get_history(id, **options)
        last = history.entries[-1] if history.entries else None
        entry_id = getattr(last, "id", None)
        if entry_id is None:
            raise ConfigurationError("the chat has no entry yet: fork it after a turn")
        return attrs.evolve(position, source=Source(id, entry_id))
