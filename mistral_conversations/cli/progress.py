"""How far an upload is: a bar where it can be drawn, else a line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mistral_conversations.cli.terminal import one_line, tell

__all__ = ["sending"]


@contextmanager
def sending(path: Path) -> Iterator[Callable[[int, int | None], object] | None]:
    """Show the upload of a file on stderr, give what takes the bytes sent so far.

    The bar is tqdm's, which the extra `cli` brings.
    """
    name = one_line(path.name)
    if sys.stderr is None or not sys.stderr.isatty():
        tell(f"{name}: uploading")
        yield None
        return
    try:
        from tqdm import tqdm  # noqa: PLC0415 - an extra
    except ImportError:
        tell(f"{name}: uploading (a progress bar needs tqdm: the extra `cli`)")
        yield None
        return
    tqdm.monitor_interval = 0  # its thread would outlive the command
    with tqdm(desc=name, unit="B", unit_scale=True) as bar:

        def progress(sent: int, total: int | None) -> None:
            bar.total = total
            bar.update(sent - bar.n)

        yield progress
