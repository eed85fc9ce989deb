"""What the model reads of the result of an MCP tool, or of what replaced it."""

from typing import Any

from mistral_conversations.runs.errors import ToolError
from mistral_conversations.runs.functions.failures import reason_of
from mistral_conversations.runs.functions.media import line_of

__all__ = ["checked", "problem_of"]

_LONGEST = 2000
_NO_RESULT = "The MCP server answered with something that is no result."


def checked(result: Any, most: int) -> Any:
    """Return the result of a tool.

    Args:
        result: a `CallToolResult`.
        most: the maximum number of characters for the model.

    Raises:
        ToolError: it is the result of a failure, too long, or no result.
    """
    try:
        text = line_of(result)
    except (AttributeError, TypeError, ValueError):  # odd content, such as no base64
        text = None
    if text is None:
        raise ToolError(_NO_RESULT)
    if len(text) > most:
        raise ToolError(
            f"The result has {len(text):,} characters, more than the maximum of "
            f"{most:,}. Ask for less."
        )
    if result.is_error:
        raise ToolError(text if text.strip() else "The tool failed, without a message.")
    return result


def problem_of(error: BaseException) -> str:
    """Return the message of an exception, or of the first in a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    library = type(error).__module__.partition(".")[0]
    if library in ("pydantic", "pydantic_core"):
        return _NO_RESULT
    return reason_of(error)[:_LONGEST]
