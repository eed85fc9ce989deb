"""A progress bar for a batch, in a terminal or a notebook, by rich."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from mistral_conversations._event_loop import import_aside
from mistral_conversations.batch.settings import Progress
from mistral_conversations.display.notebook import is_notebook
from mistral_conversations.models.batch import BatchProgress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

__all__ = ["bar", "described", "shown"]

_MOST_OFTEN = 0.1


async def bar() -> AbstractContextManager[Progress | None]:
    """Return a context that shows a bar, and whose value moves it.

    Without a terminal on stderr and without a notebook, or without rich, it shows
    nothing, and its value is None.
    """
    if not _in_notebook() and not sys.stderr.isatty():
        return nullcontext()
    try:
        await import_aside("rich.progress")
    except ImportError:
        return nullcontext()
    return _moving(_bars())


def shown(progress: BatchProgress) -> Mapping[str, Any]:
    """Return what a bar shows of a batch, as the parameters of its `update`."""
    return {
        "description": described(progress),
        "completed": progress.done,
        "total": progress.total,
    }


def described(progress: BatchProgress) -> str:
    """Return the tokens of a batch, and how many of its rows have failed."""
    failed = f", {progress.failed:,} failed" if progress.failed else ""
    return f"{progress.usage.total_tokens:,} tokens{failed}"


@contextmanager
def _moving(bars: "Bars") -> Iterator[Progress]:
    with bars:
        task = bars.add_task("", total=None)
        moved_at = 0.0

        def move(progress: BatchProgress) -> None:
            nonlocal moved_at
            bars.update(task, **shown(progress))
            if time.monotonic() - moved_at >= _MOST_OFTEN:
                bars.refresh()
                moved_at = time.monotonic()

        yield move


def _in_notebook() -> bool:
    return "IPython" in sys.modules and is_notebook()


def _bars() -> "Bars":
    from rich.console import Console  # noqa: PLC0415 - optional dependency
    from rich.progress import (  # noqa: PLC0415 - optional dependency
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=not _in_notebook()),
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
