"""What goes wrong with one request on its way, and with its answer."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal, TypeAlias

import attrs

from .dice import Dice

__all__ = ["CALM", "Cut", "Place", "Refusal", "Trouble", "drawn"]

Place: TypeAlias = Literal["before", "request", "between", "answer", "end", "after"]
"""Before the request passes; while it does; before its answer; while that passes;
before the last bytes of it; after it."""

Cut: TypeAlias = Literal["close", "reset", "stall"]

_NOT_PROCESSED = {429: 3.0, 503: 2.0}
_AFTER_PROCESSING = {500: 1.0, 502: 3.0, 503: 2.0, 504: 2.0, 408: 1.0, 529: 1.0, 200: 1}
"""The answers of a gateway that lost the server's. 200 is a page in HTML."""

_BODIES: Mapping[str, bytes] = {
    "nothing": b"",
    "page": b"<html><body><h1>Busy</h1></body></html>",
    "limit": b'{"object":"error","message":"Requests rate limit exceeded",'
    b'"type":"rate_limited","param":null,"code":"1300"}',
    "gateway": b'{"message":"try again","request_id":"0199a"}',
}
_TYPES = {"page": "text/html"}


@attrs.frozen
class Refusal:
    """An answer of the proxy itself."""

    status: int
    at: Place
    """At `between`, the server has answered already."""

    retry_after: str | None
    body: str
    closes: bool

    def data(self) -> bytes:
        """Return the answer as it is sent."""
        body = _BODIES[self.body]
        lines = [
            f"HTTP/1.1 {self.status} Proxy",
            f"Content-Type: {_TYPES.get(self.body, 'application/json')}",
            f"Content-Length: {len(body)}",
        ]
        if self.retry_after is not None:
            lines.append(f"Retry-After: {self.retry_after}")
        if self.closes:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode() + body


@attrs.frozen(kw_only=True)
class Trouble:
    """What goes wrong with one request."""

    delays: Mapping[Place, float] = attrs.field(factory=dict)
    """Seconds, by the place that they delay."""

    drips: Place | None = None
    """What passes byte by byte, at first: the request or the answer."""

    cut: Cut | None = None
    at: Place = "between"
    fraction: float = 0.0
    """Where in the request or the answer it is cut."""

    refusal: Refusal | None = None
    hints: bool = False
    """Whether a 103 comes before the answer."""

    tail: bytes = b""
    """What follows the answer on the same connection."""

    server_finishes: bool = False
    """Whether the server's connection stays when the client's is gone."""

    @property
    def is_calm(self) -> bool:
        """Whether the request and its answer pass as they are, at once or later."""
        return self.cut is None and self.refusal is None

    def __str__(self) -> str:
        changed = attrs.asdict(self, filter=lambda at, value: value != at.default)
        if not self.delays:
            changed.pop("delays")
        return ", ".join(f"{name}={value}" for name, value in changed.items()) or "calm"


CALM = Trouble()

_KINDS = {
    "calm": 40,
    "slow": 12,
    "drip": 6,
    "cut": 26,
    "stall": 3,
    "refusal": 10,
    "lost": 5,
    "tail": 4,
}
_PLACES: Mapping[Place, float] = {
    "before": 2,
    "request": 2,
    "between": 3,
    "answer": 6,
    "end": 2,
    "after": 2,
}
_GOODBYE = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
_TAILS = {
    _GOODBYE: 2,
    b"\r\n": 1,
    b"0\r\n\r\n": 1,
    b"\x00" * 40: 1,
}


def drawn(dice: Dice, now: datetime | None = None) -> Trouble:
    """Draw what goes wrong with a request.

    Args:
        dice: decides.
        now: the time that a date in `Retry-After` counts from.
    """
    kind = dice.pick(_KINDS)
    cut = _cut(kind, dice)
    return Trouble(
        delays=_delays(kind, dice),
        drips=dice.pick({"request": 1, "answer": 3}) if kind == "drip" else None,
        cut=cut,
        at=dice.pick(_PLACES),
        fraction=dice.fraction(),
        refusal=_refusal(kind, dice, now or datetime.now(UTC)),
        hints=dice.chance(0.05),
        tail=dice.pick(_TAILS) if kind == "tail" else b"",
        server_finishes=dice.chance(0.5),
    )


def _cut(kind: str, dice: Dice) -> Cut | None:
    cut: Cut = dice.pick({"close": 1, "reset": 1})
    if kind == "stall":
        return "stall"
    return cut if kind == "cut" or (kind == "drip" and dice.chance(0.3)) else None


def _delays(kind: str, dice: Dice) -> Mapping[Place, float]:
    places = {place: dice.about(0.001, 0.5) for place in _PLACES if dice.chance(0.3)}
    if dice.chance(0.1):
        places["between"] = dice.about(0.5, 3)
    return places if kind == "slow" or dice.chance(0.1) else {}


def _refusal(kind: str, dice: Dice, now: datetime) -> Refusal | None:
    """Draw an answer of the proxy, true to what the statuses mean.

    A 429, and a 503 with `Retry-After`, say that nothing was processed, so they never
    come once the request has reached the server.
    """
    at: Place = dice.pick({"before": 3, "request": 1})
    closes = dice.chance(0.5) or at == "request"
    if kind == "refusal":
        asked = _retry_after(dice, now)
        body = dice.pick(dict.fromkeys(_BODIES, 1.0))
        return Refusal(dice.pick(_NOT_PROCESSED), at, asked, body, closes)
    if kind == "lost":
        status = dice.pick(_AFTER_PROCESSING)
        body = "page" if status == 200 else dice.pick(dict.fromkeys(_BODIES, 1.0))
        return Refusal(status, "between", None, body, closes)
    return None


def _retry_after(dice: Dice, now: datetime) -> str | None:
    soon = format_datetime(now + timedelta(seconds=1), usegmt=True)
    long_ago = "Tue, 01 Jul 2025 00:00:00 GMT"
    weights = {None: 4, "0": 3, "1": 2, "0.05": 1, soon: 1, long_ago: 1, "3600": 1}
    return dice.pick(weights)
