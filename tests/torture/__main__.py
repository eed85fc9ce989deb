"""Torture the client: hundreds of calls at once through a proxy that harms them.

The callers share one client. Behind the proxy, a LocalServer in a process of its own
answers. The dice that decide about a call and about its requests follow from the seed;
in which order calls happen, and what a caller knows by then, may differ from run to
run. The exit code is 1 if a check is violated: the output then has the seed, and what
happened to the calls. Slow steps of the event loop are no violation.
"""

import faulthandler
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from .checks import verdicts_of
from .evidence import Evidence
from .report import report
from .run import LOOPS, Options, torture

_PROXIES = ("all_proxy", "http_proxy", "https_proxy")
_EAGER_SINCE = (3, 12)
_LONGEST_AFTER = 300.0
"""The seconds after the last call begins after which the run itself hangs."""


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
    if options.loop == "eager" and sys.version_info < _EAGER_SINCE:
        parser.error("--loop eager needs Python 3.12")
    return options


def _run(options: Namespace, folder: Path) -> int:
    faulthandler.dump_traceback_later(options.seconds + _LONGEST_AFTER, exit=True)
    figures = torture(
        Options(
            seconds=options.seconds,
            seed=options.seed,
            callers=options.callers,
            loop=options.loop,
            folder=folder,
            show=_show,
        )
    )
    evidence = Evidence.read(folder)
    verdicts = verdicts_of(evidence, figures)
    _show(report(evidence, figures, verdicts, options.seed))
    return 1 if any(verdict.violations for verdict in verdicts) else 0


def _show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
