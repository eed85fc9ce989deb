"""The end of a command: its exit code, and one line that describes an error."""

import os
import sys
from collections.abc import Callable

from mistral_conversations.cli.terminal import one_line, report_error

__all__ = ["INTERRUPTED", "drop_unwritten", "reason", "run_command"]

INTERRUPTED = 130
"""The exit code after Ctrl-C, by shell convention: 128 plus the number of the
signal."""


def run_command(command: Callable[[], int]) -> int:
    """Run a command, report an error in one line, and return the exit code.

    Unexpected errors are raised: they are bugs, and need their traceback.
    """
    try:
        code = command()
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        report_error("stdout was closed before everything was written")
        code = 1
    except Exception as error:
        code = _exit_code(error)
        if not code:
            raise
        report_error(reason(error))
    drop_unwritten()
    return code


def drop_unwritten() -> None:
    """Flush stdout and stderr; drop the rest if nobody reads it.

    Python would try again at exit, and print a complaint if that fails.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def reason(error: Exception) -> str:
    """Describe an error in one line; use the class name if its text is empty."""
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename is not None else ""
        return one_line(f"{place}{error.strerror}")
    return one_line(str(error)) or type(error).__name__


def _exit_code(error: Exception) -> int:
    """Return the exit code for an error; 0 if the error is a bug."""
    # Imported here because --help does not need it.
    from mistral_conversations.errors import (  # noqa: PLC0415
        ConfigurationError,
        MistralConversationsError,
    )

    if isinstance(error, ConfigurationError):
        return 2
    return int(isinstance(error, MistralConversationsError | OSError))
