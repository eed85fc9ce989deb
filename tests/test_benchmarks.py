"""Tests of the benchmarks' own parts, and a tiny run of them."""

import importlib
import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.benchmarks import environment
from tests.benchmarks.capacity import Step, carried
from tests.benchmarks.claims import (
    Claim,
    Round,
    at_least,
    at_most,
    cost,
    figure,
    highest,
    rate,
)
from tests.benchmarks.gate import Gate, counted
from tests.benchmarks.jobs import JOBS
from tests.benchmarks.measures import COMPARATORS, Job, Measure
from tests.benchmarks.report import Result, document, table
from tests.benchmarks.roster import Roster
from tests.benchmarks.rounds import turned
from tests.support.for_each import for_each

ROUND: Round = {
    "ours.events": {"cpu": 2.0, "count": 600.0, "ms": 7.0},
    "vendor.events": {"cpu": 4.0, "count": 12.0, "ms": 9.0},
}
FASTER = Claim(
    "x the vendor's",
    rate("ours.events") / rate("vendor.events"),
    at_least(80),
    at_least(150),
)
LATE = Claim("ms", figure("ours.events", "ms"), at_most(8))


def _measure(name: str, path: str = "/bulk/{amount}", amount: int = 600) -> Measure:
    contender, _, task = name.partition(".")
    return Measure(contender, task, path, {"amount": amount}, {"amount": 12})


def _job() -> Job:
    measures = [_measure("ours.events"), _measure("vendor.events")]
    return Job("bulk", "events", measures, [FASTER, LATE])


def _result(*cpu: float) -> Result:
    """Return a result with a round for each CPU time of the vendor's."""
    rounds = [
        {**ROUND, "vendor.events": {**ROUND["vendor.events"], "cpu": each}}
        for each in cpu
    ]
    amounts = {"ours.events": {"amount": 600}, "vendor.events": {"amount": 12}}
    return Result(_job(), amounts, rounds, 1.25)


def test_values_are_put_together() -> None:
    assert rate("ours.events").of(ROUND) == 300
    assert cost("vendor.events").of(ROUND) == pytest.approx(1 / 3)
    ours, theirs = (figure(f"{name}.events", "ms") for name in ("ours", "vendor"))
    assert (ours - theirs).of(ROUND) == -2
    assert (ours - theirs * 2).of(ROUND) == -11
    assert highest(ours, theirs).of(ROUND) == 9
    assert highest(ours, theirs / ours).needs == {"ours.events", "vendor.events"}


@for_each(
    ("value", "verdict"), [(79, "missed"), (80, "met"), (149, "met"), (150, "stretch")]
)
def test_verdict_is_by_the_limits(value: float, verdict: str) -> None:
    assert FASTER.verdict(value) == verdict


def test_verdict_without_a_goal_is_empty() -> None:
    assert Claim("for information", LATE.value).verdict(7) == ""
    assert Claim("x", LATE.value, stretch=at_most(6)).verdict(7) == ""
    assert LATE.verdict(8) == "met"
    assert LATE.verdict(8.01) == "missed"


def test_finding_is_judged_by_its_median() -> None:
    finding = FASTER.find(_result(1, 6, 2).rounds)
    assert list(finding.values) == [25, 150, 50]
    assert (finding.median, finding.verdict) == (50, "missed")


def test_rounds_begin_with_another_measure_each() -> None:
    measures = [_measure(f"ours.{name}") for name in "abc"]
    orders = [[each.task for each in turned(measures, n)] for n in range(4)]
    assert ["".join(order) for order in orders] == ["abc", "bca", "cab", "abc"]


def test_job_without_contenders_claims_what_is_left() -> None:
    job = _job().without(COMPARATORS)
    assert [each.name for each in job.measures] == ["ours.events"]
    assert job.claims == [LATE]


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_jobs_claim_what_they_measure(job: Job) -> None:
    names = {each.name for each in job.measures}
    assert len(names) == len(job.measures)
    assert all(claim.value.needs <= names for claim in job.claims)
    assert all(set(each.full) == set(each.quick) for each in job.measures)


@for_each(
    ("contender", "needed"),
    [("ours", "aiohttp"), ("floor", "aiohttp"), ("vendor", "mistralai.client")],
)
def test_contenders_have_the_tasks_they_are_asked_for(
    contender: str, needed: str
) -> None:
    pytest.importorskip(needed)
    module = importlib.import_module(f"tests.benchmarks.contenders.{contender}")
    asked = {
        each.task
        for job in JOBS.values()
        for each in job.measures
        if each.contender == contender and each.process != "cold"
    }
    assert asked == set(module.TASKS)


def test_table_has_a_row_for_each_claim() -> None:
    head, *rows = table([_result(1, 6, 4)]).splitlines()
    assert " ".join(head.split()) == "job claim median min max goal stretch"
    assert [" ".join(row.split()) for row in rows[:2]] == [
        "bulk x the vendor's 100 25.0 150 >= 80 >= 150 met",
        "bulk ms 7.000 7.000 7.000 <= 8 met",
    ]
    assert rows[0].index("100") + 3 == head.index("median") + 6
    assert rows[2:4] == ["", "Medians, of this machine today:"]
    assert rows[4] == "  bulk: ours.events (amount 600)"
    assert rows[5].endswith("ms 7.000; events by CPU second 300")


def test_document_is_json_with_all_rounds() -> None:
    report = document([_result(1, 6, 4)], {"ours": {"attrs": "1"}}, {"quick": True})
    read = json.loads(json.dumps(report))
    assert read["packages"] == {"ours": {"attrs": "1"}}
    assert read["options"] == {"quick": True}
    bulk = read["jobs"]["bulk"]
    assert [each["vendor.events"]["cpu"] for each in bulk["rounds"]] == [1, 6, 4]
    assert bulk["amounts"]["vendor.events"] == {"amount": 12}
    assert bulk["claims"][0] == {
        "claim": "x the vendor's",
        "median": 100,
        "min": 25,
        "max": 150,
        "values": [25, 150, 100],
        "goal": ">= 80",
        "stretch": ">= 150",
        "verdict": "met",
    }


def test_children_do_not_inherit_what_changes_a_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTHONDEVMODE", "https_proxy", "OPENAI_BASE_URL", "MISTRAL_API_KEY"):
        monkeypatch.setenv(name, "1")
        assert name not in environment.clean()
    monkeypatch.setenv("KEPT", "1")
    assert environment.clean()["KEPT"] == "1"


def test_stream_that_is_not_complete_fails_the_run() -> None:
    short = _measure("ours.events", "/bulk/3", amount=5)
    with ExitStack() as stack:
        roster = Roster(stack, lambda: Path("none"))
        with pytest.raises(RuntimeError, match="5 came of 7"):
            roster.ask(short)
        [child] = roster._running.values()
        assert child._process.poll() is None
    assert child._process.poll() is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choice", "loop"), [("--no-comparators", "asyncio"), ("--uvloop", "uvloop")]
)
def test_tiny_run_prints_and_writes(tmp_path: Path, choice: str, loop: str) -> None:
    file = tmp_path / "new" / "found.json"
    command = [sys.executable, "-m", "tests.benchmarks", "bulk", "start"]
    options = [choice, "--scale", "0.01", "--json", str(file)]
    done = subprocess.run(
        [*command, *options],
        cwd=environment.ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    assert f" rounds on {loop} in " in done.stdout
    rows = [line for line in done.stdout.splitlines() if "=" in line]
    assert [row.split()[0] for row in rows] == ["bulk", "bulk", "bulk", "start"]
    report = json.loads(file.read_text(encoding="utf-8"))
    assert list(report["jobs"]) == ["bulk", "start"]
    for job in report["jobs"].values():
        assert len(job["rounds"]) == 5
        assert all(claim["verdict"] for claim in job["claims"])
    assert report["jobs"]["bulk"]["amounts"]["ours.events"] == {"amount": 500}
    assert set(report["packages"]) == {"ours"}


@for_each(
    ("client", "late", "is_carried"),
    [(0.94, 20, True), (0.95, 1, False), (0.5, 20.1, False)],
)
def test_streams_are_carried_by_a_core_with_time_left(
    client: float, late: float, is_carried: bool
) -> None:
    step = Step(100, client, 0.5, late)
    assert step.is_carried == is_carried
    assert "100 streams,   5,000 events/s: client" in str(step)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="cores are chosen on Linux only")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_few_streams_are_carried(loop: str) -> None:
    [step] = carried("ours", loop, [2], 1)
    assert (step.streams, step.client > 0, step.server > 0) == (2, True, True)


def test_unknown_job_is_refused() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "nothing"]
    done = subprocess.run(
        command, cwd=environment.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no such job: nothing" in done.stderr


def test_gate_holds_up_to_its_limit() -> None:
    within, beyond = Gate("an event", 4.5, 4.5), Gate("an event", 4.501, 4.5)
    assert (within.holds, beyond.holds) == (True, False)
    assert str(within) == "passed  an event: 4.500, at most 4.5"
    assert str(beyond) == "FAILED  an event: 4.501, at most 4.5"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not here")
def test_counts_of_instructions_hardly_differ_from_run_to_run() -> None:
    once, again = (counted(["-S", "-c", "print()"]) for _ in range(2))
    more = counted(["-S", "-c", "print(len([None] * 10_000_000))"])
    assert abs(again - once) < 0.01 * once
    assert more > once + 10_000_000
