"""Function calls about which the user decides, one question at a time.

Its imports take a while, and most chats need none of it.
"""

from collections.abc import Callable, Collection, Sequence

from mistral_conversations import (
    FunctionCallEntry,
    FunctionResultEntry,
    ToolCallConfirmation,
)
from mistral_conversations.cli.terminal import report, write
from mistral_conversations.cli.wording import call_line
from mistral_conversations.runs.calls.decisions import Answered
from mistral_conversations.runs.calls.open_call import OpenCall
from mistral_conversations.runs.exchange.replies import confirmations_of

__all__ = ["answers_of", "decide", "opened"]

_YES = {"y", "yes"}
_NO = {"n", "no"}
_ALWAYS = {"a", "always"}

Ask = Callable[[str], str]


def opened(calls: Sequence[FunctionCallEntry]) -> list[OpenCall]:
    """Return calls that the user answers, or allows the service to run."""
    return [
        OpenCall(
            entry=call,
            turn=0,
            arguments=call.arguments,
            is_elsewhere=call.confirmation_status != "pending",
        )
        for call in calls
    ]


def answers_of(
    calls: Sequence[OpenCall],
) -> tuple[list[FunctionResultEntry], list[ToolCallConfirmation]]:
    """Return the results and the confirmations with which the user has answered."""
    results = [
        FunctionResultEntry(
            tool_call_id=call.tool_call_id, result=call.decision.answer.text
        )
        for call in calls
        if isinstance(call.decision, Answered)
    ]
    return results, confirmations_of(calls)


def decide(call: OpenCall, ask: Ask) -> None:
    """Ask for the result of a call, or whether the call may run.

    Args:
        call: the call, about which the answer decides.
        ask: shows a prompt, and returns the line that the user enters.
    """
    write(f"{call_line(call.entry)}\n")
    if call.is_elsewhere:
        call.answer(ask("result> "))
    elif call.is_of_service:
        hint = "[y allows the call, n denies it]"
        _approve_or_reject(call, _chosen(ask, "allow it? [y/n] ", _YES | _NO, hint))
    else:
        hint = (
            "[y runs the function, n refuses, a runs it now and without asking again]"
        )
        choices = _YES | _NO | _ALWAYS
        _approve_or_reject(call, _chosen(ask, "run it? [y/n/a] ", choices, hint))


def _chosen(ask: Ask, prompt: str, choices: Collection[str], hint: str) -> str:
    while (answer := ask(prompt).strip().lower()) not in choices:
        report(hint)
    return answer


def _approve_or_reject(call: OpenCall, answer: str) -> None:
    if answer in _NO:
        call.reject()
    else:
        call.approve(always=answer in _ALWAYS)
