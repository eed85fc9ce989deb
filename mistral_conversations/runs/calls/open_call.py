"""`OpenCall`: a call of the model that has no answer yet."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from mistral_conversations._checks import check_flag
from mistral_conversations._public import publish
from mistral_conversations._wire.arguments import parse_arguments
from mistral_conversations._wire.values import write
from mistral_conversations.errors import ArgumentsError
from mistral_conversations.models.entries import FunctionCallEntry
from mistral_conversations.runs.calls.decisions import (
    Answered,
    Approved,
    Decision,
    Rejected,
)
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.errors import REJECTED
from mistral_conversations.runs.functions.python_function import PythonFunction
from mistral_conversations.runs.functions.results import Answer

__all__ = ["OpenCall", "open_calls"]


def _refuse_setting(_: object, __: "attrs.Attribute[Any]", ___: object) -> Any:
    raise AttributeError(
        "arguments cannot be set: approve(arguments=...) validates and sets them"
    )


def _check_decision(_: object, __: "attrs.Attribute[Any]", decision: object) -> None:
    if decision is not None and not isinstance(decision, Decision):
        kind = type(decision).__name__
        raise TypeError(f"decision cannot be a {kind}: use approve() or reject()")


@attrs.define(eq=False, kw_only=True)
class OpenCall:
    """A call of the model that has no answer yet.

    `approve`, `reject` and `answer` decide about it. A later decision replaces an
    earlier one, until the run continues.
    """

    entry: FunctionCallEntry
    """The call as the service sent it."""

    turn: int
    """The turn that called, from 1; 0 for a call found in the history."""

    arguments: Mapping[str, Any] | str = attrs.field(on_setattr=_refuse_setting)
    """The converted arguments by name; `approve(arguments=...)` changes them. The
    model's text if they are unusable. As in JSON, not converted, if no function of this
    process answers the call: it is the service's or the caller's, or was loaded by
    `RunPaused.from_json`."""

    problem: str | None = None
    """Why the call cannot run: unusable arguments or an unknown function."""

    function: PythonFunction[..., Any] | None = None
    """What answers it; None if that is the service, the caller, or nothing."""

    is_elsewhere: bool = False
    """Whether the caller must answer it: a declared function without code here."""

    decision: Decision | None = attrs.field(default=None, validator=_check_decision)
    """What was decided about it; None runs a call that needs no approval."""

    is_waiting: bool = False
    """Whether a run has paused, since this call needs a decision."""

    _sent: tuple[Mapping[str, Any] | str, str | None] = attrs.field(
        init=False, repr=False
    )
    """The model's own arguments, and their problem, which edited ones hide."""

    _is_closed: bool = attrs.field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Remember the model's arguments."""
        self._sent = self.arguments, self.problem

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

    @property
    def is_ours(self) -> bool:
        """Whether a function of `tools` answers it."""
        has_function = self.function is not None or self.problem is None
        return has_function and not (self.is_of_service or self.is_elsewhere)

    def approve(
        self, arguments: Mapping[str, Any] | None = None, *, always: bool = False
    ) -> None:
        """Allow the call to run.

        Args:
            arguments: the arguments to use instead of the model's, all of them, by
                name. They are validated as the model's are; None keeps the model's.
                The model is not informed of the change.
            always: whether further calls of the same function or tool in this run need
                no decision.

        Raises:
            TypeError: the arguments are not a mapping, or JSON cannot hold them.
            ValueError: the arguments do not fit (`ArgumentsError`), or the call cannot
                run here: its arguments or its function are missing, or the service runs
                it and takes no other arguments. An earlier decision remains.
        """
        check_flag("always", always)
        self._refuse_closed()
        self._refuse_approval(arguments)
        if arguments is None:
            self._decide(Approved(always=always))
        else:
            text = self._text_of(arguments)
            self._decide(Approved(text, always), self._converted(text))

    def reject(self, reason: str = REJECTED) -> None:
        """Forbid the call; the model reads the reason as its result.

        Args:
            reason: what the model reads. The API has no place for it if the service
                was to run the call: the service then only learns of the denial.

        Raises:
            TypeError: the reason is no text.
            ValueError: the run has continued.
        """
        if not isinstance(reason, str):
            raise TypeError(f"reason must be a str, not {type(reason).__name__}")
        self._refuse_closed()
        self._decide(Rejected(reason))

    def answer(self, result: Any) -> None:
        """Answer the call with a result that was made elsewhere.

        Args:
            result: text as it is, any other value as JSON; a `ToolResult` too.

        Raises:
            TypeError: JSON cannot hold the result.
            ValueError: the call belongs to the service, or the run has continued.
        """
        self._refuse_closed()
        if self.is_of_service:
            raise ValueError(
                f"{self._shown} is run by the service, which makes the result: use "
                "approve() or reject()"
            )
        self._decide(Answered(Answer.of(result)))

    def close(self) -> None:
        """Refuse further decisions: the run continues."""
        self._is_closed = True

    def resume(self, decision: Decision | None) -> None:
        """Adopt the decision of a pause, for which this call's function is known.

        Raises:
            ArgumentsError: edited arguments do not fit.
        """
        text = decision.arguments if isinstance(decision, Approved) else None
        self._decide(decision, None if text is None else self._converted(text))

    def _decide(self, decision: Decision | None, edited: Any = None) -> None:
        arguments, problem = self._sent if edited is None else (edited, None)
        object.__setattr__(self, "arguments", arguments)
        self.problem = problem
        self.decision = decision

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise ValueError(
                f"{self._shown} has been decided: the run has continued with it"
            )

    def _refuse_approval(self, edited: object) -> None:
        problem, shown = self._sent[1], self._shown
        if self.is_elsewhere:
            raise ValueError(
                f"{shown} has no code here: use answer() or reject(), or pass the "
                "function in tools"
            )
        if self.is_of_service and edited is not None:
            raise ValueError(
                f"{shown} is run by the service, with the model's arguments: leave out "
                "arguments"
            )
        if problem is not None and (edited is None or self.function is None):
            remedy = "" if self.function is None else "approve(arguments=...), "
            raise ValueError(f"{shown}: {problem} Use {remedy}answer() or reject()")

    def _text_of(self, arguments: object) -> str:
        """Return edited arguments as JSON text."""
        if not isinstance(arguments, Mapping):
            kind = type(arguments).__name__
            raise TypeError(f"arguments must be a mapping by name, not {kind}")
        try:
            return write(dict(arguments))
        except TypeError as error:
            raise TypeError(f"arguments of {self._shown}: {error}") from None

    def _converted(self, text: str) -> dict[str, Any]:
        """Return edited arguments as the function takes them, or as in JSON."""
        if self.function is None:
            return parse_arguments(self.name, text)
        return self.function.validated(text)

    @property
    def _shown(self) -> str:
        return f"the call {self.tool_call_id!r} of {self.name!r}"


def open_calls(
    entries: Iterable[FunctionCallEntry], turn: int, toolset: Toolset
) -> tuple[OpenCall, ...]:
    """Return the calls of a turn with their functions and converted arguments."""
    return tuple(_open_call(entry, turn, toolset) for entry in entries)


def _open_call(entry: FunctionCallEntry, turn: int, toolset: Toolset) -> OpenCall:
    is_of_service = entry.confirmation_status == "pending"
    is_elsewhere = not is_of_service and entry.name in toolset.elsewhere
    function = None if is_of_service else toolset.functions.get(entry.name)
    arguments, problem = None, None
    if function is not None:
        try:
            arguments = function.validated(entry.arguments)
        except ArgumentsError as error:
            problem = str(error)
    elif not (is_of_service or is_elsewhere):
        problem = _unknown(entry.name, toolset)
    return OpenCall(
        entry=entry,
        turn=turn,
        arguments=_text(entry) if arguments is None else arguments,
        problem=problem,
        function=function,
        is_elsewhere=is_elsewhere,
    )


def _text(entry: FunctionCallEntry) -> Mapping[str, Any] | str:
    try:
        return entry.parsed_arguments
    except ArgumentsError:
        return entry.arguments


def _unknown(name: str, toolset: Toolset) -> str:
    known = ", ".join(sorted(toolset.functions)) or "none"
    return f"There is no function {name!r}. The functions are: {known}."


publish(globals(), "OpenCall")
