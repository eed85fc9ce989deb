"""The checks of how calls end."""

from .evidence import Evidence
from .model import Asked
from .outcomes import Outcome
from .verdicts import Found, Violation

__all__ = [
    "ends_in_time",
    "ends_properly",
    "has_ended",
    "is_answered_if_nothing_went_wrong",
]

_LATE = 3.0
"""The seconds by which a call may end after its limit, on a busy machine."""
_TURNS = 3
"""The turns of the loop between a limit and the end, each of which may be late."""


def has_ended(evidence: Evidence, begun: int) -> Found:
    """Every call that has begun has ended, and was written down."""
    missing = begun - len(evidence.outcomes)
    yield from [Violation("a call was never written down")] * missing
    for outcome in evidence.outcomes:
        is_hung = outcome.ended == "hung"
        yield Violation("\n".join(outcome.problems), outcome.call) if is_hung else None


def ends_properly(evidence: Evidence) -> Found:
    """Raise the library's errors, cancel nobody, run functions once."""
    for outcome in evidence.outcomes:
        if outcome.ended != "hung":
            text = "\n".join(outcome.problems)
            yield Violation(text, outcome.call) if text else None


def ends_in_time(evidence: Evidence, lag: float) -> Found:
    for outcome in evidence.outcomes:
        if outcome.limit is not None:
            late = outcome.seconds - outcome.limit
            text = f"it ended {late:.1f} s after its total of {outcome.limit} s"
            is_late = late > _LATE + _TURNS * lag
            yield Violation(text, outcome.call) if is_late else None


def is_answered_if_nothing_went_wrong(evidence: Evidence) -> Found:
    for outcome in evidence.outcomes:
        notes = evidence.passages.get(outcome.call, ())
        calm = all(note.is_calm and not note.left for note in notes)
        if not calm or len(notes) < _requests(outcome):
            continue
        if outcome.leaving != "stay" or outcome.ended == "left":
            continue
        excused = outcome.ended == "answered" or _is_excused(outcome)
        yield None if excused else Violation(outcome.error, outcome.call)


def _requests(outcome: Outcome) -> int:
    """Return how many requests a call has sent, at least: some reach no proxy."""
    reads_first = outcome.kind in {"restart", "restart_stream"}
    return max(1, outcome.turns + outcome.attempts + reads_first)


_EXCUSES = (
    "ConversationBusyError",
    "NotFoundError",
    "APITimeoutError",
    "StreamTimeoutError",
)


def _is_excused(outcome: Outcome) -> bool:
    """Return whether an error has another reason: a busy conversation, its limits.

    The model may fail, and a run that is continued may have been continued before.
    """
    fails = Asked.of(outcome.asked).verb == "fail" or outcome.resumes
    return fails or (outcome.cause or outcome.error).startswith(_EXCUSES)
