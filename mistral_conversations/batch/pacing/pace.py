"""The pace of a batch: its decisions, without a clock and without waiting."""

import math
from collections.abc import Mapping

import attrs

from mistral_conversations.batch.pacing.budget import Budget
from mistral_conversations.batch.pacing.costs import Costs
from mistral_conversations.batch.pacing.pauses import Pauses
from mistral_conversations.batch.pacing.readings import Kind, readings
from mistral_conversations.batch.pacing.width import Width

__all__ = ["Pace", "Sent"]

_NEW = 0.1
"""The weight of a new latency in the mean."""


@attrs.frozen
class Sent:
    """A request that was sent."""

    at: float
    estimate: float
    """The tokens of its body, as estimated."""

    cost: float
    """The tokens that it is expected to cost."""


@attrs.define
class _Open:
    """The answered requests whose real cost is not known yet, summed up."""

    count: int = 0
    estimate: float = 0.0
    cost: float = 0.0

    def add(self, sent: Sent) -> None:
        """Add a request."""
        self.count += 1
        self.estimate += sent.estimate
        self.cost += sent.cost


class Pace:
    """Decides when requests may be sent. All times are seconds of one clock.

    Args:
        most: the most requests under way at once.
        requests: the caller's own limit of requests in a window; None for none.
        tokens: the caller's own limit of tokens in a window; None for none.
        window: the seconds of a window.
        now: the time.
    """

    def __init__(
        self,
        most: int,
        requests: float | None,
        tokens: float | None,
        window: float,
        now: float,
    ) -> None:
        self._width = Width(most)
        self._pauses = Pauses(window)
        self._budgets: Mapping[Kind, Budget] = {
            "tokens": Budget(window, tokens, now),
            "requests": Budget(window, requests, now),
        }
        self._costs = Costs()
        self._latency = 0.0
        self._under_way = 0
        self._open = _Open()

    @property
    def paused_until(self) -> float:
        """When the last pause ends."""
        return self._pauses.until

    @property
    def exhausted_until(self) -> float:
        """Until when the service's quota counts as exhausted."""
        return self._pauses.exhausted_until

    def wait(self, estimate: float, now: float) -> float:
        """Return the seconds until the next request may be sent; 0 for at once.

        Args:
            estimate: the tokens of its body, as estimated.
            now: the time.

        Returns:
            Infinity if another request must end first.
        """
        width = 1 if self._pauses.is_probing else self._width.size
        if self._under_way >= width:
            return math.inf
        if now < self._pauses.until:
            return self._pauses.until - now
        tokens = self._costs.expected(estimate)
        return max(
            self._budgets["tokens"].wait(tokens, self._latency, now),
            self._budgets["requests"].wait(1.0, self._latency, now),
        )

    def enter(self, estimate: float, now: float) -> Sent:
        """Note that a request is sent."""
        sent = Sent(now, estimate, self._costs.expected(estimate))
        self._pauses.entered()
        self._under_way += 1
        self._budgets["tokens"].enter(sent.cost)
        self._budgets["requests"].enter(1.0)
        return sent

    def leave(self, sent: Sent, now: float, *, answered: bool) -> None:
        """Note that a request is over."""
        if answered:
            self._width.answered(self._under_way)
            self._pauses.answered()
            took = now - sent.at
            self._latency += (took - self._latency) * (_NEW if self._latency else 1)
        if answered and sent.cost:
            self._open.add(sent)
        self._under_way -= 1
        self._budgets["tokens"].leave(sent.cost, answered=answered)
        self._budgets["requests"].leave(1.0, answered=answered)

    def spent(self, tokens: float) -> None:
        """Learn what answers have cost: those since the last time."""
        known, self._open = self._open, _Open()
        self._costs.learn(known.count, known.estimate, tokens)
        self._budgets["tokens"].correct(tokens - known.cost)

    def answered(self, headers: Mapping[str, str], now: float) -> None:
        """Learn the limits that an answer names."""
        for reading in readings(headers):
            self._budgets[reading.kind].learn(reading.limit, reading.remaining, now)

    def refused(self, retry_after: float | None, now: float) -> None:
        """Slow down after a 429."""
        is_tight = any(each.is_tight for each in self._budgets.values())
        if self._pauses.refused(retry_after, now) and not is_tight:
            self._width.refused()
        for budget in self._budgets.values():
            budget.pause(self._pauses.until)

    def asked(self, seconds: float, now: float) -> None:
        """Pause for what an overloaded service asks for."""
        self._pauses.asked(seconds, now)
