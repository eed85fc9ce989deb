"""`RunPaused`: a run that waits for decisions about its calls."""

from typing import TYPE_CHECKING

from mistral_conversations._public import publish
from mistral_conversations.runs.errors import RunError

if TYPE_CHECKING:
    from mistral_conversations.models.runs import RunResult
    from mistral_conversations.runs.calls import OpenCall

__all__ = ["RunPaused"]


class RunPaused(RunError):  # noqa: N818 - a pause is no error
    """A run waits for decisions about its calls."""

    def __init__(
        self, message: str, *, result: "RunResult", waiting: "tuple[OpenCall, ...]"
    ) -> None:
        super().__init__(message, result=result)
        self.waiting = waiting


publish(globals(), *__all__)
