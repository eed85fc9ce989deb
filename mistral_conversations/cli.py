"""The command line: `python -m mistral_conversations`."""

import argparse
import asyncio
import logging
import math
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from mistral_conversations.server import LocalServer

__all__ = ["main"]

_DIGITS = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the words after the program's name; None takes those it was started with.

    Returns:
        The exit code: 0 is well, 1 is not; argparse itself exits with 2.
    """
    arguments = _parser().parse_args(argv)
    code: int = arguments.run(arguments)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mistral_conversations",
        description="Mistral's Conversations API at the command line.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    return parser


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "Run the API on this machine, with a model that echoes."
    serve = commands.add_parser("serve", help=text, description=text)
    serve.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    serve.add_argument(
        "--port", type=_port, default=8900, help="default: %(default)s; 0: a free one"
    )
    serve.add_argument(
        "--key",
        help="the only API key to accept; default: any, on a host that other machines "
        "cannot reach",
    )
    serve.add_argument(
        "--latency",
        type=_seconds,
        default=0.0,
        help="seconds before each event of a stream, and before a plain answer; "
        "default: %(default)s",
    )
    serve.set_defaults(run=_serve)


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > _DIGITS or int(text) >= 2**16:
        raise argparse.ArgumentTypeError(f"a port is from 0 to 65535, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"seconds are 0 or more, not {text!r}")
    return seconds


def _serve(arguments: argparse.Namespace) -> int:
    # aiohttp.web takes a tenth of a second to import: only here it is needed.
    from mistral_conversations.server import LocalServer  # noqa: PLC0415

    try:
        server = LocalServer(
            host=arguments.host,
            port=arguments.port,
            api_key=arguments.key,
            latency=arguments.latency,
        )
    except ValueError as error:
        hint = " (--key)" if "api_key" in str(error) else ""
        print(f"{error}{hint}", file=sys.stderr)
        return 2
    try:
        with _requests_logged():
            asyncio.run(_until_signal(server))
    except (OSError, UnicodeError) as error:
        place = f"{arguments.host}:{arguments.port}"
        reason = getattr(error, "strerror", None) or error
        print(f"Cannot listen on {place}: {reason}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _requests_logged() -> Iterator[None]:
    """Write one line of each request to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("mistral_conversations.server")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


async def _until_signal(server: "LocalServer") -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with server:
            print(server.base_url, flush=True)
            async for _ in signals:
                return
