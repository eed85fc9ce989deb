"""`CallSpan`: the span and the metrics of one call or stream."""

import time
from collections.abc import Mapping
from functools import partial

from opentelemetry import context as contexts
from opentelemetry.trace import SpanKind

from mistral_conversations._characters import whole
from mistral_conversations._observing.outcomes import outcome_of
from mistral_conversations._observing.seam import CallObserver, ObservedCall
from mistral_conversations.hooks import ResponseInfo, RetryInfo, StreamInfo
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.telemetry import names
from mistral_conversations.telemetry.answers import (
    answer_content,
    answering_agent,
    answering_model,
    token_counts,
    usage_attributes,
)
from mistral_conversations.telemetry.context import (
    Entered,
    headers_of,
    turns_of,
    with_span,
)
from mistral_conversations.telemetry.ending import (
    conclude,
    end_span,
    error_type,
    outcome_attributes,
    outside_of_locks,
)
from mistral_conversations.telemetry.entry_spans import record_entries
from mistral_conversations.telemetry.guard import guarded, is_recording
from mistral_conversations.telemetry.instruments import Instruments, Value
from mistral_conversations.telemetry.requests import Request

__all__ = ["CallSpan"]


class CallSpan(CallObserver):
    """Record one call. Its parent is the current span.

    Args:
        instruments: the tracer and the histograms.
        observed: the call.
    """

    def __init__(self, instruments: Instruments, observed: ObservedCall) -> None:
        self._instruments = instruments
        self._began: float = time.monotonic()
        self._begin: int = time.time_ns()
        current = contexts.get_current()
        self._request = Request(observed, turns_of(current))
        self._span = instruments.tracer.start_span(
            self._request.span_name,
            current,
            SpanKind.CLIENT,
            self._request.attributes(),
            start_time=self._begin,
        )
        self._context = with_span(self._span, current)
        self._first: float | None = None
        self._facts: dict[str, Value] = {}
        guarded(self._add_request)()

    def entered(self) -> Entered:
        """Return the context in which the call's span is current."""
        return Entered(self._context)

    async def response(self, info: ResponseInfo) -> None:
        """Note the service's id of the request."""
        self._note(info.request_id, info.attempt, info.status)

    async def retry(self, info: RetryInfo, error: BaseException) -> None:
        """Add an event for an attempt that failed."""
        guarded(self._add_retry)(info, error)

    def first_event(self, seconds: float) -> None:
        """Note the time to the first event of a stream."""
        self._first = seconds

    async def end(self, answer: object, error: BaseException | None) -> None:
        """Record the end of a call."""
        outcome = outcome_of(error, done=error is None)
        response = answer if isinstance(answer, ConversationResponse) else None
        if self._request.creates_agent:
            self._facts |= _agent_of(answer)
        usage = None if response is None else response.usage
        conclude(partial(self._finish, outcome, response, usage, error), error)

    async def end_stream(
        self,
        info: StreamInfo,
        answer: ConversationResponse | None,
        error: BaseException | None,
    ) -> None:
        """Record the end of a stream."""
        self._note_stream(info)
        finish = partial(self._finish, info.outcome, answer, info.usage, error)
        conclude(finish, error)

    def drop_stream(
        self, info: StreamInfo, answer: ConversationResponse | None
    ) -> None:
        """Record a stream that was garbage-collected."""
        self._note_stream(info)
        finish = partial(self._finish, info.outcome, answer, info.usage, None)
        guarded(outside_of_locks)(finish)

    def _add_request(self) -> None:
        self.headers: Mapping[str, str] = headers_of(self._context)
        if self._instruments.content and is_recording(self._span):
            self._span.set_attributes(self._request.content())

    def _add_retry(self, info: RetryInfo, error: BaseException) -> None:
        facts: dict[str, Value] = {
            names.ERROR_TYPE: error_type(error),
            names.ATTEMPT: info.attempt,
            names.DELAY: info.delay,
        }
        if info.status is not None:
            facts[names.HTTP_STATUS] = info.status
        if self._instruments.content:
            facts[names.EXCEPTION_MESSAGE] = whole(str(error))
        self._span.add_event(names.RETRY_EVENT, facts)

    def _note(self, request_id: str | None, attempts: int, status: int | None) -> None:
        if request_id is not None:
            self._facts[names.REQUEST_ID] = request_id
        if status is not None:
            self._facts[names.HTTP_STATUS] = status
        if attempts > 1:
            self._facts[names.ATTEMPTS] = attempts

    def _note_stream(self, info: StreamInfo) -> None:
        self._note(info.request_id, info.attempts, info.status)
        self._facts[names.EVENTS] = info.events
        if info.recovered:
            self._facts[names.RECOVERED] = True
        if info.conversation_id is not None:
            self._facts[names.CONVERSATION] = info.conversation_id
        if self._first is not None:
            self._facts[names.RESPONSE_FIRST_CHUNK] = self._first

    def _finish(
        self,
        outcome: str,
        answer: ConversationResponse | None,
        usage: ConversationUsageInfo | None,
        error: BaseException | None,
    ) -> None:
        seconds, end = time.monotonic() - self._began, time.time_ns()
        self._request.learn(answering_model(answer), answering_agent(answer))
        if outcome == "done":
            self._request.count_turn()
        ended = outcome_attributes(outcome, error)
        if is_recording(self._span):
            guarded(self._describe)(ended, answer, usage)
            guarded(self._add_entries)(answer, end)
        guarded(self._measure)(seconds, ended, answer, usage)
        content = self._instruments.content
        end_span(self._span, outcome, error, content=content, end_time=end)

    def _describe(
        self,
        ended: Mapping[str, Value],
        answer: ConversationResponse | None,
        usage: ConversationUsageInfo | None,
    ) -> None:
        span, request = self._span, self._request
        found = {**self._facts, **ended, **request.learned, **usage_attributes(usage)}
        if answer is not None:
            found[names.CONVERSATION] = answer.conversation_id
        span.set_attributes(found)
        if request.learned:
            span.update_name(request.span_name)
        if self._instruments.content and answer is not None:
            failed = names.ERROR_TYPE in ended
            span.set_attributes(answer_content(answer, failed=failed))

    def _add_entries(self, answer: ConversationResponse | None, end: int) -> None:
        if answer is not None:
            record_entries(
                self._instruments.tracer,
                self._context,
                answer.outputs,
                begin=self._begin,
                end=end,
                content=self._instruments.content,
            )

    def _measure(
        self,
        seconds: float,
        ended: Mapping[str, Value],
        answer: ConversationResponse | None,
        usage: ConversationUsageInfo | None,
    ) -> None:
        if self._request.operation is None:
            return
        facts = {**self._request.common, **ended}
        model = answering_model(answer)
        if model is not None:
            facts[names.RESPONSE_MODEL] = model
        to = self._instruments
        to.duration.record(seconds, facts, self._context)
        if self._first is not None:
            to.first_chunk.record(self._first, facts, self._context)
        for kind, count in token_counts(usage).items():
            of_kind = {**facts, names.TOKEN_TYPE: kind}
            to.tokens.record(count, of_kind, self._context)


def _agent_of(answer: object) -> dict[str, Value]:
    id = getattr(answer, "id", None)
    return {names.AGENT_ID: id} if isinstance(id, str) else {}
