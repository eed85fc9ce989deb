"""A service with limits and a batch that it answers, on a clock that only jumps."""

import heapq
import math
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count

import attrs

from mistral_conversations.batch.pacing.pace import Pace, Sent

__all__ = ["Rows", "Service", "Simulation"]

_STRANGER = 1.0
"""The seconds between two requests of another program with the same key."""

_REFUSAL = 0.05
"""The seconds that a refusal takes."""


@attrs.frozen
class Rows:
    """What the rows of a batch are like."""

    cost: Callable[[random.Random], float] = lambda draw: draw.uniform(300, 1500)
    """Returns the tokens of an answer."""

    latency: Callable[[random.Random], float] = lambda draw: draw.uniform(0.5, 3)
    """Returns the seconds that it takes."""

    estimate: Callable[[float], float] = lambda cost: cost / 3
    """Returns what the body of a request with that cost seems to have."""


@attrs.define
class Service:
    """A service with a limit of tokens, and perhaps of requests, in fixed windows."""

    tokens: float = math.inf
    requests: float = math.inf
    window: float = 60.0
    begins_at: float = 17.0
    """When a window begins."""

    names_limits: bool = True
    """Whether answers name the limits."""

    retry_after: bool = True
    used: defaultdict[int, float] = attrs.field(factory=lambda: defaultdict(float))
    asked: Counter[int] = attrs.field(factory=Counter)

    def index(self, now: float) -> int:
        return math.floor((now - self.begins_at) / self.window)

    def admits(self, now: float) -> bool:
        index = self.index(now)
        if self.used[index] >= self.tokens or self.asked[index] >= self.requests:
            return False
        self.asked[index] += 1
        return True

    def left(self, now: float) -> float | None:
        """Return the `Retry-After` of a refusal."""
        end = self.begins_at + (self.index(now) + 1) * self.window
        return end - now if self.retry_after else None

    def headers(self, now: float) -> Mapping[str, str]:
        if not self.names_limits:
            return {}
        index = self.index(now)
        limits = {
            "tokens": (self.tokens, self.used[index]),
            "req": (self.requests, self.asked[index]),
        }
        headers = {}
        for name, (limit, used) in limits.items():
            if limit < math.inf:
                headers[f"x-ratelimit-limit-{name}-minute"] = f"{limit:.0f}"
                left = max(0, limit - used)
                headers[f"x-ratelimit-remaining-{name}-minute"] = f"{left:.0f}"
        return headers


@attrs.define
class Simulation:
    """A batch without end, run through a pace that begins at 0."""

    service: Service
    pace: Pace
    rows: Rows
    strangers: Callable[[float], float]
    """Returns the tokens that others with the same key use in a second."""

    now: float = 0.0
    answered: int = 0
    refused: int = 0
    own: defaultdict[int, float] = attrs.field(factory=lambda: defaultdict(float))
    """The tokens of the batch in each window."""

    _draw: random.Random = attrs.field(factory=lambda: random.Random(7))
    _idle: deque[float] = attrs.field(factory=deque)
    """The costs of the rows that wait."""

    _events: list[tuple[float, int, Callable[[], None]]] = attrs.field(factory=list)
    _order: Iterator[int] = attrs.field(factory=count)
    _wake_at: float = 0.0

    def run(self, workers: int, windows: int) -> None:
        """Run for a number of windows, with a number of rows at once."""
        for _ in range(workers):
            self._next_row()
        self._at(0.0, lambda: None)
        self._at(_STRANGER, self._stranger)
        end = self.service.begins_at + windows * self.service.window
        while self._events[0][0] < end:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
            self._send()

    def use(self, first: int, last: int) -> float:
        """Return the mean part of the limit of tokens that was used in windows."""
        used = sum(self.service.used[each] for each in range(first, last))
        return used / (last - first) / self.service.tokens

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), happen))

    def _next_row(self) -> None:
        self._idle.append(self.rows.cost(self._draw))

    def _send(self) -> None:
        """Send what the pace lets pass, and wake when it lets more pass."""
        while self._idle:
            estimate = self.rows.estimate(self._idle[0])
            delay = self.pace.wait(estimate, self.now)
            if delay > 0:
                self._wake(self.now + delay)
                return
            cost = self._idle.popleft()
            sent = self.pace.enter(estimate, self.now)
            if self.service.admits(self.now):
                after = self.rows.latency(self._draw)
                self._at(self.now + after, partial(self._answer, sent, cost))
            else:
                self._at(self.now + _REFUSAL, partial(self._refusal, sent, cost))

    def _wake(self, when: float) -> None:
        if when < math.inf and not self.now < self._wake_at <= when:
            self._wake_at = when
            self._at(when, lambda: None)

    def _answer(self, sent: Sent, cost: float) -> None:
        window = self.service.index(self.now)
        self.service.used[window] += cost
        self.own[window] += cost
        self.answered += 1
        self.pace.answered(self.service.headers(self.now), self.now)
        self.pace.leave(sent, self.now, answered=True)
        self.pace.spent(cost)
        self._next_row()

    def _refusal(self, sent: Sent, cost: float) -> None:
        self.refused += 1
        self.pace.refused(self.service.left(self.now), self.now)
        self.pace.leave(sent, self.now, answered=False)
        self._idle.appendleft(cost)

    def _stranger(self) -> None:
        window = self.service.index(self.now)
        if self.service.used[window] < self.service.tokens:
            self.service.used[window] += self.strangers(self.now) * _STRANGER
        self._at(self.now + _STRANGER, self._stranger)
