"""The operations on conversations as handlers of aiohttp."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server import requests
from mistral_conversations.server.agents.store import Agents
from mistral_conversations.server.answering import ModelFunction
from mistral_conversations.server.caller import Caller
from mistral_conversations.server.delivery import Delivery
from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.guard import Operation, recorded_of, trouble_of
from mistral_conversations.server.libraries.shelf import Shelf
from mistral_conversations.server.responses import event_stream, json_response
from mistral_conversations.server.store import Conversation, Store
from mistral_conversations.server.writing import Pace, Writer

__all__ = ["Conversing"]

# Seconds that a model has to heed its cancellation.
_LONGEST_END = 5.0
_logger = logging.getLogger(__name__)


@attrs.define(eq=False)
class Conversing:
    """Conversations, and a model that answers."""

    model: ModelFunction
    pace: Pace
    agents: Agents
    """The agents that conversations can be started with."""

    shelf: Shelf
    """The libraries that an execution of `document_library` searches."""

    store: Store = attrs.field(factory=Store)
    _writers: "set[asyncio.Task[None]]" = attrs.field(factory=set, init=False)

    def operations(self) -> Sequence[Operation]:
        """Give the operations, each with its method and route."""
        return (
            ("POST", routes.CONVERSATIONS, self._start),
            ("GET", routes.CONVERSATIONS, self._list),
            ("POST", routes.CONVERSATION, self._append),
            ("GET", routes.CONVERSATION, self._get),
            ("DELETE", routes.CONVERSATION, self._delete),
            ("POST", routes.RESTART, self._restart),
            ("GET", routes.HISTORY, self._history),
            ("GET", routes.MESSAGES, self._messages),
        )

    async def aclose(self) -> None:
        """End the answers that are still being written."""
        for writer in self._writers:
            writer.cancel()
        if self._writers:
            _, left = await asyncio.wait(self._writers, timeout=_LONGEST_END)
            if left:
                _logger.warning("The model does not end, though it was cancelled")

    async def _start(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_start(request)
        agent = self.agents.at(body.get("agent_id"), body.get("agent_version"))
        conversation = Conversation.started_with(body, agent)
        return await self._answer(request, body, conversation, self.store)

    async def _append(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_append(request)
        conversation = self._find(request)
        conversation.refuse_if_written()
        stored = body.get("store", True)
        written = conversation if stored else conversation.copy()
        return await self._answer(request, body, written, None)

    async def _restart(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_restart(request)
        conversation = self._find(request)
        conversation.refuse_if_written()
        agent, version = conversation.agent, body.get("agent_version")
        if version is not None:
            agent = self.agents.at(conversation.settings.get("agent_id"), version)
        branch = conversation.branch(body, agent)
        return await self._answer(request, body, branch, self.store)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        page = self.store.page(*requests.read_page(request))
        return json_response([conversation.body() for conversation in page])

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._find(request).body())

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self.store.remove(request.match_info["conversation_id"])
        return web.Response(status=204)

    async def _history(self, request: web.Request) -> web.StreamResponse:
        return json_response(_told(self._find(request), "history", "entries"))

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        told = _told(self._find(request), "messages", "messages")
        said = [e for e in told["messages"] if e["type"].startswith("message.")]
        return json_response({**told, "messages": said})

    def _find(self, request: web.Request) -> Conversation:
        return self.store.find(request.match_info["conversation_id"])

    async def _answer(
        self,
        request: web.Request,
        body: JSONObject,
        conversation: Conversation,
        store: Store | None,
    ) -> web.StreamResponse:
        """Have the answer written, by a task that outlives a caller who goes."""
        entries = conversation.continued(
            requests.input_entries(body.get("inputs", [])),
            body.get("tool_confirmations") or [],
        )
        caller = _caller(request, streams=body.get("stream") is True)
        trouble = trouble_of(request)
        writer = Writer(
            conversation, caller, trouble, self.pace, self.agents, self.shelf
        )
        writer.shut()
        kept = store if body.get("store", True) else None
        task = asyncio.create_task(writer.write(self.model, entries, kept))
        self._writers.add(task)
        task.add_done_callback(self._writers.discard)
        task.add_done_callback(lambda _: writer.close())
        try:
            return await caller.answer
        except asyncio.CancelledError:
            caller.leave()
            raise


def _caller(request: web.Request, *, streams: bool) -> Caller:
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    delivery = None
    if streams:
        delivery = Delivery(request, trouble_of(request), answer, event_stream())
    return Caller(recorded_of(request), answer, delivery)


def _told(conversation: Conversation, kind: str, key: str) -> JSONObject:
    return {
        "object": f"conversation.{kind}",
        "conversation_id": conversation.id,
        key: conversation.entries,
    }
