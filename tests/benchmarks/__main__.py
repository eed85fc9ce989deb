"""Compare this library with the vendor's SDK, OpenAI's SDK, and the floor.

Server and client run in processes of their own. Every figure is the median, over the
rounds, of a ratio or difference of values measured in turns in the same run. The table
marks missed goals. The exit code is 1 when a measurement failed.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from signal import SIGTERM, signal
from subprocess import SubprocessError
from time import monotonic

from . import environment
from .concurrent_streams import allow_files
from .jobs import JOBS
from .measures import COMPARATORS, Job
from .report import Result, document, table
from .roster import Roster
from .rounds import play

_OURS = ("aiohttp", "anyio", "attrs", "cattrs", "mistral-conversations", "msgspec")
_THEIRS = ("aiohttp", "mistralai", "openai", "pydantic")
_FILES = 1_200


def main() -> int:
    """Run the requested jobs; print the table and write the JSON."""
    options = _options()
    allow_files(_FILES)
    signal(SIGTERM, lambda *_: sys.exit("terminated"))  # so that the children end, too
    begin = monotonic()
    try:
        results = _run(options)
        report = document(results, _packages(options), vars(options))
    except (OSError, RuntimeError, SubprocessError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _write(options.json, {**report, "seconds": monotonic() - begin})
    sys.stdout.write(f"{table(results)}\n\n{_closing(options, monotonic() - begin)}\n")
    return 0


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(JOBS))
    parser.add_argument("--quick", action="store_true", help="take smaller amounts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="times the amounts")
    parser.add_argument(
        "--json", default=str(environment.FOLDER / "latest.json"), metavar="FILE"
    )
    parser.add_argument(
        "--no-comparators", action="store_true", help="leave the other SDKs out"
    )
    parser.add_argument(
        "--uvloop",
        dest="loop",
        action="store_const",
        const="uvloop",
        default="asyncio",
        help="run on uvloop, except the import; leave the other SDKs out",
    )
    options = parser.parse_args()
    options.no_comparators |= options.loop == "uvloop"
    if unknown := set(options.jobs) - set(JOBS):
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    return options


def _run(options: Namespace) -> list[Result]:
    with ExitStack() as stack:
        find = cache(environment.comparators)
        roster = Roster(stack, find, options.quick, options.scale, options.loop)
        return [_result(job, options.rounds, roster) for job in _jobs(options)]


def _jobs(options: Namespace) -> Sequence[Job]:
    jobs = [JOBS[name] for name in dict.fromkeys(options.jobs or JOBS)]
    left_out = COMPARATORS if options.no_comparators else frozenset[str]()
    return [job.without(left_out) for job in jobs]


def _result(job: Job, rounds: int, roster: Roster) -> Result:
    amounts = {each.name: roster.amounts(each) for each in job.measures}
    begin = monotonic()
    played = play(job, rounds, roster)
    return Result(job, amounts, played, monotonic() - begin)


def _packages(options: Namespace) -> Mapping[str, Mapping[str, str]]:
    ours = environment.versions(sys.executable, _OURS)
    if options.no_comparators:
        return {"ours": ours}
    theirs = environment.versions(environment.comparators(), _THEIRS)
    return {"ours": ours, "comparators": theirs}


def _write(name: str, report: Mapping[str, object]) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _closing(options: Namespace, seconds: float) -> str:
    return (
        f"{options.rounds} rounds on {options.loop} in {seconds:.0f} s; "
        f"all of it: {options.json}"
    )


if __name__ == "__main__":
    sys.exit(main())
