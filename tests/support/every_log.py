"""All that is logged, by every logger at DEBUG, with the locals of every traceback."""

import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["everything_logged"]

TOP = ("aiohttp", "asyncio", "mistral_conversations")
PARTS = {
    *(f"aiohttp.{part}" for part in ("access", "client", "internal", "server", "web")),
    "mistral_conversations.server.http",
}


class WithLocals(logging.Formatter):
    """Format tracebacks as tools do that collect errors."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name of logging
        shown = traceback.TracebackException(*ei, capture_locals=True)
        return "".join(shown.format())


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Yield a text stream with all that is logged inside."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(WithLocals("%(levelname)s %(name)s: %(message)s"))
    known = {name for name in logging.root.manager.loggerDict if name.startswith(TOP)}
    loggers = [logging.root, *map(logging.getLogger, {*TOP, *PARTS, *known})]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    ends = [logging.root, *map(logging.getLogger, TOP)]
    try:
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
            logger.propagate = logger not in ends  # pytest would format all again
        for logger in ends:
            logger.addHandler(handler)
        yield written
    finally:
        for logger in ends:
            logger.removeHandler(handler)
        for logger, level, propagate in before:
            logger.setLevel(level)
            logger.propagate = propagate
