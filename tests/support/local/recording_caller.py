"""A caller that records every answer, with the name of its schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from tests.support.local.answer_schemas import ANSWERS, EVENT_TYPES, misfits
from tests.support.local.http_caller import Caller, Reply, Serve

__all__ = [
    "Answer",
    "RecordingCaller",
    "all_misfits",
    "id_in",
    "record",
    "results",
]

_FAILURES = {401: "Detail", 405: "Detail", 422: "HTTPValidationError",
             429: "RateLimited"}  # fmt: skip


@attrs.frozen
class Answer:
    method: str
    route: str
    reply: Reply

    @property
    def streamed(self) -> bool:
        return _is_stream(self.reply)

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the body, or each event, with the name of its schema."""
        if self.streamed:
            for event in self.reply.events:
                yield EVENT_TYPES[event["type"]], event
        elif self.reply.status == 204:
            assert self.reply.body == b""
        else:
            yield self._name(), self.reply.json

    def _name(self) -> str:
        if self.reply.status == 200:
            return ANSWERS[self.method, self.route]
        if self.route.startswith("/v1/conversations"):
            return _FAILURES.get(self.reply.status, "ServiceError")
        return "GatewayError"


@attrs.frozen
class RecordingCaller(Caller):
    answers: list[Answer] = attrs.field(factory=list)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        reply = Caller.send(self, method, path, body, headers)
        route = re.sub("/conv_[^/?]+", "/{conversation_id}", path.partition("?")[0])
        self.answers.append(Answer(method, route, reply))
        return reply


def record(serve: Serve, *arguments: Any, **settings: Any) -> RecordingCaller:
    """Run a server, and record its answers."""
    return RecordingCaller(serve(*arguments, **settings).base_url)


def all_misfits(caller: RecordingCaller) -> list[str]:
    return [
        f"{answer.method} {answer.route}: {name}: {misfit}"
        for answer in caller.answers
        for name, value in answer.parts()
        for misfit in misfits(value, name)
    ]


def id_in(reply: Reply) -> str:
    """Return the conversation id in an answer, streamed or plain."""
    streamed = _is_stream(reply)
    body = reply.events[0] if streamed else reply.json
    found: str = body["conversation_id"]
    return found


def results(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return results for the function calls among entries."""
    return [
        {
            "type": "function.result",
            "tool_call_id": entry["tool_call_id"],
            "result": '{"sky": "grey"}',
        }
        for entry in entries
        if entry["type"] == "function.call"
    ]


def _is_stream(reply: Reply) -> bool:
    kind = reply.headers.get("content-type")
    return kind == "text/event-stream; charset=utf-8"
