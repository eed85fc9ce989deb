"""What the model reads of a function that failed."""

from collections.abc import Iterator
from typing import Any

from mistral_conversations._characters import whole
from mistral_conversations.runs.errors import ToolError
from mistral_conversations.runs.functions.python_function import PythonFunction

__all__ = ["overrun", "reason_of"]


def reason_of(error: BaseException) -> str:
    """Return the message of an exception, without its traceback.

    An exception without a message is named by its class. So is a KeyError, whose
    message is only the key, and each exception of a group has its own message.
    """
    return whole("\n".join(_messages(error)))


def _messages(error: BaseException) -> Iterator[str]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _messages(each)
        return
    message, name = _text(error), type(error).__name__
    if isinstance(error, ToolError):
        yield message or name
    elif not message.strip():
        yield name
    else:
        yield f"{name}: {message}" if type(error) is KeyError else message


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - of the function's own class
        return ""


def overrun(function: PythonFunction[..., Any]) -> str:
    """Return what the model reads of a function that took too long."""
    return f"{function.name} did not finish within {function.timeout:g} seconds."
