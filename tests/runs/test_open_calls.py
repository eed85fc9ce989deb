"""Decisions about a call, before any run uses them."""

from typing import Any

import pytest

from mistral_conversations import (
    ArgumentsError,
    FunctionCallEntry,
    OpenCall,
    ToolResult,
)
from mistral_conversations.runs.calls.decisions import Answered, Approved, Rejected
from mistral_conversations.runs.calls.open_call import open_calls
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.functions.results import Answer
from tests.support.for_each import for_each


def pay(amount: int, to: str = "me") -> str:
    """Pay an amount."""
    return f"{amount} to {to}"


ELSEWHERE = {"type": "function", "function": {"name": "ask", "parameters": {}}}


def made(
    name: str = "pay", arguments: Any = '{"amount": 3}', status: str | None = None
) -> OpenCall:
    """Return an open call of a run with `pay` here and `ask` elsewhere."""
    entry = FunctionCallEntry(
        tool_call_id="id1", name=name, arguments=arguments, confirmation_status=status
    )
    (call,) = open_calls([entry], 1, Toolset.of([pay, ELSEWHERE]))
    return call


def assert_runnable(call: OpenCall, arguments: dict[str, Any]) -> None:
    assert call.arguments == arguments
    assert call.problem is None


PENDING = ("code_interpreter", "{}", "pending")


def test_a_call_is_approved() -> None:
    call = made()
    assert call.decision is None
    call.approve()
    assert call.decision == Approved()
    assert call.arguments == {"amount": 3}
    call.approve(always=True)
    assert call.decision == Approved(None, always=True)


def test_edited_arguments_replace_all_those_of_the_model() -> None:
    call = made(arguments='{"amount": 3, "to": "you"}')
    call.approve({"amount": "4"})
    assert call.arguments == {"amount": 4}
    assert call.decision == Approved('{"amount":"4"}')
    call.approve()
    assert call.arguments == {"amount": 3, "to": "you"}


def test_edited_arguments_do_not_change_later() -> None:
    given = {"amount": 4}
    call = made()
    call.approve(given)
    given["amount"] = 5
    assert call.arguments == {"amount": 4}


def test_edited_arguments_mend_those_of_the_model() -> None:
    call = made(arguments='{"amount": ')
    assert call.problem is not None
    with pytest.raises(
        ValueError, match=r"'id1' of 'pay'.*approve\(arguments=\.\.\.\)"
    ):
        call.approve()
    call.approve({"amount": 1})
    assert_runnable(call, {"amount": 1})
    call.reject()
    assert call.problem is not None


@for_each(
    "arguments,error,match",
    [
        ({"amount": "much"}, ArgumentsError, "amount"),
        ({}, ValueError, "amount"),
        ({"amount": 1, "of": 2}, ValueError, "of"),
        ('{"amount": 1}', TypeError, "arguments must be a mapping by name, not str"),
        ([1], TypeError, "arguments must be a mapping by name, not list"),
        ({"amount": object()}, TypeError, "arguments of the call 'id1' of 'pay': "),
    ],
)
def test_unusable_edited_arguments_leave_the_earlier_decision(
    arguments: Any, error: type[Exception], match: str
) -> None:
    call = made()
    call.reject("No.")
    with pytest.raises(error, match=match):
        call.approve(arguments)
    assert call.decision == Rejected("No.")
    assert call.arguments == {"amount": 3}


@for_each(
    "call,act,error,match",
    [
        (("ask", "{}"), lambda c: c.approve(), ValueError, r"no code here: use answer"),
        (PENDING, lambda c: c.approve({"a": 1}), ValueError, "leave out arguments"),
        (PENDING, lambda c: c.answer("x"), ValueError, r"use approve\(\) or reject"),
        (("walk",), lambda c: c.approve(), ValueError, "no function 'walk'"),
        (("walk",), lambda c: c.approve({}), ValueError, "no function 'walk'"),
        ((), lambda c: c.approve(always=1), TypeError, "always must be a bool"),
        ((), lambda c: c.reject(None), TypeError, "reason must be a str, not NoneType"),
        ((), lambda c: c.answer(object()), TypeError, "object"),
    ],
)
def test_a_decision_that_a_call_cannot_have_is_refused(
    call: tuple[Any, ...], act: Any, error: type[Exception], match: str
) -> None:
    asked = made(*call)
    with pytest.raises(error, match=match):
        act(asked)
    assert asked.decision is None


def test_a_call_of_the_service_is_allowed_or_denied() -> None:
    call = made(*PENDING)
    assert call.is_of_service
    decisions = []
    for decide in (call.approve, call.reject):
        decide()
        decisions.append(type(call.decision))
    assert decisions == [Approved, Rejected]


@for_each("name", ["pay", "ask", "walk"])
def test_a_result_made_elsewhere_is_sent_as_text(name: str) -> None:
    call = made(name)
    for value, text in [("Done", "Done"), ("", ""), ({"a": [1]}, '{"a":[1]}')]:
        call.answer(value)
        assert call.decision == Answered(Answer(value, None, text))


def test_a_tool_result_made_elsewhere_keeps_its_metadata() -> None:
    call = made("ask")
    call.answer(ToolResult(b"12345", metadata={"by": "Ann"}))
    assert isinstance(call.decision, Answered)
    answer = call.decision.answer
    assert (answer.value, answer.metadata) == (b"12345", {"by": "Ann"})
    assert "5 bytes" in answer.text


def test_no_decision_is_possible_once_the_run_continues() -> None:
    call = made()
    call.approve()
    call.close()
    acts: list[Any] = [call.approve, call.reject, lambda: call.answer("x")]
    for act in acts:
        with pytest.raises(ValueError, match="'id1' of 'pay' has been decided"):
            act()
    assert call.decision == Approved()
