"""`RunSpan` and `FunctionSpan`: the spans of a run and of its functions."""

import time
from functools import partial

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from mistral_conversations._observing.seam import (
    FunctionObserver,
    ObservedRun,
    RunObserver,
)
from mistral_conversations._wire.converter import to_plain
from mistral_conversations.hooks import FunctionEndInfo, FunctionStartInfo, RunInfo
from mistral_conversations.models.runs import RunResult
from mistral_conversations.telemetry import names
from mistral_conversations.telemetry.answers import answer_content, usage_attributes
from mistral_conversations.telemetry.context import Entered, Turns, context_with
from mistral_conversations.telemetry.ending import (
    conclude,
    end_span,
    outcome_attributes,
    outside_of_locks,
)
from mistral_conversations.telemetry.guard import guarded, is_recording, log_failure
from mistral_conversations.telemetry.instruments import (
    Attributes,
    Instruments,
    Value,
    known,
)
from mistral_conversations.telemetry.messages import (
    input_messages,
    json_text,
    system_instructions,
    value_text,
)

__all__ = ["FunctionSpan", "RunSpan"]


class RunSpan(RunObserver):
    """Record one run. Its parent is the current span.

    Args:
        instruments: the tracer and the histograms.
        observed: the run.
    """

    def __init__(self, instruments: Instruments, observed: ObservedRun) -> None:
        self._instruments = instruments
        self._observed = observed
        model, agent_id = (
            _text(observed.settings.get(k)) for k in ("model", "agent_id")
        )
        self._turns = Turns(model, agent_id)
        self._common = _run_attributes(model, agent_id)
        whom = "" if agent_id is None else f" {agent_id}"
        given: dict[str, Value | None] = {
            **self._common,
            names.CONVERSATION: observed.conversation_id,
            names.REQUEST_STREAM: True if observed.streams else None,
        }
        self._span = instruments.tracer.start_span(
            f"{names.INVOKE_AGENT}{whom}",
            contexts.get_current(),
            SpanKind.INTERNAL,
            known(given),
        )
        self._context = context_with(self._span, self._turns)
        if instruments.content and is_recording(self._span):
            guarded(self._add_content)()

    def entered(self) -> Entered:
        """Return the context in which the run's span is current."""
        return Entered(self._context)

    def function(self, info: FunctionStartInfo) -> FunctionObserver:
        """Start the span of a function."""
        try:
            return FunctionSpan(self._instruments, info, self._context)
        except Exception as error:  # noqa: BLE001 - the provider's may be anything
            log_failure(error)
            return FunctionObserver()

    async def end(
        self, info: RunInfo, result: RunResult, error: BaseException | None
    ) -> None:
        """Record the end of the run."""
        conclude(partial(self._finish, info, result, error), error)

    def drop(self, info: RunInfo, result: RunResult) -> None:
        """Record a run that was garbage-collected."""
        guarded(outside_of_locks)(partial(self._finish, info, result, None))

    def _add_content(self) -> None:
        settings, inputs = self._observed.settings, self._observed.inputs
        plain = inputs if isinstance(inputs, str) else to_plain(inputs, "inputs")
        found = {
            names.INPUT_MESSAGES: [] if plain is None else input_messages(plain),
            names.INSTRUCTIONS: system_instructions(settings.get("instructions")),
        }
        texts = {name: json_text(value) for name, value in found.items() if value}
        self._span.set_attributes(texts)

    def _finish(
        self, info: RunInfo, result: RunResult, error: BaseException | None
    ) -> None:
        end = time.time_ns()
        outcome = info.outcome
        ended = outcome_attributes(outcome, error)
        if is_recording(self._span):
            guarded(self._describe)(info, result, ended)
        guarded(self._measure)(info, ended)
        content = self._instruments.content
        end_span(self._span, outcome, error, content=content, end_time=end)

    def _describe(self, info: RunInfo, result: RunResult, ended: Attributes) -> None:
        found: dict[str, Value | None] = {
            names.CONVERSATION: info.conversation_id,
            names.RUN_TURNS: info.turns,
            names.RUN_TOOL_CALLS: info.calls,
            **usage_attributes(info.usage),
            **ended,
        }
        self._span.set_attributes(known(found))
        if self._instruments.content and result.response is not None:
            failed = names.ERROR_TYPE in ended
            self._span.set_attributes(answer_content(result.response, failed=failed))

    def _measure(self, info: RunInfo, ended: Attributes) -> None:
        facts = {**self._common, **ended}
        self._instruments.turns.record(info.turns, facts, self._context)
        self._instruments.tool_calls.record(info.calls, facts, self._context)


class FunctionSpan(FunctionObserver):
    """Record one call of a function.

    Args:
        instruments: the tracer and the histograms.
        info: the call.
        parent: the context of the run.
    """

    def __init__(
        self, instruments: Instruments, info: FunctionStartInfo, parent: Context
    ) -> None:
        self._content = instruments.content
        given: dict[str, Value | None] = {
            names.OPERATION: names.EXECUTE_TOOL,
            names.TOOL_NAME: info.name,
            names.TOOL_TYPE: names.FUNCTION,
            names.TOOL_CALL_ID: info.tool_call_id,
            names.CONVERSATION: info.conversation_id,
            names.RUN_TURN: info.turn or None,
        }
        self._span = instruments.tracer.start_span(
            f"{names.EXECUTE_TOOL} {info.name}",
            parent,
            SpanKind.INTERNAL,
            known(given),
        )
        self._context = context_with(self._span)
        if self._content and is_recording(self._span):
            guarded(self._add)(names.TOOL_ARGUMENTS, info.arguments)

    def entered(self) -> Entered:
        """Return the context in which the function's span is current."""
        return Entered(self._context)

    async def end(self, info: FunctionEndInfo, error: BaseException | None) -> None:
        """Record the end of the function."""
        conclude(partial(self._finish, info, error, time.time_ns()), error)

    def _finish(
        self, info: FunctionEndInfo, error: BaseException | None, end: int
    ) -> None:
        # A coroutine that is collected raises it; hooks know no such outcome.
        is_dropped = isinstance(error, GeneratorExit)
        outcome = "dropped" if is_dropped else info.outcome
        if self._content and is_recording(self._span):
            guarded(self._add)(names.TOOL_RESULT, info.result)
        guarded(self._span.set_attributes)(outcome_attributes(outcome, error))
        end_span(self._span, outcome, error, content=self._content, end_time=end)

    def _add(self, name: str, value: object) -> None:
        if value is not None:
            self._span.set_attribute(name, value_text(value))


def _run_attributes(model: str | None, agent_id: str | None) -> Attributes:
    return known(
        {
            names.OPERATION: names.INVOKE_AGENT,
            names.PROVIDER: names.PROVIDER_VALUE,
            names.REQUEST_MODEL: model,
            names.AGENT_ID: agent_id,
        }
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
