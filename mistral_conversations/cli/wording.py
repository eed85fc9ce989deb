"""Times and function calls as plain text."""

from datetime import UTC, datetime

from mistral_conversations import FunctionCallEntry
from mistral_conversations.display.wording import arguments_text, named_call

__all__ = ["call_line", "time"]


def time(moment: datetime | None) -> str:
    """Format a time in UTC, to the second; "" for None."""
    if moment is None:
        return ""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def call_line(call: FunctionCallEntry) -> str:
    """Describe a function call with all arguments, for the user to judge."""
    return named_call(call.name, arguments_text(call.arguments))
