"""One run: the service, the callers, and what they leave behind."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import attrs

import mistral_conversations
from mistral_conversations._wire.direct import direct_way
from tests.support.clients import connector_of
from tests.support.drawn_models import model_classes

from .host import in_process, in_thread
from .log import Log
from .records import Rows
from .resources import Holdings, descriptors
from .session import Session
from .watch import Sample, Watch

__all__ = ["LOOPS", "Figures", "Options", "torture"]

LOOPS = ("asyncio", "uvloop", "eager")

_WARM = 100_000
"""The number of the first caller of the warm-up."""
_WARM_SECONDS = 3.0
_SLOW = 5.0
_OTHERS = tuple(
    f"mistral_conversations.{name}"
    for name in ("__main__", "batch.dask", "cli", "pytest_plugin", "server")
)


@attrs.frozen(kw_only=True)
class Options:
    """What to run."""

    seconds: float
    seed: int
    callers: int = 200
    loop: str = "asyncio"
    folder: Path
    """Where the records are written."""

    calls: int | None = None
    """The calls that each caller makes at most; None for as many as it can."""

    in_thread: bool = False
    """Whether the service runs in a thread instead of a process."""

    show: Callable[[str], object] = print
    """Where lines go while it runs."""


@attrs.define(kw_only=True)
class Figures:
    """What was measured around the callers."""

    before: Holdings
    after: Holdings
    begun: int
    in_use: int
    """The connections in use once all callers had ended."""

    waiting: int
    """The requests that still waited for a connection then."""

    lag: float
    """The longest time that the loop was late, in seconds."""

    samples: list[Sample]
    log: list[str] = attrs.field(factory=list)

    def leave_server_out(self, before: int) -> None:
        """Compare descriptors around the service too, and no objects.

        Args:
            before: the descriptors before the service began, which has ended.
        """
        self.before = attrs.evolve(self.before, descriptors=before, objects={})
        self.after = attrs.evolve(self.after, descriptors=descriptors(), objects={})


def torture(options: Options) -> Figures:
    """Run the service and the callers; return the figures once both have ended."""
    folder = options.folder
    (folder / "files").mkdir()
    log, before = Log(), descriptors()
    factory = _loop_factory(options.loop)
    service = in_thread if options.in_thread else in_process
    with (
        log.listening(),
        service(options.seed, folder) as url,
        asyncio.Runner(loop_factory=factory) as runner,
    ):
        figures = runner.run(_tortured(options, url))
    figures.log = log.texts
    if options.in_thread:
        figures.leave_server_out(before)
    return figures


def _loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if name != "uvloop":
        return None
    import uvloop  # noqa: PLC0415 - not everywhere

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _import_all() -> None:
    """Import what calls would, so that it does not count as memory they keep."""
    for module in walk_packages(
        mistral_conversations.__path__, "mistral_conversations."
    ):
        if not module.name.startswith(_OTHERS):
            import_module(module.name)


def _make_mirrors() -> None:
    """Make what reads the answers of each kind directly, which a process keeps."""
    for cls in model_classes():
        kind: Any = cls
        direct_way(kind)


async def _tortured(options: Options, url: str) -> Figures:
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = _SLOW
    if options.loop == "eager":  # from Python 3.12 on
        loop.set_task_factory(vars(asyncio)["eager_task_factory"])
    rows = Rows(options.folder / "outcomes.jsonl")
    _import_all()
    _make_mirrors()
    files = options.folder / "files"
    session = Session(options.seed, url, files, rows, calls=options.calls)
    try:
        warm = range(_WARM, _WARM + options.callers)
        async with session.client(options.callers) as client:
            is_counted = options.calls is not None
            seconds = options.seconds if is_counted else _WARM_SECONDS
            await session.run(client, warm, seconds)
        before = await Holdings.settled()
        return await _measured(options, session, before)
    finally:
        rows.close()


async def _measured(options: Options, session: Session, before: Holdings) -> Figures:
    """Let the callers make calls, and measure around them."""
    async with session.client(options.callers) as client:
        watch = Watch(client, lambda: session.begun, options.show)
        watching = asyncio.create_task(watch.run())
        try:
            await session.run(client, range(options.callers), options.seconds)
        finally:
            watching.cancel()
            await asyncio.wait({watching})
        await Holdings.settled()
        connector = connector_of(client)
        in_use = len(connector._acquired)
        waiting = sum(map(len, connector._waiters.values()))
    samples, lag = watch.samples, watch.lag
    del client, watch, watching, connector
    return Figures(
        before=before,
        after=await Holdings.settled(),
        begun=session.begun,
        in_use=in_use,
        waiting=waiting,
        lag=lag,
        samples=samples,
    )
