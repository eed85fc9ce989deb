"""How a command ends: its exit code, and one line of what went wrong."""

import os
import sys
from collections.abc import Callable

from mistral_conversations.cli.terminal import one_line, tell

__all__ = ["INTERRUPTED", "drop_unwritten", "ended", "reason"]

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""


def ended(command: Callable[[], int]) -> int:
    """Run a command, give its exit code; tell in one line what ended it early.

    Only what nobody foresaw is raised: that is a bug, and its traceback is needed.
    """
    try:
        code = command()
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        tell("stdout was closed before all was written")
        code = 1
    except Exception as error:
        code = _exit_code(error)
        if not code:
            raise
        tell(reason(error))
    drop_unwritten()
    return code


def drop_unwritten() -> None:
    """Write what is left for stdout and stderr, or drop it where nobody takes it.

    Python tries once more at its exit, and would complain of it then.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def reason(error: Exception) -> str:
    """Tell in one line what went wrong."""
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename is not None else ""
        return one_line(f"{place}{error.strerror}")
    return one_line(str(error)) or type(error).__name__


def _exit_code(error: Exception) -> int:
    """Give the exit code of an error; 0 for what is a bug."""
    # --help needs none of this.
    from mistral_conversations.errors import (  # noqa: PLC0415
        ConfigurationError,
        MistralConversationsError,
    )

    if isinstance(error, ConfigurationError):
        return 2
    return int(isinstance(error, MistralConversationsError | OSError))
