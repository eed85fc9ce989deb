"""The errors of runs, and `ToolError`, which functions raise."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from mistral_conversations._public import publish
from mistral_conversations.errors import (
    ConfigurationError,
    MistralConversationsError,
    attach_result,
)
from mistral_conversations.models.entries import FunctionCallEntry
from mistral_conversations.models.runs import RunResult

__all__ = ["MCPServerError", "RunError", "RunLimitError", "ToolError"]

REJECTED = "The application did not run this call."


class ToolError(Exception):
    """Raised by a function of a run: the model reads its text, and may try again."""


class MCPServerError(MistralConversationsError):
    """An MCP server could not be started or reached, or does not list its tools.

    A run that it ends has sent nothing to the service.
    """


class RunError(MistralConversationsError):
    """A run ended before the model was done."""

    may_have_been_processed = True

    def __init__(self, message: str, *, result: RunResult) -> None:
        super().__init__(message)
        attach_result(self, result)

    @property
    def result(self) -> RunResult:
        """The result so far; its `open_calls` have no answer yet."""
        return cast("RunResult", super().result)

    @property
    def conversation_id(self) -> str | None:
        """The conversation; None if it has no id yet."""
        return self.result.conversation_id


class RunLimitError(RunError):
    """A run reached one of its limits.

    The calls of the last turn stay open. `run(conversation_id=...)` with a higher limit
    answers them, and so does `reject_all`.
    """

    def __init__(self, message: str, *, result: RunResult, limit: str) -> None:
        super().__init__(message, result=result)
        self.limit = limit
        """The field of `RunLimits`, or `max_failures`."""
        self._rejecter: Callable[[str], Any] | None = None

    @property
    def calls(self) -> tuple[FunctionCallEntry, ...]:
        """The calls without an answer."""
        return self.result.open_calls

    def reject_all(self, reason: str = REJECTED) -> Any:
        """Answer each open call with an error result, in one append.

        `await error.reject_all()` after an async run, without `await` after a blocking
        one.

        Args:
            reason: the result that the model reads.

        Returns:
            The model's answer, a `ConversationResponse`; None without open calls.

        Raises:
            ConfigurationError: the error was unpickled, so it has no client.
        """
        if self._rejecter is None:
            raise ConfigurationError(
                "this error has no client: append a FunctionResultEntry for each of "
                "its calls"
            )
        return self._rejecter(reason)

    def set_rejecter(self, rejecter: Callable[[str], Any]) -> None:
        """Set what `reject_all` calls."""
        self._rejecter = rejecter

    def make_blocking(self, wait: Callable[..., Any]) -> None:
        """Make `reject_all` block.

        Args:
            wait: calls an async function with its arguments, and waits for it.
        """
        if self._rejecter is not None:
            self._rejecter = partial(wait, self._rejecter)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle without the client."""
        function, (cls, args, attributes) = super().__reduce__()
        return function, (cls, args, {**attributes, "_rejecter": None})


publish(globals(), *__all__)
