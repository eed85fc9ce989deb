"""`Pacer`: the gate of a batch, which holds its requests by the pace."""

import asyncio
import copy
import math
from collections import deque
from collections.abc import Mapping

import attrs

from mistral_conversations.batch.pacing.pace import Pace, Sent
from mistral_conversations.errors import SDKError

__all__ = ["Pacer"]

_REFUSED = 429
_OVERLOADED = (503, 529)


@attrs.define(eq=False)
class _Waiting:
    """A request that waits."""

    estimate: int
    future: "asyncio.Future[_Passage]"


class Pacer:
    """Holds the requests of a batch until the service has room for them.

    It learns from the answers and refusals of all requests, whichever row they belong
    to, and lets requests pass in the order in which they came. One event loop uses it.

    Args:
        max_concurrency: the most requests under way at once.
        requests_per_minute: the most requests in a window; None for what the service
            allows.
        tokens_per_minute: the most tokens in a window; None for what the service
            allows.
        window: the seconds of a window, a minute on the service.
    """

    def __init__(
        self,
        max_concurrency: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        *,
        window: float = 60.0,
    ) -> None:
        self._limits = (max_concurrency, requests_per_minute, tokens_per_minute, window)
        self._known_pace: Pace | None = None
        self._waiting: deque[_Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._error: SDKError | None = None
        """The last refusal."""

    async def enter(self, tokens: int) -> "_Passage":
        """Wait until the next request may be sent.

        Args:
            tokens: a rough estimate of the tokens of its body.

        Raises:
            RateLimitError: the service has refused requests for so long that its quota
                must be exhausted.
        """
        if not self._waiting and not self._exhausted and not self._wait(tokens):
            return self._pass(tokens)
        waiting = _Waiting(tokens, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._advance()
        try:
            return await waiting.future
        except asyncio.CancelledError:
            self._withdraw(waiting)
            raise

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn the limits that an answer names.

        Args:
            status: its status.
            headers: its headers, with names in lower case.
        """
        if status < 300:  # noqa: PLR2004
            self._pace.answered(headers, self._now)
            self._advance()

    def refused(self, error: SDKError) -> float | None:
        """Slow all requests down after a refusal.

        Returns:
            The seconds for which the next request is held at least, for a 429; None if
            the quota is exhausted, and for other errors.
        """
        if error.status in _OVERLOADED and error.retry_after is not None:
            self._pace.asked(error.retry_after, self._now)
        if error.status != _REFUSED:
            return None
        self._error = error
        self._pace.refused(error.retry_after, self._now)
        if self._exhausted:
            self._advance()
            return None
        return max(0.0, self._pace.paused_until - self._now)

    def spent(self, tokens: float) -> None:
        """Learn the tokens that a row has used."""
        self._pace.spent(tokens)
        self._advance()

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def _pace(self) -> Pace:
        if self._known_pace is None:
            self._known_pace = Pace(*self._limits, self._now)
        return self._known_pace

    @property
    def _exhausted(self) -> bool:
        return self._now < self._pace.exhausted_until

    def _wait(self, tokens: int) -> float:
        return self._pace.wait(tokens, self._now)

    def _pass(self, tokens: int) -> "_Passage":
        return _Passage(self, self._pace.enter(tokens, self._now))

    def leave(self, sent: Sent, *, answered: bool) -> None:
        """Note that a request is over."""
        self._pace.leave(sent, self._now, answered=answered)
        self._advance()

    def _withdraw(self, waiting: _Waiting) -> None:
        """Forget a request that was cancelled, perhaps when it could have passed."""
        if waiting.future.cancelled():
            self._advance()
        elif waiting.future.exception() is None:
            waiting.future.result().left(answered=False)

    def _advance(self) -> None:
        """Let requests pass, and set the timer for the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            first = self._waiting[0]
            delay = 0.0 if first.future.done() else self._delay(first.estimate)
            if delay > 0:
                break
            self._waiting.popleft()
            self._settle(first)
        else:
            return
        if math.isfinite(delay):
            self._timer = asyncio.get_running_loop().call_later(delay, self._advance)

    def _delay(self, estimate: int) -> float:
        return 0.0 if self._exhausted else self._wait(estimate)

    def _settle(self, waiting: _Waiting) -> None:
        if waiting.future.done():
            return
        if self._exhausted and self._error is not None:
            waiting.future.set_exception(copy.copy(self._error))
        else:
            waiting.future.set_result(self._pass(waiting.estimate))


class _Passage:
    """One request that a pacer has let pass."""

    __slots__ = ("_pacer", "_sent")

    def __init__(self, pacer: Pacer, sent: Sent) -> None:
        self._pacer = pacer
        self._sent = sent

    def left(self, *, answered: bool) -> None:
        """Note that the request is over."""
        self._pacer.leave(self._sent, answered=answered)
