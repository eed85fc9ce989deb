"""Writing an answer: call the model, send its events, store its entries."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing

import attrs

from mistral_conversations.server.agents.store import AgentStore
from mistral_conversations.server.answers.answer import Answer, Event
from mistral_conversations.server.answers.confirmation import (
    Suspension,
    needs_confirmation,
    pending_call,
    suspended,
)
from mistral_conversations.server.answers.events import (
    closing_events,
    first_event,
    last_event,
    piece_events,
)
from mistral_conversations.server.answers.model import (
    ModelFunction,
    Script,
    call_model,
    replay,
)
from mistral_conversations.server.answers.pieces import Execute, Fail, Handoff, Piece
from mistral_conversations.server.connectors.store import ConnectorStore, Run
from mistral_conversations.server.conversations.conversation import Conversation
from mistral_conversations.server.conversations.responses import answer_response
from mistral_conversations.server.conversations.store import ConversationStore
from mistral_conversations.server.files.images import Images
from mistral_conversations.server.libraries.lookup import Lookup
from mistral_conversations.server.libraries.store import LibraryStore
from mistral_conversations.server.web.delivery import Delivery
from mistral_conversations.server.web.failures import JSONObject, RefusalError, refusal
from mistral_conversations.server.web.rate_limit import RateLimiter
from mistral_conversations.server.web.records import RecordedRequest

__all__ = ["Pace", "Writer"]

_logger = logging.getLogger(__name__)


@attrs.frozen
class Pace:
    """Durations, in seconds."""

    latency: float = 0.0
    """Before each event of a stream, and before a plain answer."""

    busy_after_drop: float = 0.0
    """The least time a conversation stays busy after its caller has left."""


@attrs.define(eq=False)
class Writer:
    """Writes one answer into a conversation, whether the caller stays or leaves."""

    _conversation: Conversation
    _request: RecordedRequest
    _delivery: Delivery
    _pace: Pace
    _agents: AgentStore
    _libraries: LibraryStore
    _images: Images
    _connectors: ConnectorStore
    _rate: RateLimiter
    """Counts the tokens of the answer."""

    ends_at_handoff: bool = False
    """Whether the caller carries handoffs out (`handoff_execution`)."""

    _lock: ExitStack = attrs.field(factory=ExitStack)

    def lock(self) -> None:
        """Lock the conversation until the answer is stored.

        Raises:
            RefusalError: another answer is being written into it.
        """
        self._conversation.lock()
        self._lock.callback(self._conversation.unlock)

    def close(self) -> None:
        """Unlock the conversation, and release a caller that still waits."""
        self._lock.close()
        self._delivery.response.cancel()

    async def write(
        self,
        model: ModelFunction,
        entries: Sequence[JSONObject],
        store: ConversationStore | None,
    ) -> None:
        """Answer the entries, the last of which are new.

        Args:
            model: what answers.
            entries: the entries of the conversation, without the answer.
            store: where to add the conversation as soon as the model answers.
        """
        try:
            pieces = await self._call(model, entries)
            if store is not None:
                store.add(self._conversation)
            await self._answer(pieces, model)
        except RefusalError as error:
            self._delivery.respond(error)
            await self._stay_busy()
        except Exception as error:
            _logger.exception("LocalServer failed")
            self._delivery.respond(error)

    async def _call(
        self, model: ModelFunction, entries: Sequence[JSONObject]
    ) -> AsyncGenerator[Piece, None]:
        suspension = self._conversation.suspension
        if suspension is not None and suspension.is_allowed(entries):
            pieces = replay(suspension.pieces)
        else:
            conversation = self._conversation.record(entries)
            pieces = await call_model(model, conversation, self._request)
        if suspension is not None:
            suspension.is_settled = True
            self._conversation.suspension = None
        self._conversation.replace(entries)
        return pieces

    async def _answer(
        self, pieces: AsyncGenerator[Piece, None], model: ModelFunction
    ) -> None:
        conversation = self._conversation
        prompt = tuple(conversation.entries)
        lookup = Lookup(self._libraries, conversation.tools)
        answer = Answer(
            conversation.id,
            prompt,
            conversation.speaker,
            self._agents,
            lookup,
            self._images,
            self._connectors,
            ends_at_handoff=self.ends_at_handoff,
        )
        async with aclosing(pieces), aclosing(_events(pieces, answer)) as events:
            await self._send_all(events)
        await self._conclude(answer, model)

    async def _send_all(self, events: AsyncGenerator[Event, None]) -> None:
        await self._delivery.begin()
        if not self._delivery.streams:
            await asyncio.sleep(self._pace.latency)
        async for event in events:
            if self._must_fail():
                return
            await self._reach()
            await self._delivery.send(event)

    async def _conclude(self, answer: Answer, model: ModelFunction) -> None:
        """Store the answer, then end it: its caller may continue at once."""
        if self._must_fail():
            trouble = self._delivery.trouble
            answer.failure = Fail(trouble.error or "", trouble.error_code, None)
        last = last_event(answer)
        if self._rate.limit is not None:
            self._rate.count(answer.usage()["total_tokens"])
        await self._reach()
        try:
            await self._stay_busy()
        finally:
            if answer.failure is None:
                self._conversation.add(answer.outputs)
                self._suspend(answer.suspension, model)
            self._lock.close()
        await self._delivery.send(last)
        await self._end(answer)

    def _suspend(self, suspension: Suspension | None, model: ModelFunction) -> None:
        self._conversation.suspension = suspension
        if suspension is not None and isinstance(model, Script):
            model.suspend(suspension)

    async def _end(self, answer: Answer) -> None:
        failure = answer.failure
        if self._delivery.streams:
            await self._delivery.end()
        elif failure is None:
            self._delivery.respond(answer_response(answer, self._rate))
        else:
            raise refusal(failure.status or 500, failure.message, failure.code)

    async def _reach(self) -> None:
        # Sleep even without latency: other tasks run between two events.
        await asyncio.sleep(self._pace.latency if self._delivery.streams else 0)
        await self._delivery.reach()

    async def _stay_busy(self) -> None:
        """Wait until the conversation may be free again after its caller has left."""
        left_at = self._delivery.left_at
        if left_at is not None:
            until = left_at + self._pace.busy_after_drop
            await asyncio.sleep(max(0, until - asyncio.get_running_loop().time()))

    def _must_fail(self) -> bool:
        """Check whether the error of a trouble is due."""
        delivery = self._delivery
        after = delivery.trouble.after_events
        is_due = delivery.events == after or not delivery.streams
        return delivery.trouble.error is not None and is_due


async def _events(
    pieces: AsyncGenerator[Piece, None], answer: Answer
) -> AsyncGenerator[Event, None]:
    yield first_event(answer)
    async for piece in pieces:
        if isinstance(piece, Fail):
            answer.failure = piece
            return
        if needs_confirmation(piece, answer.lookup.tools):
            for event in piece_events(pending_call(piece), answer):
                yield event
            tool_call_id = answer.outputs[-1]["tool_call_id"]
            answer.suspension = await suspended(tool_call_id, piece, pieces)
            return
        run = _connector_run(piece, answer)
        for event in piece_events(piece, answer):
            yield event
            if run is not None and event["type"] == "tool.execution.started":
                answer.executed = await run()
        if answer.failure is not None:
            return
        if isinstance(piece, Handoff) and answer.ends_at_handoff:
            return
    for event in closing_events(answer):
        yield event


def _connector_run(piece: Piece, answer: Answer) -> Run | None:
    """Return what executes a piece, if it is a connector's tool without a result."""
    if not isinstance(piece, Execute) or piece.info is not None:
        return None
    tools = answer.lookup.tools
    return answer.connectors.tool_run(
        piece.name, piece.function, piece.arguments, tools
    )
