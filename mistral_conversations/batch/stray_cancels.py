"""`CancelledError` that nobody asked for: asyncio would end a task with it silently."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["no_stray_cancels"]


@contextmanager
def no_stray_cancels(subject: str) -> Iterator[None]:
    """Raise an error in place of a `CancelledError`, unless the task is cancelled.

    Raises:
        RuntimeError: the subject, such as a function of the caller, has raised one.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError(f"{subject} raised CancelledError") from error
