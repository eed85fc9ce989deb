"""The checks of answers: they are what the server has stored."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .evidence import Entry, Evidence
from .model import Asked, text_of
from .outcomes import Outcome
from .plans import MESSAGES, RUNS, UPLOADS
from .verdicts import Found, Violation

__all__ = ["equals_what_was_stored", "is_a_beginning"]

_TIMES = ("created_at", "completed_at")


def equals_what_was_stored(evidence: Evidence) -> Found:
    deleted = evidence.deleted()
    for outcome in evidence.outcomes:
        if outcome.ended == "answered" and outcome.kind in _COMPARED:
            text = _COMPARED[outcome.kind](outcome, evidence, deleted)
            yield Violation(text, outcome.call) if text else None


def _difference(outcome: Outcome, evidence: Evidence, deleted: set[str]) -> str:
    """Describe how an answer differs from what the server stored; empty if equal."""
    expected = text_of(Asked.of(outcome.asked))
    if outcome.text != expected:
        return f"the text is {outcome.text!r}, not {expected!r}"
    if not outcome.stores or outcome.conversation_id in deleted:
        return ""
    answers = evidence.stored.answers_to(str(outcome.conversation_id), outcome.marker)
    return _compared(outcome.entries or [], answers)


def _difference_of_run(outcome: Outcome, evidence: Evidence, deleted: set[str]) -> str:
    asked = Asked.of(outcome.asked)
    expected = text_of(asked, turn=asked.numbers[2])
    if outcome.text != expected:
        return f"the text is {outcome.text!r}, not {expected!r}"
    if outcome.resends or outcome.conversation_id in deleted:
        return ""
    entries = outcome.entries or []
    stored = evidence.stored.conversations.get(str(outcome.conversation_id), ())
    others = [entry for entry in stored if entry["type"] != "message.input"]
    return _compared(entries, [others[-len(entries) :]])


def _compared(entries: Sequence[Entry], stored: Sequence[Sequence[Entry]]) -> str:
    received = [_plain(entry) for entry in entries]
    candidates = [[_plain(entry) for entry in each] for each in stored]
    if received in candidates:
        return ""
    return f"received {received}\nstored   {candidates}"


def _plain(entry: Entry) -> dict[str, Any]:
    """Return an entry without its times, which a stream and a run do not have."""
    ids = ("id",) if entry["type"] == "function.result" else ()
    return {
        key: value
        for key, value in entry.items()
        if value is not None and key not in (*_TIMES, *ids, "object")
    }


def _difference_of_upload(outcome: Outcome, evidence: Evidence, _: set[str]) -> str:
    stored = evidence.stored.files.get(str(outcome.file_id))
    return "" if stored == outcome.sha256 else f"the server has {stored}"


_COMPARED: Mapping[str, Callable[[Outcome, Evidence, set[str]], str]] = {
    **dict.fromkeys(RUNS, _difference_of_run),
    **dict.fromkeys(UPLOADS, _difference_of_upload),
    **dict.fromkeys(MESSAGES, _difference),
}


def is_a_beginning(evidence: Evidence) -> Found:
    """What was received before an error, or before leaving, is right so far."""
    for outcome in evidence.outcomes:
        if outcome.ended in {"failed", "left"} and outcome.text is not None:
            asked = Asked.of(outcome.asked)
            turn = asked.numbers[2] if outcome.kind in RUNS else 0
            whole = text_of(asked, turn=turn)
            is_right = whole.startswith(outcome.text)
            text = f"received {outcome.text!r} of {whole!r}"
            yield None if is_right else Violation(text, outcome.call)
