"""Questions to the user about a function call."""

from collections.abc import Callable, Collection

from mistral_conversations.cli.terminal import report, write
from mistral_conversations.cli.wording import call_line
from mistral_conversations.runs.calls.open_call import OpenCall

__all__ = ["decide"]

_YES = {"y", "yes"}
_NO = {"n", "no"}
_ALWAYS = {"a", "always"}

Ask = Callable[[str], str]


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
