"""The current span: restored afterwards, also by the garbage collector."""

import asyncio
import contextvars
from typing import Any

import pytest
from opentelemetry import context as contexts
from opentelemetry import trace

from mistral_conversations.telemetry.context import (
    Entered,
    Turns,
    context_with,
    headers_of,
    turns_of,
)
from tests.support.telemetry import Recorder


def test_a_span_is_current_until_its_end() -> None:
    recorder = Recorder()
    span = recorder.tracer.start_span("call")
    turns = Turns("m", None)
    context = context_with(span, turns)
    with Entered(context):
        assert trace.get_current_span() is span
        assert turns_of() is turns
        with Entered(context_with(span)):
            assert turns_of() is None
        assert turns_of() is turns
    assert not trace.get_current_span().is_recording()
    assert turns_of() is None
    assert "traceparent" in headers_of(context)
    assert headers_of(contexts.Context()) == {}


def test_a_coroutine_that_another_context_closes_restores_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorder = Recorder()
    span = recorder.tracer.start_span("call")

    async def call() -> None:
        with Entered(context_with(span)):
            await asyncio.sleep(0)

    coroutine: Any = call()
    contextvars.copy_context().run(coroutine.send, None)
    with recorder.tracer.start_as_current_span("other") as other:
        coroutine.close()
        assert trace.get_current_span() is other
    assert caplog.records == []


def test_without_a_valid_span_that_of_the_caller_stays_current() -> None:
    recorder = Recorder()
    with recorder.tracer.start_as_current_span("caller") as caller:
        context = context_with(trace.INVALID_SPAN, Turns(None, None))
        assert trace.get_current_span(context) is caller
        assert turns_of(context) is not None
