"""Events as the UI message stream of the Vercel AI SDK, version 1."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mistral_conversations._wire.converter import to_dict
from mistral_conversations.models.chunks import TextChunk, ThinkChunk, UnknownChunk
from mistral_conversations.models.events import (
    AgentHandoffDoneEvent,
    AgentHandoffStartedEvent,
    FunctionCallEvent,
    MessageOutputEvent,
    ResponseDoneEvent,
    ResponseStartedEvent,
    ToolExecutionDeltaEvent,
    ToolExecutionDoneEvent,
    ToolExecutionStartedEvent,
    UnknownEvent,
)
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunCall,
    RunEvents,
)
from mistral_conversations.relay.pause import Pause
from mistral_conversations.relay.sse import HEADERS, KEEP_ALIVE, plain
from mistral_conversations.relay.ui_calls import Calls, approval_request
from mistral_conversations.relay.ui_chunks import (
    Chunk,
    FileURL,
    part_of,
    read_json,
    written,
)

__all__ = ["UIMessages"]

_END = b"data: [DONE]\n\n"

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


class UIMessages:
    """One message of the assistant: its steps are the turns of a run.

    Args:
        file_url: returns the URL of a file that a tool made.

    Raises:
        TypeError: `file_url` is no function.
    """

    headers: Mapping[str, str] = {**HEADERS, "x-vercel-ai-ui-message-stream": "v1"}
    keep_alive = KEEP_ALIVE

    def __init__(self, file_url: FileURL = None) -> None:
        if not (file_url is None or callable(file_url)):
            kind = type(file_url).__name__
            raise TypeError(f"file_url must be a function or None, not {kind}")
        self._file_url = file_url
        self._calls = Calls()
        self._handoffs: dict[str, Chunk] = {}
        self._usage = dict.fromkeys(_COUNTS, 0)
        self._conversation_id: str | None = None
        self._parts = 0
        self._part: tuple[str, str] | None = None  # kind and message of the open one
        self._part_id = ""
        self._is_begun = False
        self._is_in_step = False
        self._has_open_calls = False

    def event(self, event: RunEvents) -> bytes:
        """Write the chunks of an event."""
        chunks = list(self._chunks(event))
        begin = self._begin() if chunks else []
        return b"".join(map(written, [*begin, *chunks]))

    def end(self, *, is_done: bool) -> bytes:
        """Write the end."""
        if not is_done:
            return self._ended({"type": "abort"})
        reason = "tool-calls" if self._has_open_calls else "stop"
        return self._ended(self._finish(reason))

    def pause(self, pause: Pause) -> bytes:
        """Write the requests to approve the calls, and the end."""
        asked: list[Chunk] = []
        for call in pause.calls:
            id, arguments = call.tool_call_id, call.arguments
            input = read_json(arguments) if isinstance(arguments, str) else arguments
            asked += self._calls.show(id, call.name, input)
            if id not in pause.elsewhere and not self._calls.asks(id):
                asked.append(approval_request(id))
        return self._ended(self._finish("tool-calls"), asked)

    def failure(self, text: str) -> bytes:
        """Write the text about a failure, and the end."""
        return self._ended({"type": "error", "errorText": text})

    def _begin(self) -> list[Chunk]:
        """Return the first chunk, once."""
        if self._is_begun:
            return []
        self._is_begun = True
        return [{"type": "start", **self._metadata()}]

    def _metadata(self, **more: Any) -> Chunk:
        id = self._conversation_id
        known = {} if id is None else {"conversationId": id}
        return {"messageMetadata": {**known, **more}} if known or more else {}

    def _finish(self, reason: str) -> Chunk:
        more = self._metadata(usage=self._usage)
        return {"type": "finish", "finishReason": reason, **more}

    def _ended(self, last: Chunk, asked: Sequence[Chunk] = ()) -> bytes:
        chunks = [*self._begin(), *self._close_part(), *asked, *self._end_step(), last]
        return b"".join(map(written, chunks)) + _END

    def _chunks(self, event: RunEvents) -> Iterator[Chunk]:
        match event:
            case ResponseStartedEvent():
                yield from self._start_step(event)
            case MessageOutputEvent():
                yield from self._message(event)
            case ResponseDoneEvent():
                yield from self._end_answer(event)
            case FunctionStarted():
                yield from self._close_part()
                input = plain(event.arguments)
                yield from self._calls.show(event.tool_call_id, event.name, input)
            case FunctionFinished():
                yield from self._result(event.call)
            case UnknownEvent():
                yield {"type": "data-event", "data": event.raw, "transient": True}
            case _:
                yield from self._tool_or_handoff(event)

    def _tool_or_handoff(self, event: RunEvents) -> Iterator[Chunk]:
        match event:
            case FunctionCallEvent(tool_call_id=id):
                yield from self._close_part()
                yield from self._calls.piece(id, event.name, event.arguments)
                self._has_open_calls = True
                if event.confirmation_status == "pending":
                    self._calls.ask(id)
            case ToolExecutionStartedEvent() | ToolExecutionDeltaEvent():
                yield from self._tool(event.id, event.name, event.arguments)
            case ToolExecutionDoneEvent():
                yield from self._tool(event.id, event.name, None)
                yield from self._calls.end(event.id, event.info or {})
            case AgentHandoffStartedEvent() | AgentHandoffDoneEvent():
                yield self._handoff(event)

    def _start_step(self, event: ResponseStartedEvent) -> Iterator[Chunk]:
        yield from self._end_step()
        if event.conversation_id != self._conversation_id:
            self._conversation_id = event.conversation_id
            if self._is_begun:
                yield {"type": "message-metadata", **self._metadata()}
        self._is_in_step, self._has_open_calls = True, False
        yield {"type": "start-step"}

    def _end_answer(self, event: ResponseDoneEvent) -> Iterator[Chunk]:
        for name in _COUNTS:
            self._usage[name] += getattr(event.usage, name) or 0
        yield from self._close_part()
        yield from self._calls.show_all()

    def _end_step(self) -> Iterator[Chunk]:
        """Yield the end of a step; a run's functions belong to the step that calls."""
        yield from self._close_part()
        if self._is_in_step:
            self._is_in_step = False
            yield {"type": "finish-step"}

    def _tool(self, id: str, name: str, arguments: Any) -> Iterator[Chunk]:
        yield from self._close_part()
        yield from self._calls.piece(id, name, arguments, by_service=True)

    def _handoff(
        self, event: AgentHandoffStartedEvent | AgentHandoffDoneEvent
    ) -> Chunk:
        """Return a handoff, in which the second event replaces the first."""
        fields = to_dict(event)
        known = {key: fields[key] for key in fields if key.endswith(("_id", "_name"))}
        data = self._handoffs[event.id] = {**self._handoffs.get(event.id, {}), **known}
        return {"type": "data-handoff", "id": event.id, "data": data}

    def _result(self, call: RunCall) -> Iterator[Chunk]:
        yield from self._close_part()
        id = call.tool_call_id
        yield from self._calls.show(id, call.name, plain(call.arguments))
        self._has_open_calls = False
        if call.error is None:
            output = read_json(call.result)
            yield {"type": "tool-output-available", "toolCallId": id, "output": output}
        else:
            yield {
                "type": "tool-output-error",
                "toolCallId": id,
                "errorText": call.error,
            }

    def _message(self, event: MessageOutputEvent) -> Iterator[Chunk]:
        content = event.content
        for chunk in content if isinstance(content, tuple) else (content,):
            match chunk:
                case str() | TextChunk() | UnknownChunk(raw=str()):
                    yield from self._piece("text", event.id, _text_of(chunk))
                case ThinkChunk():
                    yield from self._thought(event.id, chunk)
                case _:
                    yield self._other(chunk)

    def _thought(self, id: str, thought: ThinkChunk) -> Iterator[Chunk]:
        for chunk in thought.thinking:
            if isinstance(chunk, TextChunk):
                yield from self._piece("reasoning", id, chunk.text)
            else:
                yield self._other(chunk)

    def _other(self, chunk: Any) -> Chunk:
        self._parts += 1
        return part_of(chunk, self._parts, self._file_url)

    def _piece(self, kind: str, message: str, text: str) -> Iterator[Chunk]:
        """Yield a piece of text or thinking, in the open part or a new one."""
        if not text:
            return
        if self._part != (kind, message):
            yield from self._close_part()
            self._part = kind, message
            self._parts += 1
            self._part_id = f"{kind}-{self._parts}"
            yield {"type": f"{kind}-start", "id": self._part_id}
        yield {"type": f"{kind}-delta", "id": self._part_id, "delta": text}

    def _close_part(self) -> Iterator[Chunk]:
        if self._part is not None:
            (kind, _), self._part = self._part, None
            yield {"type": f"{kind}-end", "id": self._part_id}


def _text_of(chunk: str | TextChunk | UnknownChunk) -> str:
    if isinstance(chunk, str):
        return chunk
    return chunk.text if isinstance(chunk, TextChunk) else str(chunk.raw)
