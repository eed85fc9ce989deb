"""The budget of one limit: how much may be spent now, and when more."""

import math

__all__ = ["Budget"]

_SHARE = 0.97
"""The part of a limit that is used: the windows of the service begin unseen."""

_BURST = 0.02
"""The part of a limit that may be spent at once after a pause."""

_MARGIN = 0.01
"""The part of a limit that is left in each window."""

_AMPLE = 0.5
"""The part of a limit that has to remain for requests to be sent without a wait."""

_TICK = 1e-4
"""The shortest wait, in seconds."""

_JUMP = 0.1
"""A rise of the remaining amount by this part of the limit shows a new window."""


class Budget:
    """How much of one limit may be spent.

    While most of the service's window remains, requests need not wait: a batch that
    stays below the limit is not slowed down. The rest is spent evenly: a level rises
    with time, falls with what is sent, and nothing is sent below zero. What the service
    says remains counts, since others may use the same key.

    Args:
        window: the seconds for which the limit counts.
        cap: the caller's own limit; None for that of the service alone.
        now: the time.
    """

    def __init__(self, window: float, cap: float | None, now: float) -> None:
        self._window = window
        self._cap = cap
        self._limit = math.inf if cap is None else float(cap)
        self._remaining: float | None = None
        self._ends_by = 0.0
        """When the window of `_remaining` has certainly ended."""

        self._level = 0.0
        self._at = now
        """The time of `_level`."""

        self._under_way = 0.0
        """The cost of the requests under way."""

    @property
    def is_tight(self) -> bool:
        """Whether a refusal is explained by what remains of the window."""
        if self._remaining is None:
            return False
        return self._remaining - self._under_way < _JUMP * self._limit

    def wait(self, cost: float, latency: float, now: float) -> float:
        """Return the seconds until a request may be sent; 0 for at once.

        Args:
            cost: what it is expected to spend.
            latency: the seconds that an answer takes.
            now: the time.
        """
        if math.isinf(self._limit):
            return 0.0
        self._roll(now)
        self._refill(latency, now)
        left = self._ends_by - now
        if self._remaining is not None and self._is_used_up(cost, latency, left):
            return left
        if self._is_ample(cost, latency, left):
            self._level = 0.0
            return 0.0
        if self._level >= 0:
            return 0.0
        rate = self._rate(latency, now)
        return max(-self._level / rate, _TICK) if rate > 0 else left

    def enter(self, cost: float) -> None:
        """Spend the expected cost of a request that is sent."""
        self._level -= cost
        self._under_way += cost

    def leave(self, cost: float, *, answered: bool) -> None:
        """Note that a request is over; one that failed has spent nothing."""
        self._under_way -= cost
        if not answered:
            self._level += cost

    def correct(self, more: float) -> None:
        """Spend what answers have cost beyond the expected cost."""
        self._level -= more

    def learn(self, limit: int, remaining: int | None, now: float) -> None:
        """Learn what the service says about the limit."""
        if math.isinf(self._limit):
            self._level, self._at = -self._under_way, now
        self._limit = float(limit if self._cap is None else min(limit, self._cap))
        if remaining is None:
            return
        self._roll(now)
        known = self._remaining
        if known is None or remaining > known + _JUMP * limit:
            self._ends_by = now + self._window
        self._remaining = float(min(remaining, limit))

    def pause(self, until: float) -> None:
        """Save up nothing before a time, at which the window of the service ends."""
        self._level = min(self._level, 0.0)
        self._at = max(self._at, until)
        if self.is_tight:
            self._ends_by = until

    def _roll(self, now: float) -> None:
        """Begin a new window if the known one has ended."""
        if self._remaining is not None and now >= self._ends_by:
            ended = math.floor((now - self._ends_by) / self._window) + 1
            self._ends_by += ended * self._window
            self._remaining = self._limit
            if self._limit != self._cap:  # the service forgets what was overspent
                self._level = max(self._level, 0.0)

    def _refill(self, latency: float, now: float) -> None:
        passed = now - self._at
        if passed > 0:
            risen = self._level + passed * self._rate(latency, now)
            self._level = min(risen, max(self._level, _BURST * self._limit))
            self._at = now

    def _rate(self, latency: float, now: float) -> float:
        """Return how much may be spent in a second."""
        even = _SHARE * self._limit / self._window
        left = self._ends_by - now
        # Of what is sent later than a latency before the end, the next window pays.
        if self._remaining is None or left <= latency:
            return even
        return min(even, max(0.0, self._free(latency, left)) / (left - latency))

    def _is_used_up(self, cost: float, latency: float, left: float) -> bool:
        """Return whether the window has no room for a request.

        An untouched window has room for any: a request may cost more than the limit.
        """
        if self._under_way <= 0 and self._remaining == self._limit:
            return False
        return self._free(latency, left) < cost * _landing(latency, left)

    def _is_ample(self, cost: float, latency: float, left: float) -> bool:
        """Return whether most of the service's window remains."""
        if self._remaining is None or self._limit == self._cap:
            return False
        return self._free(latency, left) - cost > _AMPLE * self._limit

    def _free(self, latency: float, left: float) -> float:
        """Return what remains after the requests under way."""
        landing = self._under_way * _landing(latency, left)
        return (self._remaining or 0.0) - landing - _MARGIN * self._limit


def _landing(latency: float, left: float) -> float:
    """Return the part of the requests under way whose answers come in time."""
    return 1.0 if latency <= left else left / latency
