"""The operations on conversations, as handlers of aiohttp."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.agents.store import AgentStore
from mistral_conversations.server.agents.tool_rules import refuse_choice, refuse_tools
from mistral_conversations.server.answers.model import ModelFunction
from mistral_conversations.server.connectors.store import ConnectorStore
from mistral_conversations.server.conversations import requests
from mistral_conversations.server.conversations.conversation import Conversation
from mistral_conversations.server.conversations.responses import (
    answer_in,
    history_response,
    messages_response,
)
from mistral_conversations.server.conversations.store import ConversationStore
from mistral_conversations.server.conversations.writing import Pace, Writer
from mistral_conversations.server.files.images import Images
from mistral_conversations.server.files.store import FileStore
from mistral_conversations.server.libraries.store import LibraryStore
from mistral_conversations.server.web.body import Body
from mistral_conversations.server.web.delivery import Delivery
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.links import Links
from mistral_conversations.server.web.middleware import recorded_request, trouble_of
from mistral_conversations.server.web.rate_limit import RateLimiter
from mistral_conversations.server.web.records import RecordedRequest
from mistral_conversations.server.web.responses import event_stream, json_response
from mistral_conversations.server.web.routing import Handler, Operation
from mistral_conversations.server.web.tasks import cancel
from mistral_conversations.server.web.trouble import CALM

__all__ = ["ConversationOperations"]

_logger = logging.getLogger(__name__)


@attrs.define(eq=False)
class ConversationOperations:
    """The operations on conversations, and the model that answers."""

    model: ModelFunction
    _pace: Pace
    _agents: AgentStore
    """The agents that a conversation can start with."""

    _libraries: LibraryStore
    """The libraries that an execution of `document_library` searches."""

    _files: FileStore
    """The files, which generated images become."""

    _links: Links
    _connectors: ConnectorStore
    """The connectors whose tools an execution runs."""

    store: ConversationStore
    _rate: RateLimiter
    _writers: "set[asyncio.Task[None]]" = attrs.field(factory=set, init=False)

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("POST", routes.CONVERSATIONS, self._limited(self._start)),
            ("GET", routes.CONVERSATIONS, self._list),
            ("POST", routes.CONVERSATION, self._limited(self._append)),
            ("GET", routes.CONVERSATION, self._get),
            ("DELETE", routes.CONVERSATION, self._delete),
            ("POST", routes.RESTART, self._limited(self._restart)),
            ("GET", routes.HISTORY, self._history),
            ("GET", routes.MESSAGES, self._messages),
        )

    def _limited(self, handler: Handler) -> Handler:
        """Return a handler that the rate limit binds."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self._rate.admit()
            return await handler(request)

        return handle

    async def aclose(self) -> None:
        """Cancel the answers that are still being written."""
        if not await cancel(self._writers):
            _logger.warning("The model still runs, though it was cancelled")

    async def answer_batch(self, request: web.Request, body: JSONObject) -> JSONObject:
        """Start a conversation for a batch job, and return the body of the answer.

        Args:
            request: the request that created the job.
            body: the body of the start.

        Raises:
            RefusalError: the body is invalid, or the answer is an error.
        """
        checked = requests.checked_start(body)
        conversation = self._started(checked)
        entries = conversation.continued(requests.input_entries(checked["inputs"]), [])
        recorded = recorded_request(request).of_batch(routes.CONVERSATIONS, body)
        delivery = Delivery(CALM)
        writer = self._writer(conversation, request, recorded, delivery, RateLimiter())
        writer.ends_at_handoff = checked.get("handoff_execution") == "client"
        writer.lock()
        try:
            kept = self.store if checked.get("store", True) else None
            await writer.write(self.model, entries, kept)
            response = await delivery.response
        finally:
            writer.close()
        return answer_in(response)

    async def _start(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_start(request)
        return await self._answer(request, body, self._started(body), self.store)

    def _started(self, body: JSONObject) -> Conversation:
        agent = self._agents.at(body.get("agent_id"), body.get("agent_version"))
        conversation = Conversation.started_with(body, agent)
        refuse_tools(conversation.tools)
        refuse_choice(conversation.tools, conversation.completion_args)
        return conversation

    async def _append(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_append(request)
        conversation = self._find(request)
        refuse_choice(conversation.tools, body.get("completion_args"))
        conversation.refuse_if_locked()
        stored = body.get("store", True)
        written = conversation if stored else conversation.copy()
        return await self._answer(request, body, written, None)

    async def _restart(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_restart(request)
        conversation = self._find(request)
        conversation.refuse_if_locked()
        agent, version = conversation.agent, body.get("agent_version")
        if version is not None:
            agent = self._agents.at(conversation.settings.get("agent_id"), version)
        branch = conversation.branch(body, agent)
        refuse_choice(branch.tools, branch.completion_args)
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
        return history_response(self._find(request))

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        return messages_response(self._find(request))

    def _find(self, request: web.Request) -> Conversation:
        return self.store.find(request.match_info["conversation_id"])

    async def _answer(
        self,
        request: web.Request,
        body: JSONObject,
        conversation: Conversation,
        store: ConversationStore | None,
    ) -> web.StreamResponse:
        """Start a task that writes the answer, and wait for the response.

        The task outlives a caller that leaves.
        """
        entries = conversation.continued(
            requests.input_entries(body.get("inputs", [])),
            body.get("tool_confirmations") or [],
        )
        delivery = _delivery(request, streams=body.get("stream") is True)
        recorded = recorded_request(request)
        writer = self._writer(conversation, request, recorded, delivery, self._rate)
        writer.ends_at_handoff = body.get("handoff_execution") == "client"
        writer.lock()
        kept = store if body.get("store", True) else None
        task = asyncio.create_task(writer.write(self.model, entries, kept))
        self._writers.add(task)
        task.add_done_callback(self._writers.discard)
        task.add_done_callback(lambda _: writer.close())
        try:
            return await delivery.response
        except asyncio.CancelledError:
            delivery.leave()
            raise

    def _writer(
        self,
        conversation: Conversation,
        request: web.Request,
        recorded: RecordedRequest,
        delivery: Delivery,
        rate: RateLimiter,
    ) -> Writer:
        images = Images(self._files, partial(self._links.create, request))
        return Writer(
            conversation,
            recorded,
            delivery,
            self._pace,
            self._agents,
            self._libraries,
            images,
            self._connectors,
            rate,
        )


def _delivery(request: web.Request, *, streams: bool) -> Delivery:
    trouble = trouble_of(request)
    body = Body(request, trouble, event_stream()) if streams else None
    return Delivery(trouble, body)
