"""`Observers`: all observers of a client, and what they see."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from mistral_conversations._observing.calls import CallWatch, Watchable
from mistral_conversations._observing.runs import RunWatch
from mistral_conversations._observing.seam import ObservedRun, Observer
from mistral_conversations._observing.streams import StreamWatch
from mistral_conversations._wire.call import Call

__all__ = ["Observers"]

T = TypeVar("T")
W = TypeVar("W", bound=Watchable)


class Observers:
    """All observers of a client.

    Args:
        observers: the observers.
        base_url: the address of the service.
        bodies: whether the information has bodies.
    """

    def __init__(
        self, observers: Sequence[Observer], base_url: str, *, bodies: bool
    ) -> None:
        self._observers = tuple(observers)
        self._base_url = base_url
        self._bodies = bodies

    async def around(
        self, call: Call, options: W, send: Callable[[W], Awaitable[T]]
    ) -> T:
        """Make a call in view of the observers, and return its decoded answer.

        Args:
            call: the call.
            options: its options.
            send: makes the call with the given options.
        """
        watch = self._watch(call)
        with watch.entered():
            try:
                answer = await send(options.watched_by(watch))
            except BaseException as error:
                await watch.end(None, error)
                raise
            await watch.end(answer, None)
        return answer

    def stream(self, call: Call) -> StreamWatch:
        """Return what watches a stream, which may never be opened."""
        return StreamWatch(partial(self._watch, call))

    def run(
        self,
        settings: Mapping[str, Any],
        inputs: Any,
        conversation_id: str | None,
        *,
        streams: bool,
    ) -> RunWatch:
        """Return what watches a run, which may never begin."""
        observed = ObservedRun(
            settings=settings,
            inputs=inputs,
            conversation_id=conversation_id,
            streams=streams,
            base_url=self._base_url,
        )
        return RunWatch(self._observers, observed)

    def _watch(self, call: Call) -> CallWatch:
        return CallWatch(self._observers, call, self._base_url, bodies=self._bodies)
