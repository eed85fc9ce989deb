"""`Relay`: the events of a stream or a run, as bytes for a browser, without async."""

import weakref
from typing import Self

from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.relay.reader import RelayReader
from mistral_conversations.sync.steps import Steps

__all__ = ["Relay"]


class Relay:
    """Blocking twin of `AsyncRelay`.

    A WSGI framework calls `close()` when the browser disconnects. Ctrl-C during a step
    closes the stream.

    Example:
        with conversations.start_stream("Hi", model="mistral-medium-latest") as stream:
            for chunk in stream.sse():
                print(chunk.decode(), end="")
    """

    def __init__(self, reader: RelayReader, steps: Steps) -> None:
        self._reader = reader
        self._steps = steps
        self._error: Exception | None = None
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
        return self._error

    def __repr__(self) -> str:
        """Show what is relayed."""
        return self._reader.described(type(self))

    def __iter__(self) -> Self:
        """Iterate over the bytes, once."""
        return self

    def __next__(self) -> bytes:
        """Return the next bytes."""
        with short_traceback:
            chunk = self._next_chunk()
            if not chunk:
                raise StopIteration
        return chunk

    def close(self) -> None:
        """Close the stream; call it from any thread, any number of times.

        Blocking twin of `AsyncRelay.aclose`.
        """
        self._reader.mark_ended()
        self._steps.close()

    def _next_chunk(self) -> bytes:
        try:
            chunk = self._steps.wait(self._reader.next_chunk)
        except ConfigurationError as error:
            if not self._steps.is_over:
                raise
            chunk = self._reader.failed(error)  # the client was closed
        ended_by = self._reader.error
        if ended_by is not None and ended_by is not self._error:
            self._error = ended_by
            self._steps.make_blocking(ended_by)
        return chunk


publish(globals(), "Relay")
