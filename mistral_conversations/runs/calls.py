"""`OpenCall`: a call of the model that has no answer yet."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from mistral_conversations._public import publish
from mistral_conversations.errors import ArgumentsError
from mistral_conversations.models.entries import FunctionCallEntry
from mistral_conversations.runs.function import PythonFunction
from mistral_conversations.runs.toolset import Toolset

__all__ = ["Answered", "Approved", "Decision", "OpenCall", "Rejected", "open_calls"]


@attrs.frozen
class Approved:
    """The call may run."""


@attrs.frozen
class Rejected:
    """The call must not run; the model reads the reason."""

    reason: str


@attrs.frozen
class Answered:
    """The call has a result that was made elsewhere."""

    value: Any = attrs.field(hash=False)


Decision: TypeAlias = Approved | Rejected | Answered


@attrs.define(eq=False, kw_only=True)
class OpenCall:
    """A call of the model that has no answer yet."""

    entry: FunctionCallEntry
    """The call as the service sent it."""

    turn: int
    """The turn that called, from 1; 0 for a call found in the history."""

    arguments: Mapping[str, Any] | str
    """The converted arguments by name; the model's text if they are unusable, or if the
    function is not ours."""

    problem: str | None = None
    """Why the call cannot run: unusable arguments or an unknown function."""

    function: PythonFunction[..., Any] | None = None
    """What answers it; None if that is the service, the caller, or nothing."""

    is_elsewhere: bool = False
    """Whether the caller must answer it: a declared function without code here."""

    decision: Decision | None = None
    """What was decided about it; None runs a call that needs no approval."""

    @property
    def name(self) -> str:
        """The name of the function, or of the service's tool."""
        return self.entry.name

    @property
    def tool_call_id(self) -> str:
        """The id of the call."""
        return self.entry.tool_call_id

    @property
    def is_of_service(self) -> bool:
        """Whether the service runs it once it is allowed (`confirmation_status`)."""
        return self.entry.confirmation_status == "pending"


def open_calls(
    entries: "tuple[FunctionCallEntry, ...]", turn: int, toolset: Toolset
) -> tuple[OpenCall, ...]:
    """Return the calls of a turn with their functions and converted arguments."""
    return tuple(_open_call(entry, turn, toolset) for entry in entries)


def _open_call(entry: FunctionCallEntry, turn: int, toolset: Toolset) -> OpenCall:
    call = OpenCall(entry=entry, turn=turn, arguments=_text(entry))
    if call.is_of_service:
        return call
    if entry.name in toolset.elsewhere:
        call.is_elsewhere = True
        return call
    call.function = toolset.functions.get(entry.name)
    if call.function is None:
        call.problem = _unknown(entry.name, toolset)
        return call
    try:
        call.arguments = call.function.validated(entry.arguments)
    except ArgumentsError as error:
        call.problem = str(error)
    return call


def _text(entry: FunctionCallEntry) -> Mapping[str, Any] | str:
    try:
        return entry.parsed_arguments
    except ArgumentsError:
        return entry.arguments


def _unknown(name: str, toolset: Toolset) -> str:
    known = ", ".join(sorted(toolset.functions)) or "none"
    return f"There is no function {name!r}. The functions are: {known}."


publish(globals(), "OpenCall")
