"""What a chat says of its conversation and its open calls when it leaves them."""

import shlex
from collections.abc import Iterable

from mistral_conversations import OpenCall
from mistral_conversations.cli.parser import program
from mistral_conversations.cli.terminal import one_line, report, report_error
from mistral_conversations.cli.wording import call_line

__all__ = ["name_conversation", "report_unanswered"]


def name_conversation(conversation_id: str | None, *, is_local: bool) -> None:
    """Report how to continue a conversation, if there is one.

    Args:
        conversation_id: its id; None before its first answer.
        is_local: whether it ends with this process.
    """
    if shown := one_line(conversation_id or ""):
        how = f"; continue with: {program()} chat --continue {shlex.quote(shown)}"
        report(f"conversation {shown}{'' if is_local else how}")


def report_unanswered(calls: Iterable[OpenCall]) -> None:
    """Report function calls about which nobody can be asked."""
    names = ", ".join(one_line(call_line(call.entry)) for call in calls)
    report_error(
        f"unanswered function calls: {names or 'those of the history'}; continue the "
        "conversation in a terminal, or name the functions with --tools"
    )
