"""The operations of the API as handlers of aiohttp."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import TypeAlias

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations._wire.json import encode_json
from mistral_conversations.server import requests
from mistral_conversations.server.failures import (
    JSONObject,
    RefusalError,
    method_not_allowed,
    no_route,
    refusal,
)
from mistral_conversations.server.ids import new_request_id
from mistral_conversations.server.performance import Performance
from mistral_conversations.server.pieces import Fail, Turn
from mistral_conversations.server.playing import play
from mistral_conversations.server.script import Answerer, Prompt
from mistral_conversations.server.store import (
    Conversation,
    Store,
    refuse_missing_results,
)

__all__ = ["Service"]

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TOKENS_A_MINUTE = 500_000


@attrs.define(eq=False)
class Service:
    """The API: conversations, and a model that answers."""

    model: Answerer
    store: Store
    api_key: str | None = None
    """The only key that is accepted; None accepts any."""

    latency: float = 0.0
    """Seconds before each event of a stream, and before a plain answer."""

    def application(self) -> web.Application:
        """Make an application for aiohttp, good for one event loop."""
        # 0: a body may be as large as it likes, for images travel inside.
        app = web.Application(client_max_size=0, middlewares=[self._guard])
        app.router.add_post(routes.CONVERSATIONS, self._start)
        app.router.add_get(routes.CONVERSATIONS, self._list, allow_head=False)
        app.router.add_post(routes.CONVERSATION, self._append)
        app.router.add_get(routes.CONVERSATION, self._get, allow_head=False)
        app.router.add_delete(routes.CONVERSATION, self._delete)
        app.router.add_post(routes.RESTART, self._restart)
        app.router.add_get(routes.HISTORY, self._history, allow_head=False)
        app.router.add_get(routes.MESSAGES, self._messages, allow_head=False)
        app.on_response_prepare.append(_name_request)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Check the key, and answer refusals."""
        transport = request.transport
        try:
            if request.match_info.http_exception is None:
                requests.check_key(request, self.api_key)
            return await handler(request)
        except RefusalError as error:
            return _refused(error)
        except web.HTTPNotFound:
            return _refused(no_route())
        except web.HTTPMethodNotAllowed as error:
            return _refused(method_not_allowed(), {"Allow": error.headers["Allow"]})
        except asyncio.CancelledError:
            # Closing alone would wait for a client that has ceased to read.
            if transport is not None:
                transport.abort()
            raise

    async def _start(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_start(request)
        return await self._answer(request, body, Conversation.started_with(body))

    async def _append(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_append(request)
        conversation = self._find(request)
        conversation.refuse_if_written()
        stored = body.get("store", True)
        written = conversation if stored else conversation.copy()
        return await self._answer(request, body, written)

    async def _restart(self, request: web.Request) -> web.StreamResponse:
        body = await requests.read_restart(request)
        conversation = self._find(request)
        conversation.refuse_if_written()
        return await self._answer(request, body, conversation.branch(body))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        page = self.store.page(*requests.read_page(request))
        return _json_response([conversation.body() for conversation in page])

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return _json_response(self._find(request).body())

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self.store.remove(request.match_info["conversation_id"])
        return web.Response(status=204)

    async def _history(self, request: web.Request) -> web.StreamResponse:
        return _json_response(_told(self._find(request), "history", "entries"))

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        told = _told(self._find(request), "messages", "messages")
        said = [e for e in told["messages"] if e["type"].startswith("message.")]
        return _json_response({**told, "messages": said})

    def _find(self, request: web.Request) -> Conversation:
        return self.store.find(request.match_info["conversation_id"])

    async def _answer(
        self, request: web.Request, body: JSONObject, conversation: Conversation
    ) -> web.StreamResponse:
        conversation.begin_writing()
        try:
            turn = self._take_in(body, conversation)
            stream = request if body.get("stream") else None
            return await self._perform(turn, conversation, stream)
        finally:
            conversation.end_writing()

    async def _perform(
        self, turn: Turn, conversation: Conversation, stream: web.Request | None
    ) -> web.StreamResponse:
        entries = tuple(conversation.entries)
        performance = Performance(conversation.id, entries, conversation.voice)
        events = play(turn, performance)
        try:
            if stream is not None:
                return await self._stream(stream, events)
            return await self._plain(events, performance)
        finally:
            # A client that has gone changes nothing: the service goes on without.
            for _ in events:
                pass
            if performance.failure is None:
                conversation.add(performance.outputs)

    def _take_in(self, body: JSONObject, conversation: Conversation) -> Turn:
        """Take the inputs into the conversation, and ask the model for its turn."""
        inputs = requests.input_entries(body.get("inputs", []))
        confirmations = body.get("tool_confirmations") or []
        entries = [*conversation.confirmed(confirmations), *inputs]
        refuse_missing_results(entries)
        turn = self.model.turn(Prompt(entries))
        _refuse_failed(turn)
        conversation.replace(entries)
        if body.get("store", True):
            self.store.add(conversation)
        return turn

    async def _plain(
        self, events: Iterator[JSONObject], performance: Performance
    ) -> web.StreamResponse:
        await asyncio.sleep(self.latency)
        for _ in events:
            pass
        if performance.failure is not None:
            failure = performance.failure
            raise refusal(failure.status or 500, failure.message, failure.code)
        return _response(performance)

    async def _stream(
        self, request: web.Request, events: Iterator[JSONObject]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        with suppress(ConnectionError):  # a client that has gone
            await response.prepare(request)
            for event in events:
                # Even without latency: others have a turn between two events.
                await asyncio.sleep(self.latency)
                await response.write(_frame(event))
            await response.write_eof()
        return response


def _refuse_failed(turn: Turn) -> None:
    first = turn[0] if turn else None
    if isinstance(first, Fail) and first.status is not None:
        raise refusal(first.status, first.message, first.code)


def _told(conversation: Conversation, kind: str, key: str) -> JSONObject:
    return {
        "object": f"conversation.{kind}",
        "conversation_id": conversation.id,
        key: conversation.entries,
    }


def _response(performance: Performance) -> web.Response:
    usage = performance.usage()
    body = {
        "object": "conversation.response",
        "conversation_id": performance.conversation_id,
        "outputs": performance.outputs,
        "usage": usage,
        "guardrails": None,
    }
    left = max(0, _TOKENS_A_MINUTE - usage["total_tokens"])
    limits = {
        "x-ratelimit-limit-tokens-minute": str(_TOKENS_A_MINUTE),
        "x-ratelimit-remaining-tokens-minute": str(left),
    }
    return _json_response(body, 200, limits)


def _refused(
    error: RefusalError, headers: Mapping[str, str] | None = None
) -> web.Response:
    return _json_response(error.body, error.status, headers)


def _json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=encode_json(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def _frame(event: JSONObject) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (event["type"].encode(), encode_json(event))


async def _name_request(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["mistral-correlation-id"] = str(uuid.uuid4())
    response.headers["x-kong-request-id"] = new_request_id()
