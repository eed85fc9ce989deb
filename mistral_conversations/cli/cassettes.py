"""The commands `record` and `replay`: a service's answers, in a file."""

import argparse
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mistral_conversations import ConfigurationError
from mistral_conversations._addresses.choice import base_url_of_environment
from mistral_conversations.cli.serving import key_to_export, run_until_signal
from mistral_conversations.cli.terminal import notice, report, report_error
from mistral_conversations.server import LocalServer

__all__ = ["record", "replay"]


def record(arguments: argparse.Namespace) -> int:
    """Record until a signal ends the server."""
    upstream = arguments.upstream or base_url_of_environment()
    with _usage_errors():
        server = LocalServer.recording(
            arguments.cassette,
            upstream=upstream,
            mode="new" if arguments.new else "all",
            **_settings(arguments),
        )
    with _warnings_reported():
        run_until_signal(server, arguments)
    count = server.recorded
    exchanges = "exchange" if count == 1 else "exchanges"
    report(f"recorded {count} {exchanges} in {arguments.cassette}")
    return 0


def replay(arguments: argparse.Namespace) -> int:
    """Replay until a signal ends the server; return 1 for what `--strict` finds."""
    with _usage_errors():
        server = LocalServer.replaying(
            arguments.cassette,
            speed=arguments.speed,
            strict=arguments.strict,
            api_key=arguments.key,
            **_settings(arguments),
        )
    try:
        with _warnings_reported():
            run_until_signal(server, arguments, key_to_export(arguments))
    except AssertionError as error:
        report_error(str(error))
        return 1
    return 0


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the parameters of both servers that the arguments set."""
    names = ("match", "ignore", "redact", "host", "port", "allowed_hosts")
    given = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


@contextmanager
def _usage_errors() -> Iterator[None]:
    try:
        yield
    except (ImportError, ValueError) as error:
        raise ConfigurationError(str(error)) from None


@contextmanager
def _warnings_reported() -> Iterator[None]:
    """Report a warning, such as that of a cassette that was cut off, in one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: notice(f"warning: {message}")
        yield
