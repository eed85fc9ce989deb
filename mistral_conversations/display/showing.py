"""Show a stream or a run while it is written, until its end."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from types import TracebackType
from typing import Any, Final, Protocol

from mistral_conversations._event_loop import within
from mistral_conversations.display.cell import Shown
from mistral_conversations.display.heartbeat import Heartbeat
from mistral_conversations.display.view import View
from mistral_conversations.models.runs import RunEvents

__all__ = ["AsyncSource", "Source", "show", "show_async"]

_END: Final[Any] = object()


class AsyncSource(Protocol):
    """A stream or a run; a step of its iteration that is cancelled loses no event."""

    @property
    def snapshot(self) -> Shown:
        """The answer so far."""

    def __aiter__(self) -> Any:
        """Begin the iteration."""

    async def __anext__(self) -> RunEvents:
        """Return the next event."""
        ...

    async def __aenter__(self) -> Any:
        """Send the request."""

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close it."""


class Source(Iterator[RunEvents], Protocol):
    """A blocking stream or run."""

    @property
    def snapshot(self) -> Shown:
        """The answer so far."""

    def __enter__(self) -> Any:
        """Send the request."""

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close it."""


async def show_async(source: AsyncSource) -> None:
    """Show a stream or a run to its end, and close it."""
    aiter(source)
    view = View()
    beating = nullcontext() if view.cell is None else Heartbeat()
    async with source:
        with beating, view.until_end(lambda: source.snapshot):
            await _follow(source, view)


async def _follow(source: AsyncSource, view: View) -> None:
    """Read to the end; render in a thread, because a long answer takes long."""
    event = None
    while event is not _END:
        if (cell := view.due) is not None:
            cell.publish(await asyncio.to_thread(cell.render, source.snapshot))
        event = await within(view.patience, partial(anext, source, _END))
        if event is not None and event is not _END:
            view.add(event)
    view.end_text(source.snapshot, is_whole=True)
    if (cell := view.cell) is not None:
        html = await asyncio.to_thread(cell.render, source.snapshot)
        cell.publish(html, is_last=True)


def show(
    source: Source,
    comes_within: Callable[[float], bool],
    interrupted: Callable[[BaseException], None],
) -> None:
    """Show a blocking stream or run to its end, and close it.

    Args:
        source: the stream or the run.
        comes_within: waits, some seconds at most, until a step of the iteration does
            not wait; returns whether it does not.
        interrupted: called with an error that may have cost an event.
    """
    iter(source)
    view = View()
    with source, view.until_end(lambda: source.snapshot):
        try:
            _follow_blocking(source, view, comes_within)
        except BaseException as error:
            interrupted(error)
            raise


def _follow_blocking(
    source: Source, view: View, comes_within: Callable[[float], bool]
) -> None:
    while True:
        if (cell := view.due) is not None:
            cell.publish(cell.render(source.snapshot))
        seconds = view.patience
        if seconds is None or comes_within(seconds):
            event = next(source, None)
            if event is None:
                return
            view.add(event)
