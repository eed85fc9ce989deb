"""The steps of a blocking stream or run; one that is interrupted ends it."""

import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from mistral_conversations.errors import ConfigurationError, MistralConversationsError
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.run_errors import make_blocking

__all__ = ["Steps"]

R = TypeVar("R")


class Steps:
    """The steps of a blocking stream or run.

    Args:
        portal: the portal of the client.
        aclose: closes the stream.
        has_begun: whether a step may have cost an event.
        caller: has the functions that are called in the thread of a step.
        abandon: ends what a closed client has left running; waits for nothing.

    Attributes:
        interrupted: whether a step was interrupted, which closed the stream.
    """

    def __init__(
        self,
        portal: Portal,
        aclose: Callable[[], Coroutine[Any, Any, None]],
        has_begun: Callable[[], bool],
        caller: CallerThread | None = None,
        abandon: Callable[[], object] = lambda: None,
    ) -> None:
        self.interrupted: bool = False
        self._portal = portal
        self._aclose = aclose
        self._has_begun = has_begun
        self._caller = caller
        self._abandon = abandon
        self._pid: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether no step is possible any more: the client was closed."""
        return self._portal.is_over

    def wait(self, function: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Run a coroutine; close the stream if Ctrl-C ends the wait."""
        if self._is_inherited:
            raise ConfigurationError("this stream belongs to another process")
        self._pid = os.getpid()
        try:
            return self._portal.call_for(self._caller, function)
        except Exception:
            raise
        except BaseException as error:
            self.interrupt(error)
            raise

    def interrupt(self, error: BaseException) -> None:
        """Close the stream if an error, such as by Ctrl-C, may have cost an event."""
        if isinstance(error, (StopIteration, MistralConversationsError, Warning)):
            return
        if self._has_begun() or not isinstance(error, Exception):
            self.interrupted = True
            self.close()

    def make_blocking(self, error: Exception) -> None:
        """Replace what an error of a run has to await by what blocks."""
        make_blocking(error, self._portal)

    def close(self) -> None:
        """Close the stream."""
        if self._is_inherited:
            return
        try:
            self._portal.run(self._aclose)
        except ConfigurationError:  # closing the client closed the connection
            self._abandon()

    @property
    def _is_inherited(self) -> bool:
        """Whether this process was forked from the one that reads the stream."""
        return self._pid not in {None, os.getpid()}
