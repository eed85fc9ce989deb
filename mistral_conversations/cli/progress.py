"""Progress of an upload: a bar in a terminal, otherwise a line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mistral_conversations.cli.terminal import one_line, report

__all__ = ["sending"]


@contextmanager
def sending(path: Path) -> Iterator[Callable[[int, int | None], object] | None]:
    """Show the upload of a file on stderr; yield the `progress` function for it.

    The bar needs tqdm, which the extra `cli` installs.
    """
    name = one_line(path.name)
    if sys.stderr is None or not sys.stderr.isatty():
        report(f"{name}: uploading")
        yield None
        return
    try:
        from tqdm import tqdm  # noqa: PLC0415 - optional dependency
    except ImportError:
        report(f"{name}: uploading (install the extra `cli` for a progress bar)")
        yield None
        return
    tqdm.monitor_interval = 0  # its thread would outlive the command
    with tqdm(desc=name, unit="B", unit_scale=True) as bar:

        def progress(sent: int, total: int | None) -> None:
            bar.total = total
            bar.update(sent - bar.n)

        yield progress
