"""What a function returned, as text for the model."""

from collections import UserString
from typing import Any

import attrs

from mistral_conversations._characters import whole
from mistral_conversations._public import publish
from mistral_conversations._wire.values import write
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult
from mistral_conversations.runs.functions.media import line_of

__all__ = ["Answer", "ToolResult", "text_of"]


@attrs.frozen
class ToolResult:
    """A result with metadata that the model does not see.

    Args:
        value: the result. A str is sent as it is, anything else as JSON.
        metadata: anything for the application; `RunCall.metadata` has it.

    Example:
        def search(query: str) -> ToolResult:
            hits = index.search(query)
            return ToolResult([hit.title for hit in hits], metadata=hits)
    """

    value: Any = attrs.field(hash=False)
    metadata: Any = attrs.field(default=None, kw_only=True, hash=False)


@attrs.frozen
class Answer:
    """What a function returned, and the text that the model reads."""

    value: Any = attrs.field(hash=False)
    metadata: Any = attrs.field(hash=False)
    text: str

    @classmethod
    def of(cls, returned: Any) -> "Answer":
        """Write what a function returned as text.

        Raises:
            TypeError: it is neither text nor data.
        """
        value, metadata = returned, None
        if isinstance(returned, ToolResult):
            value, metadata = returned.value, returned.metadata
        return cls(value, metadata, text_of(value))


def text_of(value: Any) -> str:
    """Return the text that the model reads of a value.

    That is a str as it is, and JSON of anything else (None is `null`), in which these
    are texts: an image, bytes, an open file and other media, which become one line with
    their kind and size; a table of pandas or polars, which becomes CSV; a response,
    which becomes its text, and the result of another run, which becomes its output or
    text; and an object that JSON cannot hold but whose class has a `__str__`. Half a
    character (a lone surrogate) becomes U+FFFD.

    Raises:
        TypeError: JSON cannot hold the value, such as a generator.
    """
    plain = _replaced(value)
    if isinstance(plain, str):
        return whole(str.__str__(plain))
    return write(plain, replaced=_replaced, otherwise=_described)


def _replaced(value: Any) -> Any:
    """Return the value or text to write instead of a value; else the value itself."""
    if isinstance(value, ToolResult):
        return _replaced(value.value)
    if isinstance(value, RunResult) and value.output is not None:
        return _replaced(value.output)
    if isinstance(value, RunResult | ConversationResponse):
        return value.text
    if isinstance(value, UserString):  # a sequence of its own kind
        return value.data
    line = None if isinstance(value, str) else line_of(value)
    return value if line is None else line


def _described(value: Any) -> str | None:
    """Return the text of an object by its own `__str__`; None if it has none."""
    has_own = any("__str__" in vars(cls) for cls in type(value).__mro__[:-1])
    return str(value) if has_own else None


publish(globals(), "ToolResult")
