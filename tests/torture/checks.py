"""All checks, by what they promise."""

from collections.abc import Callable, Mapping, Sequence

from .answers import equals_what_was_stored, is_a_beginning
from .endings import (
    ends_in_time,
    ends_properly,
    has_ended,
    is_answered_if_nothing_went_wrong,
)
from .evidence import Evidence
from .leftovers import leftovers
from .processing import (
    functions_are_answered_once,
    is_processed_once,
    requests_wait_for_answers,
    tells_the_truth,
)
from .recovering import stored_answers_are_recovered
from .run import Figures
from .verdicts import Found, Verdict, judged

__all__ = ["CHECKS", "verdicts_of"]

CHECKS: Mapping[str, Callable[[Evidence], Found]] = {
    "calls end properly, and leave their task as it was": ends_properly,
    "calls without trouble are answered": is_answered_if_nothing_went_wrong,
    "answers equal what the server stored": equals_what_was_stored,
    "parts of answers are their beginnings": is_a_beginning,
    "no POST is processed twice silently": is_processed_once,
    "errors know what may have been processed": tells_the_truth,
    "stored answers are recovered": stored_answers_are_recovered,
    "function calls have one result": functions_are_answered_once,
    "no request follows another too early": requests_wait_for_answers,
}


def verdicts_of(evidence: Evidence, figures: Figures) -> Sequence[Verdict]:
    """Return the verdicts of all checks."""
    return [
        judged("every call has an outcome", has_ended(evidence, figures.begun)),
        *(judged(name, check(evidence)) for name, check in CHECKS.items()),
        judged("calls end within their limits", ends_in_time(evidence, figures.lag)),
        *leftovers(figures, evidence),
    ]
