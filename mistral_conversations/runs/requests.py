"""What a run sends: a start, an append or a restart, and what follows it."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import attrs

from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.conversations import (
    ConversationHistory,
    ConversationResponse,
    ToolCallConfirmation,
)
from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.stream import AsyncConversationStream

__all__ = ["Operations", "Request", "appended", "first_request", "followed", "listed"]

Kind: TypeAlias = Literal["start", "append", "restart"]

_APPENDED = ("completion_args", "store", "handoff_execution")
_RESTARTED = (*_APPENDED, "guardrails", "metadata", "agent_version")


Plain: TypeAlias = Callable[..., Coroutine[Any, Any, ConversationResponse]]
Streamed: TypeAlias = Callable[..., AsyncConversationStream]


class Operations(Protocol):
    """The operations of a client that a run needs."""

    @property
    def start(self) -> Plain:
        """Starts a conversation."""

    @property
    def append(self) -> Plain:
        """Appends to a conversation."""

    @property
    def restart(self) -> Plain:
        """Restarts a conversation."""

    @property
    def start_stream(self) -> Streamed:
        """Starts a conversation, and streams the answer."""

    @property
    def append_stream(self) -> Streamed:
        """Appends to a conversation, and streams the answer."""

    @property
    def restart_stream(self) -> Streamed:
        """Restarts a conversation, and streams the answer."""

    @property
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

    async def send(self, operations: Operations) -> ConversationResponse:
        """Send the request and return the answer."""
        operation = getattr(operations, self.kind)
        response: ConversationResponse = await operation(
            *self.ids, self.inputs, **self.parameters
        )
        return response

    def stream(self, operations: Operations) -> AsyncConversationStream:
        """Return the stream of the answer, not opened yet."""
        operation = getattr(operations, f"{self.kind}_stream")
        stream: AsyncConversationStream = operation(
            *self.ids, self.inputs, **self.parameters
        )
        return stream


def first_request(plan: RunPlan) -> Request:
    """Return the request with which a run begins, with the plan's inputs."""
    settings = {**plan.settings, "completion_args": completion_args(plan)}
    if plan.conversation_id is None:
        call = {k: v for k, v in plan.call.items() if k != "wait_if_busy"}
        tools = None if settings["agent_id"] is not None else plan.toolset.sent
        parameters = {**settings, "tools": tools, **call}
        return Request(kind="start", ids=(), inputs=plan.inputs, parameters=parameters)
    if plan.from_entry_id is None:
        parameters = {**_chosen(settings, _APPENDED), **plan.call}
        ids: tuple[str, ...] = (plan.conversation_id,)
        return Request(
            kind="append", ids=ids, inputs=plan.inputs, parameters=parameters
        )
    parameters = {**_chosen(settings, _RESTARTED), **plan.call}
    ids = (plan.conversation_id, plan.from_entry_id)
    return Request(kind="restart", ids=ids, inputs=plan.inputs, parameters=parameters)


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
    settings = dict(_chosen(plan.settings, _APPENDED))
    settings["completion_args"] = completion_args(plan, forced=forced)
    parameters = {
        **settings,
        "tool_confirmations": list(confirmations) or None,
        **plan.call,
    }
    ids = (conversation_id,)
    return Request(
        kind="append", ids=ids, inputs=list(inputs) or None, parameters=parameters
    )


def followed(first: Request, inputs: Sequence[Any], *, forced: bool) -> Request:
    """Return a request like the first with more inputs: nothing is stored."""
    parameters = dict(first.parameters)
    if not forced:
        parameters["completion_args"] = _unforced(parameters["completion_args"])
    return attrs.evolve(first, inputs=list(inputs), parameters=parameters)


def listed(inputs: Any) -> list[Any]:
    """Return the inputs of a request as a list."""
    if inputs is None:
        return []
    is_list = isinstance(inputs, Sequence) and not isinstance(inputs, str)
    return list(inputs) if is_list else [inputs]


def completion_args(plan: RunPlan, *, forced: bool = True) -> Any:
    """Return the `completion_args` of a request, with the format of `output_type`."""
    args = plan.settings["completion_args"]
    if not forced:
        args = _unforced(args)
    if plan.output is None:
        return args
    if args is None:
        args = CompletionArgs()
    return _changed(args, "response_format", plan.output.response_format)


def _unforced(args: Any) -> Any:
    """Change a `tool_choice` that forces a call to `auto`."""
    choice = (
        args.get("tool_choice")
        if isinstance(args, Mapping)
        else getattr(args, "tool_choice", None)
    )
    return (
        args
        if choice in {None, "auto", "none"}
        else _changed(args, "tool_choice", "auto")
    )


def _changed(args: Any, name: str, value: Any) -> Any:
    if isinstance(args, Mapping):
        return {**args, name: value}
    if isinstance(args, CompletionArgs):
        return attrs.evolve(args, **{name: value})
    return args  # of a wrong type, which the operation refuses


def _chosen(settings: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any]:
    return {name: settings[name] for name in names}
