"""Writing an answer: the model is asked, the caller is told, the store keeps it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing

import attrs

from mistral_conversations.server.agents.store import Agents
from mistral_conversations.server.answering import ModelFunction, ask
from mistral_conversations.server.caller import Caller
from mistral_conversations.server.failures import JSONObject, RefusalError, refusal
from mistral_conversations.server.libraries.lookup import Lookup
from mistral_conversations.server.libraries.shelf import Shelf
from mistral_conversations.server.performance import Event, Performance
from mistral_conversations.server.pieces import Fail, Piece
from mistral_conversations.server.playing import begin, end, play
from mistral_conversations.server.responses import whole_answer
from mistral_conversations.server.store import Conversation, Store
from mistral_conversations.server.trouble import Trouble

__all__ = ["Pace", "Writer"]

_logger = logging.getLogger(__name__)


@attrs.frozen
class Pace:
    """How long things take, in seconds."""

    latency: float = 0.0
    """Before each event of a stream, and before an answer that comes at once."""

    busy_after_drop: float = 0.0
    """From when the caller has gone until the conversation is free, at least."""


@attrs.define(eq=False)
class Writer:
    """Writes one answer into a conversation, whether the caller stays or goes."""

    _conversation: Conversation
    _caller: Caller
    _trouble: Trouble
    _pace: Pace
    _agents: Agents
    _shelf: Shelf
    _told: int = 0
    _lock: ExitStack = attrs.field(factory=ExitStack)

    def shut(self) -> None:
        """Shut the conversation for others, until the answer is stored.

        Raises:
            RefusalError: another answer is being written into it.
        """
        self._conversation.begin_writing()
        self._lock.callback(self._conversation.end_writing)

    def close(self) -> None:
        """Free the conversation, and a caller who still waits."""
        self._lock.close()
        self._caller.answer.cancel()

    async def write(
        self, model: ModelFunction, entries: Sequence[JSONObject], store: Store | None
    ) -> None:
        """Answer the entries, the last of which are new.

        Args:
            model: who is asked.
            entries: what the conversation then consists of, beside the answer.
            store: where to put the conversation, as soon as there is an answer.
        """
        try:
            pieces = await self._ask(model, entries)
            if store is not None:
                store.add(self._conversation)
            await self._answer(pieces)
        except RefusalError as error:
            self._caller.take(error)
            await self._hold()
        except Exception as error:
            _logger.exception("LocalServer failed")
            self._caller.take(error)

    async def _ask(
        self, model: ModelFunction, entries: Sequence[JSONObject]
    ) -> AsyncGenerator[Piece, None]:
        asked = self._conversation.record(entries)
        pieces = await ask(model, asked, self._caller.request)
        self._conversation.replace(entries)
        return pieces

    async def _answer(self, pieces: AsyncGenerator[Piece, None]) -> None:
        conversation = self._conversation
        prompt = tuple(conversation.entries)
        lookup = Lookup(self._shelf, conversation.tools)
        stage = Performance(
            conversation.id, prompt, conversation.speaker, self._agents, lookup
        )
        async with aclosing(pieces), aclosing(_events(pieces, stage)) as events:
            await self._perform(events)
        await self._conclude(stage)

    async def _perform(self, events: AsyncGenerator[Event, None]) -> None:
        await self._caller.begin()
        if not self._caller.streams:
            await asyncio.sleep(self._pace.latency)
        async for event in events:
            if self._is_to_fail():
                return
            await self._reach()
            await self._tell(event)

    async def _conclude(self, stage: Performance) -> None:
        """Store the answer, then end it: who sees the end may go on at once."""
        if self._is_to_fail():
            message = self._trouble.error or ""
            stage.failure = Fail(message, self._trouble.error_code, None)
        last = end(stage)
        await self._reach()
        try:
            await self._hold()
        finally:
            if stage.failure is None:
                self._conversation.add(stage.outputs)
            self._lock.close()
        await self._tell(last)
        await self._end(stage)

    async def _end(self, stage: Performance) -> None:
        failure = stage.failure
        if self._caller.streams:
            await self._caller.end()
        elif failure is None:
            self._caller.take(whole_answer(stage))
        else:
            raise refusal(failure.status or 500, failure.message, failure.code)

    async def _reach(self) -> None:
        # Even without latency: others have a turn between two events.
        await asyncio.sleep(self._pace.latency if self._caller.streams else 0)
        await self._caller.reach()

    async def _tell(self, event: Event) -> None:
        await self._caller.tell(event)
        self._told += 1

    async def _hold(self) -> None:
        """Keep the conversation busy for as long as a caller's going has it."""
        if self._caller.left_at is not None:
            until = self._caller.left_at + self._pace.busy_after_drop
            await asyncio.sleep(max(0, until - asyncio.get_running_loop().time()))

    def _is_to_fail(self) -> bool:
        trouble = self._trouble
        is_due = self._told == trouble.after_events or not self._caller.streams
        return trouble.error is not None and is_due


async def _events(
    pieces: AsyncGenerator[Piece, None], stage: Performance
) -> AsyncGenerator[Event, None]:
    yield begin(stage)
    async for piece in pieces:
        if isinstance(piece, Fail):
            stage.failure = piece
            return
        for event in play(piece, stage):
            yield event
        if stage.failure is not None:
            return
