"""The jobs that read streams, and their goals."""

from .claims import Claim, Value, at_least, at_most, figure, rate
from .measures import Job, Measure, measure

__all__ = ["BULK", "FIRST", "LIVE", "SYNC", "WHOLE"]


def _ours(path: str, task: str = "events") -> Measure:
    return measure(f"ours.{task}", path, 50_000, 10_000)


def _others(path: str) -> list[Measure]:
    """Return the other contenders' measures; slow ones read fewer events."""
    return [
        measure("floor.events", path, 50_000, 10_000),
        measure("vendor.events", path, 2_000, 400),
        measure("openai.events", path, 5_000, 1_000),
    ]


def _speed(name: str, of_the_floor: float) -> list[Claim]:
    """Return claims on our speed, relative to the others; the floor's has a goal."""
    ours = rate("ours.events")
    return [
        Claim(
            f"{name} by CPU second, x the floor",
            ours / rate("floor.events"),
            at_least(of_the_floor),
        ),
        Claim(
            f"{name} by CPU second, x the vendor's",
            ours / rate("vendor.events"),
            at_least(100),
        ),
        Claim(f"{name} by CPU second, x openai", ours / rate("openai.events")),
    ]


BULK = Job(
    "bulk",
    "events",
    [
        _ours("/bulk/{amount}"),
        _ours("/bulk/{amount}", "text"),
        _ours("/bulk/{amount}", "response"),
        *_others("/bulk/{amount}"),
    ],
    [
        *_speed("events", 0.72),
        *(
            Claim(
                f"stream.{way}(), x plain iteration",
                rate(f"ours.{way}") / rate("ours.events"),
                at_least(0.9),
            )
            for way in ("text", "response")
        ),
    ],
)

WHOLE = Job(
    "whole",
    "events",
    [_ours("/whole/{amount}"), *_others("/whole/{amount}")],
    _speed("events of one piece", 0.45),
)

SYNC = Job(
    "sync",
    "events",
    [_ours("/bulk/{amount}", "blocking"), _ours("/bulk/{amount}")],
    [
        Claim(
            "events by CPU second, x async",
            rate("ours.blocking") / rate("ours.events"),
            at_least(0.75),
        )
    ],
)


def _crowd(contender: str, full: int, quick: int) -> Measure:
    return measure(
        f"{contender}.live",
        "/live/{amount}/{events}/{pace}",
        {"amount": full, "events": 100, "pace": 100},
        {"amount": quick, "events": 20, "pace": 20},
    )


def _lag(name: str) -> Value:
    return figure("ours.live", name) - figure("floor.live", name)


LIVE = Job(
    "live",
    "events",
    [
        _crowd("ours", 1_000, 200),
        _crowd("floor", 1_000, 200),
        _crowd("vendor", 40, 10),
        _crowd("openai", 200, 50),
    ],
    [
        Claim(
            "events by CPU second, x bare aiohttp",
            rate("ours.live") / rate("floor.live"),
            at_least(0.75),
        ),
        Claim(
            "events by CPU second, x the vendor's",
            rate("ours.live") / rate("vendor.live"),
            at_least(40),
        ),
        Claim(
            "events by CPU second, x openai", rate("ours.live") / rate("openai.live")
        ),
        Claim(
            "events by CPU second of bare aiohttp, x the vendor's",
            rate("floor.live") / rate("vendor.live"),
        ),
        Claim(
            "mean lag of the loop beyond bare aiohttp's, ms",
            _lag("mean lag ms"),
            at_most(0.5),
        ),
        Claim("p99 lag of the loop beyond bare aiohttp's, ms", _lag("p99 lag ms")),
    ],
)


FIRST = Job(
    "first",
    "streams",
    [
        measure("ours.first", "/first/{amount}", 300, 50),
        measure("floor.first", "/first/{amount}", 300, 50),
        measure("openai.first", "/first/{amount}", 300, 50),
    ],
    [
        Claim(
            "time to the first event beyond bare aiohttp's, ms",
            figure("ours.first", "ms") - figure("floor.first", "ms"),
            at_most(1),
        ),
        Claim(
            "time to the first event beyond openai's, ms",
            figure("ours.first", "ms") - figure("openai.first", "ms"),
        ),
    ],
)
