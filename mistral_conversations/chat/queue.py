"""One turn of a chat at a time: a queue that works over event loops and threads."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar

from mistral_conversations.errors import ConfigurationError

__all__ = ["Place", "TurnQueue", "held"]

_inside: ContextVar[frozenset["Place"]] = ContextVar("inside", default=frozenset())
"""The turns in whose functions the running task is."""


class TurnQueue:
    """The places of the turns of one chat; the turns come one after another.

    No lock guards it, because the garbage collector may release a place at any moment:
    each step is one that the interpreter does not divide.
    """

    def __init__(self) -> None:
        self.holder: Place | None = None
        """The place whose turn it is."""

        self._free: list[None] = [None]
        self._waiting: deque[Place] = deque()

    @property
    def is_taken(self) -> bool:
        """Whether a turn is in progress."""
        return not self._free

    def try_take(self, place: "Place") -> bool:
        """Give the turn to a place, if it is free and nobody waits for it."""
        holder = self.holder
        if holder is not None and holder.is_lost:
            holder.lose()
        if self._waiting or not self._take():
            return False
        self.holder = place
        return True

    def wait(self, place: "Place") -> None:
        """Add a place at the end."""
        self._waiting.append(place)
        self._serve()

    def leave(self, place: "Place") -> None:
        """Remove a place that no longer waits."""
        with suppress(ValueError):
            self._waiting.remove(place)

    def free(self) -> None:
        """End the turn of the holder; the next place that waits has its turn."""
        self.holder = None
        self._free.append(None)
        self._serve()

    def _take(self) -> bool:
        try:
            self._free.pop()
        except IndexError:
            return False
        return True

    def _serve(self) -> None:
        while self._waiting and self._take():
            try:
                place = self._waiting.popleft()
            except IndexError:  # it has left meanwhile
                self._free.append(None)
                continue
            self.holder = place
            if place.call():
                return
            self.holder = None
            self._free.append(None)


class Place:
    """The place of one turn in the queue.

    Args:
        queue: the queue.
        waits: whether `take` waits for earlier turns, or raises.
        reader: returns who reads the turn: a task or a thread.
        end: returns what reports the turn if its event loop ends, and releases the
            place; None if nothing is to be reported.
    """

    def __init__(
        self,
        queue: TurnQueue,
        reader: Callable[[], object],
        *,
        waits: bool,
        end: Callable[[], Callable[[], object] | None],
    ) -> None:
        self._queue = queue
        self._end = end
        self._reader = reader
        self._waits = waits
        self._held: list[None] = []
        self._last_reader: object = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._call: asyncio.Future[None] | None = None

    @property
    def is_held(self) -> bool:
        """Whether it is the turn of this place."""
        return bool(self._held)

    @property
    def is_lost(self) -> bool:
        """Whether its event loop has ended without releasing it."""
        return self._loop is not None and self._loop.is_closed()

    def lose(self) -> None:
        """End the turn of an event loop that has ended."""
        if not self._held:  # the loop ended before the place learned of its turn
            self._held.append(None)
        end = self._end()
        if end is not None:
            end()
        self.release()

    def note_reader(self) -> None:
        """Remember who reads the turn."""
        self._last_reader = self._reader()

    def enter(self) -> None:
        """Mark the running task, and what it starts, as functions of this turn."""
        _inside.set(_inside.get() | {self})

    async def take(self) -> bool:
        """Wait for the turn; return False if `release` was called meanwhile.

        Raises:
            ConfigurationError: another turn is in progress, which the caller does not
                want to wait for, or which would wait for the caller.
        """
        self._loop = asyncio.get_running_loop()
        if not self._queue.try_take(self):
            self._refuse_wait()
            return await self._wait()
        self._held.append(None)
        return True

    def call(self) -> bool:
        """Report that it is the turn of this place; False if its loop has ended."""
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._receive)
        except RuntimeError:
            return False
        return self._loop is not None

    def release(self) -> None:
        """End the turn, or the wait for it; any number of times, from any thread."""
        with suppress(IndexError):
            self._held.pop()
            self._queue.free()
            return
        call, loop = self._call, self._loop
        if call is not None and loop is not None and not call.done():
            with suppress(RuntimeError):  # the loop has ended, and the wait with it
                loop.call_soon_threadsafe(_resolve, call)

    async def _wait(self) -> bool:
        self._call = asyncio.get_running_loop().create_future()
        self._queue.wait(self)
        try:
            await self._call
        except BaseException:
            self.release()
            raise
        finally:
            self._queue.leave(self)
        return self.is_held

    def _receive(self) -> None:
        if self._call is None or self._call.done():
            self._queue.free()
            return
        self._held.append(None)
        self._call.set_result(None)

    def _refuse_wait(self) -> None:
        holder = self._queue.holder
        if holder is None:
            return
        if holder in _inside.get():
            raise ConfigurationError(
                "a function of this chat's turn cannot begin another turn of the chat, "
                "which would wait for the function: begin it after this turn, or on a "
                "fork()"
            )
        if holder._last_reader == self._reader():  # noqa: SLF001 - of this class
            raise ConfigurationError(
                "the stream of this chat's last turn is still open: read it to its "
                "end, or leave it with `async with` or `with`, before the next turn"
            )
        if not self._waits:
            raise ConfigurationError(
                "another turn of this chat is in progress: leave out wait=False to "
                "wait for its end"
            )


def _resolve(call: "asyncio.Future[None]") -> None:
    if not call.done():
        call.set_result(None)


@asynccontextmanager
async def held(queue: TurnQueue, reader: Callable[[], object]) -> AsyncIterator[None]:
    """Take a turn in which nothing is sent to the model.

    Args:
        queue: the queue.
        reader: returns who takes it: a task or a thread.
    """
    place = Place(queue, reader, waits=True, end=lambda: None)
    await place.take()
    try:
        yield
    finally:
        place.release()
