"""The servers of tests that have a cassette: they record, or replay."""

import inspect
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest

from mistral_conversations._addresses.choice import base_url_of_environment
from mistral_conversations.pytest_plugin.paths import cassette_path
from mistral_conversations.server import (
    LocalServer,
    RecordingServer,
    ReplayingServer,
)

__all__ = ["check_server", "server_with_cassette"]

Server: TypeAlias = RecordingServer | ReplayingServer

_RECORDERS = pytest.StashKey[dict[Path, str]]()
"""The first test of this run that has recorded a cassette."""
_COMPARISON = ("match", "ignore", "redact")
_REPLAY = (*_COMPARISON, "speed", "strict")


@contextmanager
def server_with_cassette(
    item: pytest.Item, marker: str, mode: str, *, strict: bool
) -> Iterator[Server]:
    """Run the server of a test with a cassette.

    Args:
        item: the test.
        marker: the name of its marker.
        mode: which requests are recorded: `none`, `once`, `new` or `all`.
        strict: the default of the marker's `strict`.
    """
    with ExitStack() as stack:
        try:
            server = _server(item, mode, {"strict": strict, **_settings(item, marker)})
            stack.enter_context(server)
        except (ImportError, OSError, TypeError, UserWarning, ValueError) as error:
            pytest.fail(f"@pytest.mark.{marker}: {error}", pytrace=False)
        yield server


def check_server(server: object) -> None:
    """Fail a test with a cassette whose `mistral_server` is another server."""
    if not isinstance(server, Server):
        pytest.fail(
            "a test with the marker mistral_cassette needs the fixture mistral_server "
            f"of this package; another one replaces it with a {type(server).__name__}",
            pytrace=False,
        )


def _arguments(  # its parameters are those of the marker
    path: "str | os.PathLike[str] | None" = None,
    *,
    match: Collection[str] | None = None,
    ignore: Collection[str] = (),
    redact: Collection[str] | Callable[[Any], Any] | None = None,
    speed: float = 0,
    strict: bool = False,
    upstream: str | None = None,
) -> None: ...


def _settings(item: pytest.Item, marker: str) -> dict[str, Any]:
    """Return the arguments of the markers; the closest sets those that it has."""
    signature = inspect.signature(_arguments)
    found: dict[str, Any] = {}
    for mark in item.iter_markers(marker):
        found = signature.bind(*mark.args, **mark.kwargs).arguments | found
    return found


def _server(item: pytest.Item, mode: str, settings: Mapping[str, Any]) -> Server:
    path = cassette_path(item, settings.get("path"))
    recording = _recording_mode(item, path, mode)
    if recording is None:
        return _replaying(path, settings)
    return _recording(path, recording, settings)


def _recording_mode(
    item: pytest.Item, path: Path, mode: str
) -> Literal["all", "new"] | None:
    """Return how a test records, or None to replay.

    A rerun records again. Another test with the same cassette adds to it.
    """
    recorders = item.config.stash.setdefault(_RECORDERS, {})
    if mode == "none" or (mode == "once" and path.exists() and path not in recorders):
        return None
    first = recorders.setdefault(path, item.nodeid)
    return "all" if mode != "new" and first == item.nodeid else "new"


def _recording(
    path: Path, mode: Literal["all", "new"], settings: Mapping[str, Any]
) -> Server:
    if not os.environ.get("MISTRAL_API_KEY"):
        raise ValueError(
            f"no API key to record {path} with: set MISTRAL_API_KEY, or replay with "
            "--mistral-record=none"
        )
    upstream = settings.get("upstream") or base_url_of_environment()
    compared = _only(_COMPARISON, settings)
    return LocalServer.recording(path, mode=mode, upstream=upstream, **compared)


def _replaying(path: Path, settings: Mapping[str, Any]) -> Server:
    if not path.exists():
        raise ValueError(
            f"no cassette {path}: record it with --mistral-record=once and your "
            "MISTRAL_API_KEY"
        )
    return LocalServer.replaying(path, **_only(_REPLAY, settings))


def _only(names: Collection[str], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in names}
