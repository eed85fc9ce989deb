"""The check of recovery: no call that recovers fails if the server has its answer."""

from .evidence import Evidence
from .model import Asked
from .outcomes import Outcome
from .plans import RUNS
from .verdicts import Found, Violation

__all__ = ["stored_answers_are_recovered"]

_READINGS = 2
_REPORTED = ("ServerError: HTTP 500", "ServerError: HTTP 529")
"""Failures that the service reports itself, by the rules of the library."""


def stored_answers_are_recovered(evidence: Evidence) -> Found:
    """A call that recovers is answered, if the server has stored the answer.

    Except where its conversation is unknown to the client: that of a start which failed
    before it was named, and that of a restart, which is found if that is certain; and
    where the proxy let no two readings of the history pass.
    """
    for outcome in evidence.outcomes:
        if not outcome.recovers or not _is_stored(outcome, evidence):
            continue
        if outcome.ended == "answered":
            yield None
        elif outcome.ended == "failed" and not (
            _is_excused(outcome) or _was_unreadable(outcome, evidence)
        ):
            yield Violation(f"its answer is stored: {outcome.error}", outcome.call)


def _is_stored(outcome: Outcome, evidence: Evidence) -> bool:
    """Return whether the server has stored the answer to the last request of a call."""
    processed = [each for each in evidence.processed if each.call == outcome.call]
    if outcome.ended == "failed" and len(processed) <= outcome.turns:
        return False
    ids = {str(each.conversation_id) for each in processed}
    return any(_has_answer(id_, outcome, evidence) for id_ in ids)


def _has_answer(conversation_id: str, outcome: Outcome, evidence: Evidence) -> bool:
    answers = evidence.stored.answers_to(conversation_id, outcome.marker)
    if outcome.kind not in RUNS:
        return any(answers)
    return any(
        entries and entries[-1]["type"] != "function.result" for entries in answers
    )


def _was_unreadable(outcome: Outcome, evidence: Evidence) -> bool:
    """Return whether the proxy harmed the readings of the history, but for one.

    That one may have come just before the deadline.
    """
    passed = [
        note
        for note in evidence.passages.get(outcome.call, ())
        if note.path.endswith("/history") and note.is_calm and not note.left
    ]
    return len(passed) < _READINGS


def _is_excused(outcome: Outcome) -> bool:
    is_unknown = outcome.conversation_id is None and outcome.kind not in {
        "append",
        "append_stream",
    }
    is_failure = outcome.error.startswith(_REPORTED)
    fails = Asked.of(outcome.asked).verb == "fail"
    return is_unknown or is_failure or fails or outcome.resends
