"""The jobs and their goals."""

from .claims import Claim, Limit, Value, at_least, at_most, cost, figure, highest, rate
from .contenders.sse import READS, SIZES
from .measures import Job, Measure, measure
from .observed_jobs import OBSERVED
from .row_jobs import ROWS, ROWS_MEMORY
from .run_jobs import CALLS, RUN
from .stream_jobs import BULK, FIRST, LIVE, SYNC, WHOLE

__all__ = ["JOBS"]

_CALLS = "/start/{amount}"

_START = Job(
    "start",
    "calls",
    [
        measure("ours.start", _CALLS, 2_000, 400),
        measure("floor.start", _CALLS, 2_000, 400),
        measure("vendor.start", _CALLS, 100, 20),
        measure("openai.start", _CALLS, 300, 60),
    ],
    [
        Claim(
            "CPU time of a call, x bare aiohttp + msgspec",
            cost("ours.start") / cost("floor.start"),
            at_most(1.25),
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
        measure(name, "/history/{amount}", 10_000, 2_000)
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
            at_most(3.3),
        ),
    ],
)


def _feed(kind: str) -> Value:
    """Return the highest cost of a large event, relative to decoding its JSON."""
    return highest(
        *(
            figure("ours.feed", f"feed {kind} {size} {step}")
            / figure("ours.feed", f"decode {kind} {size}")
            for size in SIZES
            for step in READS
        )
    )


_DOWNLOAD = Job(
    "download",
    "MiB",
    [
        measure(name, "/download/{amount}", 128, 32)
        for name in ("ours.download", "floor.download")
    ],
    [
        Claim(
            "CPU time, x bare aiohttp's iter_any() to a file",
            cost("ours.download") / cost("floor.download"),
            at_most(2),
            at_most(1.5),
        ),
    ],
)

_SSE = Job(
    "sse",
    "MiB",
    [measure("ours.feed", "/start/1", 32, 4)],
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
    return measure(f"{contender}.import", _CALLS, 1, 1, "cold")


def _imported(text: str, name: str, than: str, goal: Limit | None = None) -> Claim:
    whose = "the vendor's" if than == "vendor" else than
    return Claim(
        f"{text}, CPU, x {whose}",
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
        measure("ours.long", "/long/{amount}", 1_000_000, 50_000, "new"),
        measure("ours.held", "/held/{amount}", 1_000, 200, "new"),
        measure("floor.held", "/held/{amount}", 1_000, 200, "new"),
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

JOBS = {
    job.name: job
    for job in (
        BULK,
        WHOLE,
        SYNC,
        LIVE,
        _START,
        _HISTORY,
        _DOWNLOAD,
        _SSE,
        _IMPORT,
        _MEMORY,
        FIRST,
        RUN,
        CALLS,
        ROWS,
        ROWS_MEMORY,
        OBSERVED,
    )
}
