"""The conversation behind a chat whose model calls Python functions."""

from collections.abc import Sequence
from typing import Any

import attrs

from mistral_conversations import (
    ConfigurationError,
    FunctionCallEntry,
    FunctionFinished,
    FunctionStarted,
    PythonFunction,
    ResponseDoneEvent,
    RunLimitError,
    RunPaused,
    RunStream,
    TurnFinished,
    function_tool,
)
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.recovery_notice import RECOVERY, recovery_noticed
from mistral_conversations.cli.screens import answer_screen
from mistral_conversations.cli.talk import BUSY, LONGEST_BUSY, Talk
from mistral_conversations.cli.terminal import report, write
from mistral_conversations.runs.calls.decisions import Approved
from mistral_conversations.runs.calls.open_call import OpenCall
from mistral_conversations.runs.calls.toolset import Toolset

__all__ = ["RunTalk"]

_REFUSED = "[the calls were refused]"
_BETWEEN_ANSWERS = (
    ResponseDoneEvent,
    FunctionStarted,
    FunctionFinished,
    TurnFinished,
)


@attrs.define
class RunTalk(Talk):
    """A conversation whose function calls are run, with the consent of the user."""

    toolset: Toolset = attrs.field(kw_only=True)
    asks: bool = attrs.field(kw_only=True)
    """Whether the user is asked before a function runs."""

    _functions: Sequence[PythonFunction[..., Any]] = attrs.field(init=False)
    _allowed: set[str] = attrs.field(factory=set, init=False)
    """The functions about which the user wants no further question."""

    _paused: RunPaused | None = attrs.field(default=None, init=False)
    _is_behind: bool = attrs.field(default=False, init=False)
    """Whether the history has calls without results."""

    _is_busy: bool = attrs.field(default=False, init=False)
    """Whether the service may still be writing an answer that was stopped."""

    def __attrs_post_init__(self) -> None:
        """Make each function ask before it runs."""
        super().__attrs_post_init__()
        self._functions = [
            function_tool(each, requires_approval=self._must_ask)
            for each in self.toolset.functions.values()
        ]

    @property
    def is_waiting(self) -> bool:
        """Whether calls have no results yet."""
        return self._paused is not None or self._is_behind

    def check(self) -> None:
        """Check that the tools suit the conversation; send nothing.

        Raises:
            ConfigurationError: they do not.
        """
        try:
            if self.conversation_id is not None:
                self.toolset.refuse_declared("--continue")
            self._run("Hello")
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"--tools: {error}") from error

    def reply(self) -> None:
        """Run the open calls, as decided, and show what follows."""
        calls = self.open_calls
        self._allowed.update(call.name for call in calls if _is_for_all(call))
        shown = calls[0].tool_call_id if len(calls) == 1 else None
        self._show(self._run(self._paused), shown)

    def _send(self, inputs: Any, from_entry_id: str | None = None) -> None:
        """Send a message, run the functions that the model calls, show the answers."""
        self._show(self._run(inputs, from_entry_id))

    def _forget(self) -> None:
        super()._forget()
        self._paused, self._is_behind, self._is_busy = None, False, False

    def _run(self, inputs: Any, from_entry_id: str | None = None) -> RunStream:
        """Return a run; without inputs, it answers what the history leaves open."""
        place: dict[str, Any] = {"tools": self._functions}
        if isinstance(inputs, RunPaused):
            pass  # it has its conversation
        elif self.conversation_id is None:
            tools = [*self._functions, *self.toolset.declared]
            place = {**self.settings, "tools": tools}
        else:
            place["conversation_id"] = self.conversation_id
            place["from_entry_id"] = from_entry_id
        return self.client.run_stream(
            inputs, wait_if_busy=LONGEST_BUSY, recover=RECOVERY, **place
        )

    def _show(self, run: RunStream, shown: str | None = None) -> None:
        screen = answer_screen(shown)
        if self._is_busy:
            report(BUSY)
        self._is_busy = not self.is_waiting
        self.open_calls: Sequence[OpenCall] = ()
        self._paused, self._is_behind = None, False
        try:
            screen.open()
            with recovery_noticed(screen), run:
                for event in run:
                    screen.show(event)
                    self._is_busy = not isinstance(event, _BETWEEN_ANSWERS)
        except RunPaused as paused:
            self._paused, self.open_calls = paused, paused.calls
            self._is_busy = False
        except RunLimitError as error:
            screen.close()
            self._refuse(error)
        finally:
            screen.close()
            self._know(run.conversation_id)

    def _refuse(self, error: RunLimitError) -> None:
        """Answer the calls of a run that reached a limit, which would stay open."""
        report(reason(error))
        response = error.reject_all()
        report(_REFUSED)
        if response is not None:
            write(f"{response.text}\n")
            self._find(response.function_calls)

    def _find(self, calls: Sequence[FunctionCallEntry]) -> None:
        self._is_behind = bool(calls)

    def _must_ask(self, call: OpenCall) -> bool:
        return self.asks and call.name not in self._allowed


def _is_for_all(call: OpenCall) -> bool:
    return isinstance(call.decision, Approved) and call.decision.always
