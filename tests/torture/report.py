"""The report of a run: what the calls did, what was checked, and what is wrong."""

from collections import Counter
from collections.abc import Iterator, Sequence

from .evidence import Evidence
from .outcomes import Outcome
from .run import Figures
from .verdicts import Verdict, Violation

__all__ = ["report"]

_SHOWN = 5
_LONGEST = 3_000


def report(
    evidence: Evidence, figures: Figures, verdicts: Sequence[Verdict], seed: int
) -> str:
    """Return the tables, and the violations with the calls that they are about."""
    lines = [
        *_calls(evidence.outcomes),
        "",
        *_ways(evidence),
        "",
        *_holdings(figures),
        "",
        *_checks(verdicts),
        *_violations(evidence, verdicts, seed),
    ]
    return "\n".join(lines)


def _calls(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a table of the calls by kind and end."""
    ends = ("answered", "recovered", "failed", "cancelled", "left", "hung")
    counts = Counter((o.kind, _end(o)) for o in outcomes)
    kinds = sorted({outcome.kind for outcome in outcomes})
    yield f"{'calls':17}" + "".join(f"{end:>11}" for end in ends)
    for kind in kinds:
        yield f"{kind:17}" + "".join(f"{counts[kind, end]:11}" for end in ends)
    sums = [sum(counts[kind, end] for kind in kinds) for end in ends]
    yield f"{'all':17}" + "".join(f"{each:11}" for each in sums)


def _end(outcome: Outcome) -> str:
    is_recovered = outcome.ended == "answered" and outcome.recovered
    return "recovered" if is_recovered else outcome.ended


def _ways(evidence: Evidence) -> Iterator[str]:
    """Yield the errors, and what went wrong on the way, most frequent first."""
    errors = Counter(
        outcome.error.partition(":")[0]
        for outcome in evidence.outcomes
        if outcome.ended == "failed"
    )
    notes = [note for notes in evidence.passages.values() for note in notes]
    struck = Counter(note.struck or "nothing" for note in notes)
    yield "errors: " + _listed(errors)
    yield f"on the way of {len(notes)} requests: " + _listed(struck)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common(25))


def _holdings(figures: Figures) -> Iterator[str]:
    for name, holds in (("before", figures.before), ("after", figures.after)):
        yield (
            f"{name:7} {holds.mebibytes:8.1f} MiB {holds.blocks:9} blocks "
            f"{holds.descriptors:5} descriptors {holds.tasks:5} tasks"
        )
    yield f"the event loop was late by {figures.lag * 1000:.0f} ms at most"


def _checks(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield f"{'check':52}{'examined':>10}{'violations':>12}"
    for verdict in verdicts:
        yield f"{verdict.check:52}{verdict.examined:10}{len(verdict.violations):12}"


def _violations(
    evidence: Evidence, verdicts: Sequence[Verdict], seed: int
) -> Iterator[str]:
    named = evidence.named()
    for verdict in verdicts:
        for violation in verdict.violations[:_SHOWN]:
            yield ""
            yield f"VIOLATED (seed {seed}): {verdict.check}"
            yield violation.text[:_LONGEST]
            yield from _story(violation, evidence, named.get(violation.call))


def _story(
    violation: Violation, evidence: Evidence, outcome: Outcome | None
) -> Iterator[str]:
    """Yield what happened to a call."""
    if outcome is None:
        return
    yield f"  call {violation.call}: {outcome.plan}"
    yield f"  ended: {outcome.ended} {outcome.error} after {outcome.seconds:.3f} s"
    for note in evidence.passages.get(violation.call, ()):
        yield f"  request {note.number}: {note}"
    for each in evidence.processed:
        if each.call == violation.call:
            yield f"  processed: {each}"
