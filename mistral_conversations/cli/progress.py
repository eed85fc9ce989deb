"""Progress of an upload or download: a bar in a terminal, otherwise a line."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

from mistral_conversations._transport.progress import Progress
from mistral_conversations.cli.terminal import one_line, report

__all__ = ["receiving", "sending"]

Show: TypeAlias = AbstractContextManager[Progress | None]


def sending(path: Path) -> Show:
    """Show the upload of a file on stderr; yield the `progress` function for it."""
    return _moving(path, "uploading")


def receiving(path: Path) -> Show:
    """Show the download of a file on stderr; yield the `progress` function for it."""
    return _moving(path, "downloading")


@contextmanager
def _moving(path: Path, what: str) -> Iterator[Progress | None]:
    """Show what happens to a file.

    The bar needs tqdm, which the extra `cli` installs.
    """
    name = one_line(path.name)
    if sys.stderr is None or not sys.stderr.isatty():
        report(f"{name}: {what}")
        yield None
        return
    try:
        from tqdm import tqdm  # noqa: PLC0415 - optional dependency
    except ImportError:
        report(f"{name}: {what} (install the extra `cli` for a progress bar)")
        yield None
        return
    tqdm.monitor_interval = 0  # its thread would outlive the command
    with tqdm(desc=name, unit="B", unit_scale=True) as bar:

        def progress(count: int, total: int | None) -> None:
            bar.total = total
            bar.update(count - bar.n)

        yield progress
