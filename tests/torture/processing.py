"""The checks of POSTs: what was processed, and what their callers were told."""

from collections import Counter, defaultdict

from .evidence import Evidence
from .model import Asked
from .outcomes import Outcome
from .plans import MESSAGES, RUNS, UPLOADS
from .verdicts import Found, Violation

__all__ = [
    "functions_are_answered_once",
    "is_processed_once",
    "requests_wait_for_answers",
    "tells_the_truth",
]

_POSTS = MESSAGES | RUNS | UPLOADS


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
        if outcome.kind not in _POSTS:
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
    """Unless the caller allowed that results are sent twice."""
    resent = {each.marker for each in evidence.outcomes if each.resends}
    for id_, entries in evidence.stored.conversations.items():
        inputs = (entry["content"] for entry in entries if entry.get("role") == "user")
        if any(Asked.of(text).marker in resent for text in inputs):
            continue
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
