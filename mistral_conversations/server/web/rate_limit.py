"""The rate limit: how many tokens and requests a window allows."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from mistral_conversations._checks import check_int, check_seconds, on_field
from mistral_conversations.server.web.failures import refusal

__all__ = ["Quota", "RateLimiter", "check_rate_limit", "limit_headers"]

_count = on_field(check_int, least=1, optional=True)

_TOKENS = 500_000
"""What the headers name as the limit of a server that has none."""


@attrs.frozen(kw_only=True)
class Quota:
    """What a `LocalServer` allows to start, append and restart, streams included.

    Windows follow each other from the start of the server. A request that finds the
    limit of its window used up is answered 429, with a `Retry-After` in seconds. An
    answer counts with its `usage.total_tokens` in the window in which it is complete:
    as on the service, requests that are sent at the same time may exceed the limit.

    Args:
        tokens: the tokens of a window; None for no limit.
        requests: the requests of a window, without refused ones; None for no limit.
        window: the seconds of a window, 60 by default, as on the service. The headers
            always name a minute.

    Raises:
        TypeError, ValueError: a value is invalid, or neither limit is given.
    """

    tokens: int | None = attrs.field(default=None, validator=_count)
    requests: int | None = attrs.field(default=None, validator=_count)
    window: float = attrs.field(default=60.0, validator=on_field(check_seconds))

    def __attrs_post_init__(self) -> None:
        """Reject a limit of nothing."""
        if self.tokens is None and self.requests is None:
            raise ValueError("Quota needs tokens or requests")


def check_rate_limit(_: object, __: object, value: Any) -> None:
    """Check the parameter `rate_limit`.

    Raises:
        TypeError: it is neither a Quota nor None.
    """
    if value is not None and not isinstance(value, Quota):
        raise TypeError(
            f"rate_limit must be a Quota or None, not {type(value).__name__}"
        )


@attrs.define(eq=False)
class RateLimiter:
    """Counts the tokens and requests of the current window."""

    limit: Quota | None = None
    _clock: Callable[[], float] = time.monotonic
    _window: int = 0
    _tokens: int = 0
    _requests: int = 0
    _begun_at: float | None = None

    def admit(self) -> None:
        """Count a request.

        Raises:
            RefusalError: the limit of the window is used up.
        """
        if self.limit is None:
            return
        left = self._roll(self.limit)
        if _reached(self._tokens, self.limit.tokens) or _reached(
            self._requests, self.limit.requests
        ):
            error = refusal(429, "Rate limit exceeded", 1300)
            error.headers = {"Retry-After": _seconds(left, self.limit.window)}
            raise error
        self._requests += 1

    def count(self, tokens: int) -> None:
        """Count the tokens of an answer."""
        if self.limit is not None:
            self._roll(self.limit)
        self._tokens += tokens

    def headers(self, tokens: int) -> Mapping[str, str]:
        """Return the headers of a plain answer that has used some tokens."""
        if self.limit is None:
            return limit_headers("tokens-minute", _TOKENS, tokens)
        self._roll(self.limit)
        named: dict[str, str] = {}
        if self.limit.tokens is not None:
            named |= limit_headers("tokens-minute", self.limit.tokens, self._tokens)
        if self.limit.requests is not None:
            named |= limit_headers("req-minute", self.limit.requests, self._requests)
        return named

    def _roll(self, limit: Quota) -> float:
        """Begin a new window if one has ended; return the seconds left of it."""
        now = self._clock()
        if self._begun_at is None:
            self._begun_at = now
        passed = now - self._begun_at
        window = math.floor(passed / limit.window)
        if window != self._window:
            self._window, self._tokens, self._requests = window, 0, 0
        return (window + 1) * limit.window - passed


def limit_headers(name: str, most: int, used: int) -> dict[str, str]:
    """Return the headers of one limit."""
    return {
        f"x-ratelimit-limit-{name}": str(most),
        f"x-ratelimit-remaining-{name}": str(max(0, most - used)),
    }


def _reached(used: int, most: int | None) -> bool:
    return most is not None and used >= most


def _seconds(left: float, window: float) -> str:
    """Write whole seconds, as HTTP asks for; a window of tests may be shorter."""
    return str(math.ceil(left)) if window >= 10 else f"{left:.3f}"  # noqa: PLR2004
