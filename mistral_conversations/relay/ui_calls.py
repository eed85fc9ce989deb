"""The calls of functions and tools in a UI message."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from mistral_conversations.relay.ui_chunks import Chunk, read_json

__all__ = ["Calls", "approval_request"]


@attrs.define
class _Call:
    name: str
    more: Mapping[str, Any]
    text: str = ""
    object: Any = None
    is_shown: bool = False
    asks: bool = False

    @property
    def input(self) -> Any:
        if self.object is not None:
            return self.object
        return read_json(self.text) if self.text.strip() else {}


class Calls:
    """The calls so far; a browser has to know a call before its result."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def piece(
        self, id: str, name: str, arguments: Any, *, by_service: bool = False
    ) -> Iterator[Chunk]:
        """Yield the chunks of a piece of a call's arguments, text or an object."""
        call = self._calls.get(id)
        if call is None:
            more = {"providerExecuted": True} if by_service else {}
            call = self._calls[id] = _Call(name, more)
            start = {"type": "tool-input-start", "toolCallId": id, "toolName": name}
            yield {**start, **more}
        if isinstance(arguments, str) and arguments:
            call.text += arguments
            delta = {"type": "tool-input-delta", "toolCallId": id}
            yield {**delta, "inputTextDelta": arguments}
        elif isinstance(arguments, Mapping):
            call.object = arguments

    def ask(self, id: str) -> None:
        """Note that a call waits for an approval."""
        self._calls[id].asks = True

    def asks(self, id: str) -> bool:
        """Return whether the approval of a call was requested."""
        return self._calls[id].asks

    def show_all(self) -> Iterator[Chunk]:
        """Yield the whole input of each call that is not shown yet."""
        for id, call in self._calls.items():
            if not call.is_shown:
                yield from self.show(id, call.name, call.input)
                if call.asks:
                    yield approval_request(id)

    def show(self, id: str, name: str, input: Any) -> Iterator[Chunk]:
        """Yield the input of a call, of an earlier run too, unless it is shown."""
        call = self._calls.setdefault(id, _Call(name, {}))
        if call.is_shown:
            return
        call.is_shown = True
        known = {"toolCallId": id, "toolName": call.name, "input": input}
        yield {"type": "tool-input-available", **known, **call.more}

    def end(self, id: str, output: Any) -> Iterator[Chunk]:
        """Yield the output of a tool of the service."""
        call = self._calls[id]
        yield from self.show(id, call.name, call.input)
        yield {
            "type": "tool-output-available",
            "toolCallId": id,
            "output": output,
            **call.more,
        }


def approval_request(id: str) -> Chunk:
    """Return the request to approve a call, whose id is that of the approval."""
    return {"type": "tool-approval-request", "approvalId": id, "toolCallId": id}
