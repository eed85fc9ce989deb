"""`AsyncRelay`: the events of a stream or a run, as bytes for a browser."""

import weakref
from typing import Self

from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.relay.reader import RelayReader

__all__ = ["AsyncRelay"]


class AsyncRelay:
    """The bytes of a response to a browser: iterate over them, and send each at once.

    `sse()` and `ui_messages()` of a stream or a run return one. Each step returns the
    events that have arrived, or a keep-alive comment. Any web framework takes a relay
    as the body of a response; send its `headers` too.

    The stream closes with its relay: at the end, when it fails, when a step is
    cancelled, or by `aclose()`. A relay that is dropped is closed by the event loop a
    little later. So a browser that disconnects closes the connection to the service,
    which finishes and stores the answer even so.

    An iteration raises nothing that a stream raises: the browser has received the
    status of its response. It gets a text instead, and the logger
    `mistral_conversations` and `error` get the exception.

    One reader: one task reads at a time, and a second one gets a `ConfigurationError`.

    Example:
        stream = await conversations.start_stream(
            "Hi", model="mistral-medium-latest"
        ).open()
        relay = stream.sse()
        async for chunk in relay:
            print(chunk.decode(), end="")
    """

    def __init__(self, reader: RelayReader) -> None:
        self._reader = reader
        weakref.finalize(self, reader.abandon).atexit = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response: its content type, no caching, no buffering."""
        return self._reader.headers

    @property
    def error(self) -> Exception | None:
        """What ended the stream early; `RunPaused` if a run waits for decisions.

        None while the stream runs, and after a complete answer.
        """
        return self._reader.error

    def __repr__(self) -> str:
        """Show what is relayed."""
        return self._reader.described(type(self))

    def __aiter__(self) -> Self:
        """Iterate over the bytes, once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes."""
        with short_traceback:
            chunk = await self._reader.next_chunk()
            if not chunk:
                raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Close the stream; call it from any task, any number of times.

        A task that waits for bytes stops iterating.
        """
        await self._reader.aclose()


publish(globals(), "AsyncRelay")
