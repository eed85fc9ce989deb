"""The printed table and the JSON document of the results."""

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
    """A job with its measured values."""

    job: Job
    amounts: Mapping[str, Amounts]
    rounds: Sequence[Round]
    seconds: float

    @property
    def findings(self) -> list[Finding]:
        """The findings for the job's claims."""
        return [claim.find(self.rounds) for claim in self.job.claims]

    def absolute(self, measure: str) -> dict[str, float]:
        """Return the medians of a measure's figures, and the count per CPU second."""
        found = [each[measure] for each in self.rounds]
        medians = {name: median(each[name] for each in found) for name in found[0]}
        if "cpu" in medians:
            by_second = median(each["count"] / each["cpu"] for each in found)
            medians[f"{self.job.unit} by CPU second"] = by_second
        return medians


def table(results: Sequence[Result]) -> str:
    """Return a table with a row for each claim, and the absolute medians below."""
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
    """Align the columns: text to the left, numbers to the right."""
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
            medians = [f"{name} {_number(value)}" for name, value in figures]
            lines.append(f"    {'; '.join(medians)}")
    return lines


def _number(value: float) -> str:
    """Format with three significant digits, or as an integer from 100 up."""
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
    """Return all measurements and their environment in plain JSON types."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": packages,
        "options": options,
        "jobs": {result.job.name: _job(result) for result in results},
    }


def _job(result: Result) -> dict[str, Any]:
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
