"""What a run sends: a start, an append or a restart, and what follows it."""

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import attrs

from mistral_conversations._wire import conversation_calls
from mistral_conversations.models.conversations import (
    ConversationHistory,
    ConversationResponse,
    ToolCallConfirmation,
)
from mistral_conversations.runs.completion_args import formatted, unforced
from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.stream import AsyncConversationStream

__all__ = [
    "Operations",
    "Request",
    "appended",
    "first_request",
    "listed",
    "resent",
]

Kind: TypeAlias = Literal["start", "append", "restart"]

_APPENDED = ("completion_args", "store", "handoff_execution")
_RESTARTED = (*_APPENDED, "guardrails", "metadata", "agent_version")

Plain: TypeAlias = Callable[..., Coroutine[Any, Any, ConversationResponse]]
Streamed: TypeAlias = Callable[..., AsyncConversationStream]


class Operations(Protocol):
    """The operations of a client that a run needs."""

    @property
    @abstractmethod
    def start(self) -> Plain:
        """Starts a conversation."""

    @property
    @abstractmethod
    def append(self) -> Plain:
        """Appends to a conversation."""

    @property
    @abstractmethod
    def restart(self) -> Plain:
        """Restarts a conversation."""

    @property
    @abstractmethod
    def start_stream(self) -> Streamed:
        """Starts a conversation, and streams the answer."""

    @property
    @abstractmethod
    def append_stream(self) -> Streamed:
        """Appends to a conversation, and streams the answer."""

    @property
    @abstractmethod
    def restart_stream(self) -> Streamed:
        """Restarts a conversation, and streams the answer."""

    @property
    @abstractmethod
    def get_history(self) -> Callable[..., Coroutine[Any, Any, ConversationHistory]]:
        """Returns the entries of a conversation."""


@attrs.frozen(kw_only=True)
class Request:
    """One request of a run."""

    kind: Kind
    ids: tuple[str, ...]
    """The conversation, and for a restart the entry."""

    inputs: Any
    parameters: Mapping[str, Any]
    call: Mapping[str, Any]
    """`timeout`, `retries`, `headers`, `recover` and, except for a start,
    `wait_if_busy`."""

    async def send(self, operations: Operations) -> ConversationResponse:
        """Send the request and return the answer.

        A start whose answer may be recovered is streamed: its conversation is known
        from the first event.
        """
        if self.kind == "start" and self.call["recover"]:
            return await self.stream(operations).response()
        operation = getattr(operations, self.kind)
        response: ConversationResponse = await operation(
            *self.ids, self.inputs, **self.parameters, **self._plain_call
        )
        return response

    @property
    def _plain_call(self) -> Mapping[str, Any]:
        if self.kind != "start":
            return self.call
        return {name: v for name, v in self.call.items() if name != "recover"}

    def stream(self, operations: Operations) -> AsyncConversationStream:
        """Return the stream of the answer, not opened yet."""
        operation = getattr(operations, f"{self.kind}_stream")
        stream: AsyncConversationStream = operation(
            *self.ids, self.inputs, **self.parameters, **self.call
        )
        return stream

    def check(self) -> None:
        """Check the request, which another one precedes.

        Raises:
            TypeError, ValueError: a parameter, named in the message, is invalid.
        """
        ids, parameters = self.ids, dict(self.parameters)
        if self.kind == "restart":
            ids, parameters["from_entry_id"] = ids[:1], ids[1]
        build = getattr(conversation_calls, self.kind)
        build(*ids, self.inputs, parameters, stream=False)


def first_request(plan: RunPlan) -> Request:
    """Return the request with which a run begins, with the plan's inputs."""
    settings = {**plan.settings, "completion_args": completion_args(plan)}
    conversation_id, from_entry_id = plan.conversation_id, plan.from_entry_id
    if conversation_id is None:
        return _start(plan, settings)
    if from_entry_id is None:
        parameters = _chosen(settings, _APPENDED)
        return _continued(plan, "append", (conversation_id,), parameters)
    parameters = _chosen(settings, _RESTARTED)
    return _continued(plan, "restart", (conversation_id, from_entry_id), parameters)


def _start(plan: RunPlan, settings: Mapping[str, Any]) -> Request:
    tools = None if settings["agent_id"] is not None else plan.toolset.sent
    return Request(
        kind="start",
        ids=(),
        inputs=plan.inputs,
        parameters={**settings, "tools": tools},
        call={name: v for name, v in plan.call.items() if name != "wait_if_busy"},
    )


def _continued(
    plan: RunPlan, kind: Kind, ids: tuple[str, ...], parameters: Mapping[str, Any]
) -> Request:
    return Request(
        kind=kind, ids=ids, inputs=plan.inputs, parameters=parameters, call=plan.call
    )


def appended(
    plan: RunPlan,
    conversation_id: str,
    inputs: Sequence[Any],
    confirmations: Sequence[ToolCallConfirmation] = (),
    *,
    forced: bool,
) -> Request:
    """Return an append to the conversation of a run.

    The service may not merge `completion_args`: each append has all of them.

    Args:
        plan: the plan of the run.
        conversation_id: the conversation.
        inputs: the results of all open calls, and what follows them.
        confirmations: the decisions about the service's own tools.
        forced: whether a forced `tool_choice` remains in force.
    """
    parameters = {
        **_chosen(plan.settings, _APPENDED),
        "completion_args": completion_args(plan, forced=forced),
        "tool_confirmations": list(confirmations) or None,
    }
    return Request(
        kind="append",
        ids=(conversation_id,),
        inputs=list(inputs) or None,
        parameters=parameters,
        call=plan.call,
    )


def resent(
    first: Request,
    inputs: Sequence[Any],
    confirmations: Sequence[ToolCallConfirmation] = (),
    *,
    forced: bool,
) -> Request:
    """Return a request like the first, with other inputs.

    Args:
        first: the first request of the run.
        inputs: the inputs.
        confirmations: the decisions about the service's own tools; only an append takes
            them.
        forced: whether a forced `tool_choice` remains in force.
    """
    parameters = dict(first.parameters)
    if not forced:
        parameters["completion_args"] = unforced(parameters["completion_args"])
    if first.kind == "append":
        parameters["tool_confirmations"] = list(confirmations) or None
    return attrs.evolve(first, inputs=list(inputs) or None, parameters=parameters)


def listed(inputs: Any) -> list[Any]:
    """Return the inputs of a request as a list."""
    if inputs is None:
        return []
    is_list = isinstance(inputs, Sequence) and not isinstance(inputs, str)
    return list(inputs) if is_list else [inputs]


def completion_args(plan: RunPlan, *, forced: bool = True) -> Any:
    """Return the `completion_args` of a request, with the format of `output_type`."""
    given = plan.settings["completion_args"]
    args = given if forced else unforced(given)
    if plan.output is None:
        return args
    return formatted(args, plan.output.response_format)


def _chosen(settings: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any]:
    return {name: settings[name] for name in names}
