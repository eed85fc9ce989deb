"""A notice that an answer was lost, and that the chat waits for the rest of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mistral_conversations import Recovery
from mistral_conversations._transport.log import logger
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.terminal import report
from mistral_conversations.display.answer import AnswerScreen
from mistral_conversations.recovery.loss import Loss

__all__ = ["RECOVERY", "recovery_noticed"]

RECOVERY = Recovery()


@contextmanager
def recovery_noticed(screen: AnswerScreen) -> Iterator[None]:
    """Report on stderr that an answer was lost, as soon as its recovery begins.

    A stream says so only in the log: the step that meets the failure waits.

    Args:
        screen: where the answer is shown.
    """
    handler = _Notice(screen)
    level = logger.level
    if not logger.isEnabledFor(logging.INFO):
        logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class _Notice(logging.Handler):
    """Reports the records of answers that were lost, and no others."""

    def __init__(self, screen: AnswerScreen) -> None:
        super().__init__()
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        match record.args:
            case (Loss(error=error),):
                line_end = "\n" if self._screen.is_amid_line else ""
                report(
                    f"{line_end}[{reason(error)}; waiting up to "
                    f"{RECOVERY.timeout:.0f} s for the answer]"
                )
