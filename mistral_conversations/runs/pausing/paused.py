"""`RunPaused`: a run that waits for decisions about its calls."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from mistral_conversations._public import publish
from mistral_conversations.runs.calls.open_call import OpenCall
from mistral_conversations.runs.errors import REJECTED, RunError
from mistral_conversations.runs.pausing.paused_run import PausedRun

__all__ = ["RunPaused"]

_RESUMED = (
    "this pause has been resumed: run(conversation_id=...) continues what is open since"
)


class RunPaused(RunError):  # noqa: N818 - a pause is no error
    """A run waits for decisions about its calls.

    No function of the paused turn has run, not even one that needs no decision: they
    all run once the run is resumed, and the service receives all their results
    together. `approve`, `reject` and `answer` decide; then pass the pause instead of
    inputs, with the functions that the run had:

        result = await conversations.run(paused, tools=[...])

    Meanwhile, `to_json` and `from_json` may take it to another process. It has what the
    run has done, and what it was started with, except `tools`, `context`, `approve`,
    `output_type`, `limits` and `options`: pass them again. A pickle of it has the same.

    A pause can be resumed once; nothing prevents a second copy from JSON or a pickle
    from running the functions again. A run that resumes it without a decision about
    each call pauses again, with nothing sent; the decisions that were made remain.
    """

    def __init__(self, paused: PausedRun, unclaimed: list[bool] | None = None) -> None:
        super().__init__(_message(paused), result=paused.result())
        self._paused = paused
        self._unclaimed = [True] if unclaimed is None else unclaimed

    @property
    def calls(self) -> tuple[OpenCall, ...]:
        """The calls that waited for a decision when the run paused, in their order.

        The `decision` of each is None until it is made. `result.open_calls` has the
        other calls of the turn too.
        """
        return tuple(call for call in self._paused.calls if call.is_waiting)

    def approve(
        self,
        tool_call_id: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        always: bool = False,
    ) -> None:
        """Allow a call to run, see `OpenCall.approve`.

        `always` also approves the calls of the same function that are undecided when
        the run is resumed. A pause that comes from JSON validates edited arguments when
        it is resumed.

        Args:
            tool_call_id: the id of the call.
            arguments: the arguments to use instead of the model's; not for a call that
                the service runs.
            always: whether further calls of the function need no decision.

        Raises:
            TypeError: the arguments are not a mapping, or JSON cannot hold them.
            ValueError: no such call waits, the arguments do not fit, the call cannot
                run here, or the pause has been resumed.
        """
        for call in self._waiting(tool_call_id):
            call.approve(arguments, always=always)

    def reject(self, tool_call_id: str, reason: str = REJECTED) -> None:
        """Forbid a call; the model reads the reason, see `OpenCall.reject`.

        Raises:
            TypeError: the reason is no text.
            ValueError: no such call waits, or the pause has been resumed.
        """
        for call in self._waiting(tool_call_id):
            call.reject(reason)

    def answer(self, tool_call_id: str, result: Any) -> None:
        """Answer a call with a result made elsewhere, see `OpenCall.answer`.

        Raises:
            TypeError: JSON cannot hold the result.
            ValueError: no such call waits, the service runs it, or the pause has been
                resumed.
        """
        for call in self._waiting(tool_call_id):
            call.answer(result)

    def to_json(self) -> str:
        """Return the pause as JSON text, with the decisions made so far.

        It has the conversation's entries since the run began, and the calls with their
        results, but no API key. The value of a call that is no plain JSON is replaced
        by the text that the model received.
        """
        from mistral_conversations.runs.pausing.saved_run import save

        return save(self._paused)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the pause that `to_json` has saved.

        Load only text that you trust: a changed one can approve calls.

        Raises:
            TypeError: `text` is neither text nor bytes.
            ValueError: it is not a saved pause, or of a later version of this library.
        """
        from mistral_conversations.runs.pausing.saved_run import load

        return cls(load(text))

    @property
    def is_resumed(self) -> bool:
        """Whether a run has resumed this pause, which can be done once."""
        return not self._unclaimed

    @property
    def paused_run(self) -> PausedRun:
        """What the run continues from.

        Raises:
            ValueError: the pause has been resumed.
        """
        if self.is_resumed:
            raise ValueError(_RESUMED)
        return self._paused

    def claim(self) -> None:
        """Refuse a second run that resumes this pause: functions are about to run.

        Raises:
            ValueError: the pause has been resumed.
        """
        try:
            self._unclaimed.pop()  # only one thread succeeds
        except IndexError:
            raise ValueError(_RESUMED) from None
        for call in self._paused.calls:
            call.close()

    def again(self, paused: PausedRun) -> "RunPaused":
        """Return a later pause of the same turn; a run resumes only one of the two."""
        return RunPaused(paused, self._unclaimed)

    def _waiting(self, tool_call_id: str) -> tuple[OpenCall, ...]:
        found = tuple(c for c in self.calls if c.tool_call_id == tool_call_id)
        if not found:
            waiting = ", ".join(repr(call.tool_call_id) for call in self.calls)
            raise ValueError(
                f"no call {tool_call_id!r} waits for a decision; these wait: {waiting}"
            )
        return found

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle as JSON does, without functions."""
        notes = getattr(self, "__notes__", ())
        return _restore, (type(self), self.to_json(), tuple(notes))


def _restore(cls: type[RunPaused], text: str, notes: Iterable[str]) -> RunPaused:
    paused = cls.from_json(text)
    for note in notes:
        paused.add_note(note)
    return paused


def _message(paused: PausedRun) -> str:
    waiting = [call for call in paused.calls if call.is_waiting]
    shown = ", ".join(f"{call.name} ({call.tool_call_id})" for call in waiting)
    number = f"{len(waiting)} calls wait" if len(waiting) > 1 else "a call waits"
    return (
        f"{number} for a decision: {shown}. Decide with approve(), reject() or "
        "answer(), then pass this RunPaused to run() with the same tools"
    )


publish(globals(), *__all__)
