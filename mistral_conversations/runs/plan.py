"""The plan of a run: its parameters, checked before anything is sent."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, TypeAlias

import attrs

from mistral_conversations._wire.structured_output import Output
from mistral_conversations.runs.calls.open_call import OpenCall
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.completion_args import setting
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.pausing.paused_run import PausedRun
from mistral_conversations.runs.settings import RunLimits, RunOptions

__all__ = ["AT_RESTART", "AT_START", "CALL", "Approve", "RunPlan"]

Approve: TypeAlias = Callable[[OpenCall], bool | Awaitable[bool | None] | None]
"""Decides about a call: returns True or False, or calls a method of the call. None
without a decision pauses the run."""

AT_START = ("model", "agent_id", "instructions", "name", "description")
"""What only the start of a conversation takes."""

AT_RESTART = ("agent_version", "guardrails", "metadata")
"""What the start and a restart take, but no append."""

CALL = ("timeout", "retries", "headers", "wait_if_busy", "recover")
"""What each request of a run takes."""


@attrs.frozen(kw_only=True)
class RunPlan:
    """The parameters of a run."""

    inputs: Any
    """The new inputs; None to continue what is open."""

    paused: RunPaused | None
    """The pause from which the run continues."""

    conversation_id: str | None
    from_entry_id: str | None
    settings: Mapping[str, Any]
    """The parameters of a start by name, `tools` excepted."""

    toolset: Toolset
    output: Output | None
    limits: RunLimits
    options: RunOptions
    context: Any
    approve: Approve | None
    call: Mapping[str, Any]
    """`timeout`, `retries`, `headers`, `wait_if_busy`, `recover`: for each request."""

    @classmethod
    def of(cls, inputs: Any, parameters: Mapping[str, Any]) -> Self:
        """Check the parameters of `run`.

        Raises:
            TypeError, ValueError: a parameter, named in the message, is unusable.
        """
        given = dict(parameters)
        call = {name: given.pop(name) for name in CALL}
        own = {name: given.pop(name) for name in _OWN}
        paused = inputs if isinstance(inputs, RunPaused) else None
        plan = cls(
            inputs=None if paused else inputs,
            paused=paused,
            conversation_id=own["conversation_id"],
            from_entry_id=own["from_entry_id"],
            settings=given,
            toolset=Toolset.of(own["tools"]),
            output=_output(own["output_type"]),
            limits=_one("limits", own["limits"], RunLimits),
            options=_one("options", own["options"], RunOptions),
            context=own["context"],
            approve=_callable("approve", own["approve"]),
            call=call,
        )
        plan._refuse_contradictions()
        return plan if paused is None else plan._resuming(paused.paused_run)

    def _resuming(self, paused: PausedRun) -> Self:
        """Return the plan with the parameters that the paused run had.

        Raises:
            ValueError: `output_type` or `tools` contradicts them, or is missing.
        """
        settings = {**self.settings, **paused.settings}
        if settings["agent_id"] is not None:
            self.toolset.refuse_declared("agent_id")
        elif paused.conversation_id is not None:
            self.toolset.refuse_declared("conversation_id")
        if self.output is not None:
            _refuse_other_format(settings)
        elif paused.has_output:
            raise ValueError(
                "output_type is missing: the run that paused had one; pass it again"
            )
        return attrs.evolve(
            self,
            conversation_id=paused.conversation_id,
            from_entry_id=paused.from_entry_id,
            settings=settings,
        )

    def _refuse_contradictions(self) -> None:
        if self.paused is not None:
            self._refuse_beside_pause()
        elif self.conversation_id is not None:
            self._refuse_beside_conversation()
        elif self.from_entry_id is not None:
            raise ValueError("from_entry_id needs the conversation_id of the entry")
        elif self.inputs is None:
            raise TypeError(
                "inputs must be text or entries, not None: only a run with "
                "conversation_id can continue without them"
            )
        elif self.settings["agent_id"] is not None:
            self._refuse_beside_agent()
        if self.output is not None:
            _refuse_other_format(self.settings)

    def _refuse_beside_pause(self) -> None:
        given = {"conversation_id": self.conversation_id, **self.settings}
        given["from_entry_id"] = self.from_entry_id
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    f"{name} is given beside a RunPaused, which has it already: leave "
                    "it out"
                )

    def _refuse_beside_conversation(self) -> None:
        beside = "conversation_id" if self.from_entry_id is None else "from_entry_id"
        refused = AT_START if self.from_entry_id is not None else AT_START + AT_RESTART
        for name in refused:
            if self.settings[name] is not None:
                raise ValueError(
                    f"{name} and {beside} are both given: {name} belongs to the start "
                    "of a conversation"
                )
        self.toolset.refuse_declared(beside)

    def _refuse_beside_agent(self) -> None:
        self.toolset.refuse_declared("agent_id")
        if self.settings["instructions"] is not None:
            raise ValueError(
                "instructions and agent_id are both given: an agent has its own "
                "instructions, which agents.update() changes"
            )
        if self.output is not None:
            raise ValueError(
                "output_type and agent_id are both given: a start with an agent takes "
                "no response format; set it in the agent's completion_args, and read "
                "the answer with response.parse()"
            )


_OWN = (
    "conversation_id",
    "from_entry_id",
    "tools",
    "output_type",
    "limits",
    "options",
    "context",
    "approve",
)


def _output(output_type: Any) -> Output | None:
    return None if output_type is None else Output.of(output_type)


def _one(name: str, value: Any, cls: Any) -> Any:
    if value is None:
        return cls()
    if not isinstance(value, cls):
        raise TypeError(
            f"{name} must be a {cls.__name__}, not {type(value).__name__}: pass "
            f"{cls.__name__}(...)"
        )
    return value


def _callable(name: str, value: Any) -> Any:
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be a function, not {type(value).__name__}")
    return value


def _refuse_other_format(settings: Mapping[str, Any]) -> None:
    if setting(settings["completion_args"], "response_format") is not None:
        raise ValueError(
            "output_type and the response_format of completion_args are both "
            "given: pass only one of them"
        )
