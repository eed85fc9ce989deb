"""The arguments of `serve`, `record` and `replay`, which run a server."""

from typing import TYPE_CHECKING

from mistral_conversations._secret import Secret
from mistral_conversations.cli import values
from mistral_conversations.cli.command import CommandParser, add_command

if TYPE_CHECKING:
    from mistral_conversations.cli.command import Commands

__all__ = ["add_record", "add_replay", "add_serve"]


def add_serve(commands: "Commands") -> None:
    """Add `serve`."""
    text = "Run a local server of the API; its model echoes."
    serve = add_command(commands, "serve", "serve.serve", text, "--port 8900")
    _add_address(serve)
    _add_key(serve)
    serve.add_argument(
        "--keep",
        type=values.count,
        metavar="N",
        help="keep the newest N conversations; default: all",
    )
    serve.add_argument(
        "--latency",
        type=values.seconds,
        default=0.0,
        help="seconds before each event of a stream, and before a plain answer; "
        "default: %(default)s",
    )


def add_record(commands: "Commands") -> None:
    """Add `record`."""
    text = (
        "Run a server that passes requests on to the service, and records them with "
        "their answers in a file, without the API key."
    )
    record = add_command(commands, "record", "cassettes.record", text, "talk.jsonl")
    _add_cassette(record, "the file to write; an existing one is replaced")
    record.add_argument(
        "--upstream",
        type=values.text,
        metavar="URL",
        help="the service; default: MISTRAL_BASE_URL, or else Mistral's",
    )
    record.add_argument(
        "--new",
        action="store_true",
        help="answer requests that CASSETTE has from it, and append the others",
    )
    _add_comparison(record, "write *** for these parts of JSON bodies", "with --new: ")
    _add_address(record)


def add_replay(commands: "Commands") -> None:
    """Add `replay`."""
    text = "Run a server that answers from a file that `record` has written."
    replay = add_command(commands, "replay", "cassettes.replay", text, "talk.jsonl")
    _add_cassette(replay, "the file to answer from")
    replay.add_argument(
        "--speed",
        type=values.speed,
        default=0.0,
        metavar="N",
        help="N times the pace of the service; 0, the default, waits nowhere",
    )
    replay.add_argument(
        "--strict",
        action="store_true",
        help="exit with 1 if part of CASSETTE was not used, or a request is not in it",
    )
    _add_comparison(replay, "parts of JSON bodies that were redacted when recorded")
    _add_address(replay)
    _add_key(replay)


def _add_cassette(command: CommandParser, text: str) -> None:
    command.add_argument("cassette", type=values.text, metavar="CASSETTE", help=text)


def _add_comparison(command: CommandParser, redact: str, when: str = "") -> None:
    """Add the JSON paths that select parts of bodies.

    Args:
        command: the command.
        redact: what it does with the paths of `--redact`.
        when: when it compares bodies.
    """
    texts = {
        "match": f"{when}compare only these parts of JSON bodies",
        "ignore": f"{when}leave these parts of JSON bodies out of the comparison",
        "redact": redact,
    }
    for name, text in texts.items():
        command.add_argument(
            f"--{name}",
            action="append",
            type=values.text,
            metavar="PATH",
            help=f"{text}; a JSON path such as $.inputs; may be repeated",
        )


def _add_address(command: CommandParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    command.add_argument(
        "--port",
        type=values.port,
        default=8900,
        help="default: %(default)s; 0: any free port",
    )
    command.add_argument(
        "--allow-host",
        dest="allowed_hosts",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name in Host and Origin to accept; may be repeated. On a "
        "loopback HOST, requests that name another host are refused",
    )


def _add_key(command: CommandParser) -> None:
    command.add_argument(
        "--key",
        type=Secret,
        help="the only API key to accept; without it, any key is accepted, and HOST "
        "must be one that other machines cannot reach",
    )
