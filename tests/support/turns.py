"""One turn of calls, executed without a server."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations.models.entries import FunctionCallEntry
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunCall,
)
from mistral_conversations.runs.calls.decisions import Decision
from mistral_conversations.runs.calls.execution import Execution
from mistral_conversations.runs.calls.open_call import OpenCall, open_calls
from mistral_conversations.runs.calls.places import CallerThread
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.settings import RunOptions

__all__ = ["Called", "OneTurn", "call_of"]

Called: TypeAlias = tuple[str, Mapping[str, Any] | str]


def call_of(name: str, arguments: Any, number: int = 1) -> FunctionCallEntry:
    return FunctionCallEntry(
        tool_call_id=f"call{number}", name=name, arguments=arguments
    )


@attrs.define
class OneTurn:
    """Executes calls of functions, and keeps the events."""

    functions: Sequence[Callable[..., Any]]
    options: RunOptions = attrs.field(factory=RunOptions)
    caller: CallerThread | None = None
    context: Any = None
    decisions: Mapping[str, Decision] = attrs.field(factory=dict)
    """What was decided about calls, by their ids: `call1`, `call2`..."""

    events: list[FunctionStarted | FunctionFinished] = attrs.field(factory=list)

    @property
    def kinds(self) -> list[str]:
        """The events as texts, such as `started add`."""
        return [
            f"started {event.name}"
            if isinstance(event, FunctionStarted)
            else f"finished {event.call.name}"
            for event in self.events
        ]

    async def execute(self, *calls: Called) -> list[RunCall]:
        """Execute calls, each a name and arguments."""
        entries = tuple(
            call_of(name, arguments, number)
            for number, (name, arguments) in enumerate(calls, 1)
        )
        found = open_calls(entries, 1, Toolset.of(self.functions))
        for call in found:
            call.decision = self.decisions.get(call.tool_call_id)
        execution = Execution(self.options, self.caller, self._mask)
        return await execution.execute(found, self._context, self.events.append)

    async def only(self, **arguments: Any) -> RunCall:
        """Execute one call of the only function."""
        [function] = self.functions
        name = getattr(function, "name", None) or function.__name__
        [record] = await self.execute((name, arguments))
        return record

    def _context(self, call: OpenCall) -> RunContext[Any]:
        return RunContext(
            context=self.context,
            conversation_id="conv_1",
            turn=call.turn,
            tool_call_id=call.tool_call_id,
            stop=lambda: None,
        )

    async def _mask(self, text: str) -> str:
        return text.replace("canary", "***")
