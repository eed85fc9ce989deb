"""The table that is printed, and the JSON that is written."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

import attrs

from .claims import Finding, Limit, Round
from .measures import Amounts, Job

__all__ = ["Result", "document", "table"]

_HEAD = ("job", "claim", "median", "min", "max", "goal", "stretch", "")


@attrs.frozen
class Result:
    """A job with what was measured."""

    job: Job
    amounts: Mapping[str, Amounts]
    rounds: Sequence[Round]
    seconds: float

    @property
    def findings(self) -> list[Finding]:
        """What came of its claims."""
        return [claim.find(self.rounds) for claim in self.job.claims]

    def absolute(self, measure: str) -> dict[str, float]:
        """Give the medians of a measure's figures, and what they tell together."""
        found = [each[measure] for each in self.rounds]
        medians = {name: median(each[name] for each in found) for name in found[0]}
        if "cpu" in medians:
            by_second = median(each["count"] / each["cpu"] for each in found)
            medians[f"{self.job.unit} by CPU second"] = by_second
        return medians


def table(results: Sequence[Result]) -> str:
    """Write a row for each claim, and below them what this machine did today."""
    rows = [
        _row(result.job.name, finding)
        for result in results
        for finding in result.findings
    ]
    return "\n".join([*_aligned([_HEAD, *rows]), "", *_absolutes(results)])


def _row(job: str, finding: Finding) -> tuple[str, ...]:
    claim, values = finding.claim, finding.values
    numbers = map(_number, (finding.median, min(values), max(values)))
    limits = (_limit(claim.goal), _limit(claim.stretch))
    return (job, claim.text, *numbers, *limits, finding.verdict)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set columns: words to the left, the numbers in between to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if 2 <= place < len(row) - 1 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _absolutes(results: Sequence[Result]) -> list[str]:
    lines = ["Medians, of this machine today:"]
    for result in results:
        for measure, amounts in result.amounts.items():
            about = ", ".join(f"{key} {value:,}" for key, value in amounts.items())
            lines.append(f"  {result.job.name}: {measure} ({about})")
            figures = result.absolute(measure).items()
            told = [f"{name} {_number(value)}" for name, value in figures]
            lines.append(f"    {'; '.join(told)}")
    return lines


def _number(value: float) -> str:
    """Write three digits that tell something, or all before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def _limit(limit: Limit | None) -> str:
    return "" if limit is None else str(limit)


def document(
    results: Sequence[Result],
    packages: Mapping[str, Mapping[str, str]],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Put together all that was measured, and on what, in plain JSON types."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": packages,
        "options": options,
        "jobs": {result.job.name: _told(result) for result in results},
    }


def _told(result: Result) -> dict[str, Any]:
    return {
        "unit": result.job.unit,
        "seconds": round(result.seconds, 1),
        "amounts": result.amounts,
        "claims": [_claimed(finding) for finding in result.findings],
        "medians": {name: result.absolute(name) for name in result.amounts},
        "rounds": result.rounds,
    }


def _claimed(finding: Finding) -> dict[str, Any]:
    claim = finding.claim
    return {
        "claim": claim.text,
        "median": finding.median,
        "min": min(finding.values),
        "max": max(finding.values),
        "values": finding.values,
        "goal": _limit(claim.goal),
        "stretch": _limit(claim.stretch),
        "verdict": finding.verdict,
    }
