"""Progress on stderr: bars in a terminal, otherwise lines.

Bars need rich, which the extra `cli` installs.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from mistral_conversations import BatchJob, BatchProgress, ProcessingStatusOut
from mistral_conversations._transport.progress import Progress
from mistral_conversations.batch.bar import described, shown
from mistral_conversations.cli.colours import console, takes_escapes
from mistral_conversations.cli.terminal import one_line, report

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import ProgressColumn

__all__ = ["asking", "following", "processing", "receiving", "sending"]

T = TypeVar("T")

# The cells of a line that a description leaves to the other columns.
_ROOM_OF_BAR = 46
_ROOM_OF_SPINNER = 12
_LEAST = 10
_REPORTED_EVERY = 10.0

Show: TypeAlias = AbstractContextManager[Progress | None]


def sending(path: Path) -> Show:
    """Show the upload of a file; yield the `progress` function for it."""
    return _moving(path, "uploading")


def receiving(path: Path) -> Show:
    """Show the download of a file; yield the `progress` function for it."""
    return _moving(path, "downloading")


@contextmanager
def processing(name: str) -> Iterator[Callable[[ProcessingStatusOut], object] | None]:
    """Show that the service processes a document; yield the `progress` function."""
    name = one_line(name)
    screen = console(sys.stderr)
    if screen is None:
        report(f"{name}: processing")
        yield None
        return
    with _spinner(screen) as bars:
        task = bars.add_task(f"processing {name}", total=None)
        yield lambda status: bars.update(
            task, description=f"processing ({one_line(_word(status))}) {name}"
        )


def following() -> AbstractContextManager[Callable[[BatchJob], object]]:
    """Show how far a batch job is; yield the `progress` function for it."""
    return _counting(
        _changes_reported(),
        lambda job: {
            "description": f"{one_line(job.status)}{_failures(job)}",
            "completed": job.completed_requests,
            "total": job.total_requests or None,
        },
    )


def asking() -> AbstractContextManager[Callable[[BatchProgress], object]]:
    """Show how far a batch is; yield the `progress` function for it."""
    return _counting(_rows_reported(), shown)


@contextmanager
def _counting(
    reported: Callable[[T], object], fields: Callable[[T], Mapping[str, Any]]
) -> Iterator[Callable[[T], object]]:
    """Show a bar of counts; yield what takes them.

    Args:
        reported: takes them instead, without a terminal or rich.
        fields: returns what the bar shows of them.
    """
    screen = console(sys.stderr)
    if screen is None:
        yield reported
        return
    with _count(screen) as bars:
        task = bars.add_task("", total=None)
        yield lambda counts: bars.update(task, **fields(counts))


@contextmanager
def _moving(path: Path, what: str) -> Iterator[Progress | None]:
    name = one_line(path.name)
    screen = console(sys.stderr)
    if screen is None:
        is_able = takes_escapes(sys.stderr)
        hint = " (install the extra `cli` for a progress bar)" if is_able else ""
        report(f"{name}: {what}{hint}")
        yield None
        return
    with _transfer(screen) as bars:
        task = bars.add_task(name, total=None)
        yield lambda count, total: bars.update(task, completed=count, total=total)


def _transfer(screen: "Console") -> "Bars":
    from rich.progress import (  # noqa: PLC0415 - optional dependency
        BarColumn,
        DownloadColumn,
        TransferSpeedColumn,
    )

    return _bars(screen, BarColumn(20), DownloadColumn(), TransferSpeedColumn())


def _count(screen: "Console") -> "Bars":
    from rich.progress import (  # noqa: PLC0415 - optional dependency
        BarColumn,
        MofNCompleteColumn,
        TimeElapsedColumn,
    )

    return _bars(screen, BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn())


def _spinner(screen: "Console") -> "Bars":
    from rich.progress import (  # noqa: PLC0415 - optional dependency
        SpinnerColumn,
        TimeElapsedColumn,
    )

    columns = SpinnerColumn(), TimeElapsedColumn()
    return _bars(screen, *columns, room=_ROOM_OF_SPINNER, transient=True)


def _bars(
    screen: "Console",
    *columns: "ProgressColumn",
    room: int = _ROOM_OF_BAR,
    transient: bool = False,
) -> "Bars":
    """Return a display of a description, cut to the terminal, and of columns."""
    from rich.progress import (  # noqa: PLC0415 - optional dependency
        Progress,
        TextColumn,
    )
    from rich.table import Column  # noqa: PLC0415 - optional dependency

    widest = max(screen.width - room, _LEAST)
    described = Column(no_wrap=True, overflow="ellipsis", max_width=widest)
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=described),
        *columns,
        console=screen,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=transient,
    )


def _changes_reported() -> Callable[[BatchJob], None]:
    """Return a `progress` that reports each change of a job."""
    last = ""

    def progress(job: BatchJob) -> None:
        nonlocal last
        done = f"{job.completed_requests} of {job.total_requests} requests done"
        line = f"{one_line(job.status)}: {done}{_failures(job)}"
        if line != last:
            report(line)
        last = line

    return progress


def _rows_reported() -> Callable[[BatchProgress], None]:
    """Return a `progress` that reports a batch now and then."""
    due = time.monotonic() + _REPORTED_EVERY

    def progress(batch: BatchProgress) -> None:
        nonlocal due
        if time.monotonic() >= due:
            total = "" if batch.total is None else f" of {batch.total:,}"
            report(f"{batch.done:,}{total} rows done, {described(batch)}")
            due = time.monotonic() + _REPORTED_EVERY

    return progress


def _failures(job: BatchJob) -> str:
    return f", {job.failed_requests} failed" if job.failed_requests else ""


def _word(status: ProcessingStatusOut) -> str:
    return status.processing_status or status.process_status or "waiting"
