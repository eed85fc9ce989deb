"""The checks of the calls: each looks at the evidence, and names what violates it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from .evidence import Entry, Evidence
from .model import Asked, text_of
from .outcomes import Outcome

__all__ = ["CHECKS", "Verdict", "Violation", "judged"]

_LATE = 3.0
"""The seconds by which a call may end after its limit, on a busy machine."""

_RUNS = frozenset({"run", "run_stream"})
_TIMES = ("created_at", "completed_at")


@attrs.frozen
class Violation:
    """What violates a check."""

    text: str
    call: str = ""
    """The name of the call, if it is about one."""


@attrs.frozen
class Verdict:
    """What a check has found."""

    check: str
    examined: int
    violations: Sequence[Violation]


Found: TypeAlias = Iterator[Violation | None]
"""A violation, or None for what was examined and is right."""


def judged(check: str, found: Found) -> Verdict:
    """Return the verdict of a check."""
    each = [*found]
    return Verdict(check, len(each), [one for one in each if one is not None])


def has_ended(evidence: Evidence) -> Found:
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
        if outcome.limit is not None and outcome.kind not in _RUNS:
            late = outcome.seconds - outcome.limit
            text = f"it ended {late:.1f} s after its total of {outcome.limit} s"
            yield Violation(text, outcome.call) if late > _LATE + lag else None


def is_answered_if_nothing_went_wrong(evidence: Evidence) -> Found:
    for outcome in evidence.outcomes:
        notes = evidence.passages.get(outcome.call, ())
        has_all = len(notes) >= max(1, outcome.attempts)
        calm = has_all and all(note.is_calm and not note.left for note in notes)
        if not calm or outcome.leaving != "stay" or outcome.ended == "left":
            continue
        excused = outcome.ended == "answered" or _is_excused(outcome)
        yield None if excused else Violation(outcome.error, outcome.call)


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
    return fails or outcome.error.startswith(_EXCUSES)


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
    answers = evidence.stored.answers_to(
        str(outcome.conversation_id), outcome.marker
    )
    return _compared(outcome.entries or [], answers)


def _difference_of_run(
    outcome: Outcome, evidence: Evidence, deleted: set[str]
) -> str:
    asked = Asked.of(outcome.asked)
    expected = text_of(asked, turn=asked.numbers[2])
    if outcome.text != expected:
        return f"the text is {outcome.text!r}, not {expected!r}"
    if outcome.conversation_id in deleted:
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
    **dict.fromkeys(_RUNS, _difference_of_run),
    **dict.fromkeys(("upload_file", "upload_document"), _difference_of_upload),
    **dict.fromkeys(
        (
            "start",
            "start_stream",
            "append",
            "append_stream",
            "restart",
            "restart_stream",
        ),
        _difference,
    ),
}


def is_a_beginning(evidence: Evidence) -> Found:
    """What was received before an error, or before leaving, is right so far."""
    for outcome in evidence.outcomes:
        if outcome.ended in {"failed", "left"} and outcome.text is not None:
            asked = Asked.of(outcome.asked)
            turn = asked.numbers[2] if outcome.kind in _RUNS else 0
            whole = text_of(asked, turn=turn)
            is_right = whole.startswith(outcome.text)
            text = f"received {outcome.text!r} of {whole!r}"
            yield None if is_right else Violation(text, outcome.call)


def is_processed_once(evidence: Evidence) -> Found:
    """No POST is processed twice, unless the caller allowed that or was told."""
    outcomes = evidence.named()
    calls: defaultdict[str, list[str]] = defaultdict(list)
    for each in evidence.processed:
        calls[each.key].append(each.call)
    for names in calls.values():
        *earlier, last = names
        silent = [name for name in earlier if not _knew(outcomes.get(name), last)]
        text = f"processed {len(names)} times, for {', '.join(names)}"
        yield Violation(text, last) if silent else None


def _knew(outcome: Outcome | None, later: str) -> bool:
    """Return whether the caller knew that a call may be processed again."""
    if outcome is None:
        return True  # not one of the callers'
    if outcome.resends:
        return True
    return outcome.call != later and (outcome.told or outcome.ended != "failed")


def tells_the_truth(evidence: Evidence) -> Found:
    """A failure that says nothing was processed is right; an answer was processed."""
    times = evidence.times()
    for outcome in evidence.outcomes:
        if outcome.kind not in _COMPARED:
            continue
        count = times[outcome.call]
        if outcome.ended == "answered" and not count:
            yield Violation("it was answered, but never processed", outcome.call)
        elif outcome.ended == "failed" and not outcome.told:
            wrong = count > outcome.turns
            text = f"the error says it was not processed: {outcome.error}"
            yield Violation(text, outcome.call) if wrong else None
        else:
            yield None


def functions_are_answered_once(evidence: Evidence) -> Found:
    for id_, entries in evidence.stored.conversations.items():
        results = Counter(
            entry["tool_call_id"]
            for entry in entries
            if entry["type"] == "function.result"
        )
        twice = [call for call, count in results.items() if count > 1]
        if results:
            text = f"{id_} has several results of {twice}"
            yield Violation(text) if twice else None


def requests_wait_for_answers(evidence: Evidence) -> Found:
    for notes in evidence.passages.values():
        for note in notes:
            is_early = "before it had its answer" in note.struck
            yield Violation(note.struck, note.call) if is_early else None


CHECKS: Mapping[str, Callable[[Evidence], Found]] = {
    "every call has an outcome": has_ended,
    "calls end properly, and leave their task as it was": ends_properly,
    "calls without trouble are answered": is_answered_if_nothing_went_wrong,
    "answers equal what the server stored": equals_what_was_stored,
    "parts of answers are their beginnings": is_a_beginning,
    "no POST is processed twice silently": is_processed_once,
    "errors know what may have been processed": tells_the_truth,
    "function calls have one result": functions_are_answered_once,
    "no request follows another too early": requests_wait_for_answers,
}
