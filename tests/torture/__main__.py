"""Torture the client: hundreds of calls at once through a proxy that harms them.

The callers share one client. Behind the proxy, a LocalServer in a process of its own
answers. The dice that decide about a call and about its requests follow from the seed;
in which order calls happen, and what a caller knows by then, may differ from run to
run. The exit code is 1 if a check is violated: the output then has the seed, and what
happened to the calls. Slow steps of the event loop are no violation.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from .checks import CHECKS, Verdict, ends_in_time, judged
from .evidence import Evidence
from .leftovers import leftovers
from .report import report
from .run import LOOPS, Figures, Options, torture

_PROXIES = ("all_proxy", "http_proxy", "https_proxy")
_FILES_A_CALLER = 4
_NEWEST = (3, 12)


def main() -> int:
    """Run, print the report, and return the exit code."""
    options = _options()
    if not sys.flags.dev_mode:
        return _in_dev_mode()
    for name in _PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    if options.folder is not None:
        options.folder.mkdir(parents=True)
        return _run(options, options.folder)
    with TemporaryDirectory() as folder:
        return _run(options, Path(folder))


def _in_dev_mode() -> int:
    """Do the same in Python's development mode, with warnings as errors."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", __package__]
    return subprocess.call([*command, *sys.argv[1:]])


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--callers", type=int, default=200)
    parser.add_argument("--loop", choices=LOOPS, default="asyncio")
    parser.add_argument("--folder", type=Path, help="keep the records in a new folder")
    options = parser.parse_args()
    if options.loop == "eager" and sys.version_info < _NEWEST:
        parser.error("--loop eager needs Python 3.12")
    return options


def _run(options: Namespace, folder: Path) -> int:
    figures = torture(
        Options(
            seconds=options.seconds,
            seed=options.seed,
            callers=options.callers,
            loop=options.loop,
            folder=folder,
            show=partial(print, flush=True),
        )
    )
    evidence = Evidence.read(folder)
    verdicts = verdicts_of(evidence, figures)
    print(report(evidence, figures, verdicts, options.seed))
    return 1 if any(verdict.violations for verdict in verdicts) else 0


def verdicts_of(evidence: Evidence, figures: Figures) -> Sequence[Verdict]:
    """Return the verdicts of all checks."""
    in_time = ends_in_time(evidence, figures.lag)
    return [
        *(judged(name, check(evidence)) for name, check in CHECKS.items()),
        judged("calls end within their limits", in_time),
        *leftovers(figures, evidence),
    ]


if __name__ == "__main__":
    sys.exit(main())
