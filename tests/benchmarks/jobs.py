"""The jobs, with the goals that they were set."""

from .claims import Claim, Limit, Value, at_least, at_most, cost, figure, highest, rate
from .contenders.sse import READS, SIZES
from .measures import Amounts, Job, Measure, Process

__all__ = ["JOBS"]

_CALLS = "/start/{amount}"


def _measure(
    name: str,
    path: str,
    full: int | Amounts,
    quick: int | Amounts,
    process: Process = "kept",
) -> Measure:
    contender, _, task = name.partition(".")
    return Measure(contender, task, path, _amounts(full), _amounts(quick), process)


def _amounts(given: int | Amounts) -> Amounts:
    return {"amount": given} if isinstance(given, int) else given


def _ours(path: str, task: str = "events") -> Measure:
    return _measure(f"ours.{task}", path, 50_000, 10_000)


def _others(path: str) -> list[Measure]:
    """Let the others read a stream: what is slow, a shorter one."""
    return [
        _measure("floor.events", path, 50_000, 10_000),
        _measure("vendor.events", path, 2_000, 400),
        _measure("openai.events", path, 5_000, 1_000),
    ]


def _speed(name: str = "events") -> list[Claim]:
    """Claim how fast we are beside the others."""
    ours = rate("ours.events")
    return [
        Claim(
            f"{name} by CPU second, x the floor",
            ours / rate("floor.events"),
            at_least(0.25),
            at_least(0.4),
        ),
        Claim(
            f"{name} by CPU second, x the vendor's",
            ours / rate("vendor.events"),
            at_least(100),
        ),
        Claim(f"{name} by CPU second, x openai", ours / rate("openai.events")),
    ]


_BULK = Job(
    "bulk",
    "events",
    [
        _ours("/bulk/{amount}"),
        _ours("/bulk/{amount}", "text"),
        _ours("/bulk/{amount}", "response"),
        *_others("/bulk/{amount}"),
    ],
    [
        *_speed(),
        *(
            Claim(
                f"stream.{way}(), x plain iteration",
                rate(f"ours.{way}") / rate("ours.events"),
                at_least(0.8),
            )
            for way in ("text", "response")
        ),
    ],
)

_WHOLE = Job(
    "whole",
    "events",
    [_ours("/whole/{amount}"), *_others("/whole/{amount}")],
    _speed("events of one piece"),
)

_SYNC = Job(
    "sync",
    "events",
    [_ours("/bulk/{amount}", "blocking"), _ours("/bulk/{amount}")],
    [
        Claim(
            "events by CPU second, x async",
            rate("ours.blocking") / rate("ours.events"),
            at_least(0.5),
            at_least(0.8),
        )
    ],
)


def _crowd(contender: str, full: int, quick: int) -> Measure:
    return _measure(
        f"{contender}.live",
        "/live/{amount}/{events}/{pace}",
        {"amount": full, "events": 100, "pace": 100},
        {"amount": quick, "events": 20, "pace": 20},
    )


def _lag(name: str) -> Value:
    return figure("ours.live", name) - figure("floor.live", name)


_LIVE = Job(
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
            stretch=at_least(0.7),
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

_START = Job(
    "start",
    "calls",
    [
        _measure("ours.start", _CALLS, 2_000, 400),
        _measure("floor.start", _CALLS, 2_000, 400),
        _measure("vendor.start", _CALLS, 100, 20),
        _measure("openai.start", _CALLS, 300, 60),
    ],
    [
        Claim(
            "CPU time of a call, x bare aiohttp + msgspec",
            cost("ours.start") / cost("floor.start"),
            at_most(1.3),
            at_most(1.15),
        ),
        Claim(
            "calls by CPU second, x the vendor's",
            rate("ours.start") / rate("vendor.start"),
        ),
        Claim(
            "calls by CPU second, x openai", rate("ours.start") / rate("openai.start")
        ),
    ],
)

_HISTORY = Job(
    "history",
    "entries",
    [
        _measure(f"{name}", "/history/{amount}", 10_000, 2_000)
        for name in ("ours.history", "floor.decode", "vendor.history")
    ],
    [
        Claim(
            "entries by CPU second, x the vendor's",
            rate("ours.history") / rate("vendor.history"),
            at_least(8),
        ),
        Claim(
            "CPU time, x msgspec's decoding into tagged structs",
            cost("ours.history") / cost("floor.decode"),
            at_most(10),
            at_most(6),
        ),
    ],
)


def _feed(kind: str) -> Value:
    """Give the worst of what a large event costs, beside its JSON."""
    return highest(
        *(
            figure("ours.feed", f"feed {kind} {size} {step}")
            / figure("ours.feed", f"decode {kind} {size}")
            for size in SIZES
            for step in READS
        )
    )


_SSE = Job(
    "sse",
    "MiB",
    [_measure("ours.feed", "/start/1", 32, 4)],
    [
        Claim(
            "text with escapes: feed, x msgspec.json.decode",
            _feed("escapes"),
            at_most(3),
        ),
        Claim("plain ASCII: feed, x msgspec.json.decode", _feed("plain"), at_most(8)),
        Claim(
            "a MiB of a 16 MiB event, x one of a 1 MiB event",
            highest(
                *(
                    figure("ours.feed", f"feed {kind} 16 {step}")
                    / figure("ours.feed", f"feed {kind} 1 {step}")
                    for kind in ("plain", "escapes")
                    for step in READS
                )
            ),
            at_most(2),
        ),
    ],
)


def _import(contender: str) -> Measure:
    return _measure(f"{contender}.import", _CALLS, 1, 1, "cold")


def _imported(text: str, name: str, than: str, goal: Limit | None = None) -> Claim:
    told = "the vendor's" if than == "vendor" else than
    return Claim(
        f"{text}, CPU, x {told}",
        figure("ours.import", name) / figure(f"{than}.import", name),
        goal,
    )


_IMPORT = Job(
    "import",
    "imports",
    [_import("ours"), _import("vendor"), _import("openai")],
    [
        Claim(
            "import + client beyond aiohttp's import, CPU ms",
            figure("ours.import", "own ms"),
            at_most(120),
            at_most(80),
        ),
        _imported("import + what has start()", "client ms", "vendor", at_most(0.3)),
        _imported("import + what has create()", "client ms", "openai"),
        _imported("import + Mistral(), which has nothing yet", "shell ms", "vendor"),
        _imported("import + client + a first call", "answered ms", "vendor"),
        _imported("import + client + a first call", "answered ms", "openai"),
    ],
)

_MEMORY = Job(
    "memory",
    "events or streams",
    [
        _measure("ours.long", "/long/{amount}", 1_000_000, 50_000, "new"),
        _measure("ours.held", "/held/{amount}", 1_000, 200, "new"),
        _measure("floor.held", "/held/{amount}", 1_000, 200, "new"),
    ],
    [
        Claim(
            "a long stream: growth beyond twice its text, MB",
            figure("ours.long", "growth MB") - figure("ours.long", "text MB") * 2,
            at_most(5),
        ),
        Claim(
            "an open stream beyond bare aiohttp's, KiB",
            figure("ours.held", "KiB") - figure("floor.held", "KiB"),
            at_most(40),
        ),
    ],
)

_FIRST = Job(
    "first",
    "streams",
    [
        _measure("ours.first", "/first/{amount}", 300, 50),
        _measure("floor.first", "/first/{amount}", 300, 50),
        _measure("openai.first", "/first/{amount}", 300, 50),
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

JOBS = {
    job.name: job
    for job in (
        _BULK,
        _WHOLE,
        _SYNC,
        _LIVE,
        _START,
        _HISTORY,
        _SSE,
        _IMPORT,
        _MEMORY,
        _FIRST,
    )
}
