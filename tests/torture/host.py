"""Where the service runs: in a process of its own, or in a thread of this one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from .service import served

__all__ = ["in_process", "in_thread"]

_LONGEST_END = 60.0


@contextmanager
def in_thread(seed: int, folder: Path) -> Iterator[str]:
    """Yield the address of a service in a thread; it has ended afterwards."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(served(seed, folder)) as url,
    ):
        yield url


@contextmanager
def in_process(seed: int, folder: Path) -> Iterator[str]:
    """Yield the address of a service in a process; it has ended afterwards."""
    command = [sys.executable, "-W", "error", "-m", "tests.torture.service"]
    arguments = ["--seed", str(seed), "--folder", str(folder)]
    with subprocess.Popen(
        [*command, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
            process.communicate(timeout=_LONGEST_END)
        finally:
            process.kill()
