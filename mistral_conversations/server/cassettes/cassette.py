"""Reading a cassette: a file of exchanges, in JSON Lines."""

import asyncio
import errno
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import attrs

from mistral_conversations._version import __version__
from mistral_conversations._wire.cassette_lines import (
    CassetteLine,
    read_line,
    write_line,
)
from mistral_conversations.server.cassettes.exchange import (
    Exchange,
    Piece,
    RequestFacts,
)
from mistral_conversations.server.cassettes.frames import usual_frame

__all__ = ["Cassette", "first_line", "open_cassette", "read_cassette"]

_VERSION = 1


@attrs.frozen
class Cassette:
    """The contents of a cassette."""

    exchanges: Sequence[Exchange] = ()
    size: int = 0
    """The number of bytes up to the end of the last whole line."""

    torn_line: int | None = None
    """The number of the last line if only its beginning was written."""


def first_line(upstream: str) -> bytes:
    """Return the first line of a new cassette.

    Args:
        upstream: the URL of the recorded service.
    """
    by = f"mistral-conversations {__version__}"
    return write_line({"cassette": _VERSION, "by": by, "upstream": upstream})


async def open_cassette(path: Path) -> Cassette:
    """Read a cassette on a thread, and warn if its last line is torn.

    Raises:
        ValueError, OSError: as in `read_cassette`.
    """
    cassette = await asyncio.to_thread(read_cassette, path)
    if cassette.torn_line is not None:
        warnings.warn(
            f"{path}, line {cassette.torn_line} is torn, because its recording was "
            "interrupted: the answer that it belongs to breaks off there",
            stacklevel=2,
        )
    return cassette


def read_cassette(path: Path) -> Cassette:
    """Read a cassette of this version of the format, or of an earlier one.

    Raises:
        ValueError: the file is not a cassette, a later version of this package wrote
            it, or a line is wrong; the message names the line.
        OSError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _read(path, file)
    except FileNotFoundError:
        problem = "there is no cassette here; LocalServer.recording writes one"
        raise FileNotFoundError(errno.ENOENT, problem, str(path)) from None


def _read(path: Path, lines: Iterable[bytes]) -> Cassette:
    reader: _Reader | None = None
    exchanges = _Exchanges()
    size = 0
    for number, text in enumerate(lines, 1):
        try:
            if text.strip():
                line = read_line(text)
                if reader is None:
                    reader = _reader(line)
                else:
                    reader(exchanges, number, line)
        except ValueError as error:
            if reader is not None and not text.endswith(b"\n"):
                return Cassette(exchanges.all(), size, number)
            raise ValueError(f"{path}, line {number}: {error}") from None
        size += len(text)
    if reader is None:
        raise ValueError(f"{path} is empty: record the cassette again")
    return Cassette(exchanges.all(), size)


class _Exchanges:
    """The exchanges of a cassette, while its lines are read."""

    def __init__(self) -> None:
        self._by_number: dict[int, Exchange] = {}

    def all(self) -> Sequence[Exchange]:
        """Return the exchanges in the order in which their requests arrived."""
        return tuple(sorted(self._by_number.values(), key=lambda each: each.number))

    def begin(self, exchange: Exchange) -> None:
        """Add an exchange."""
        if exchange.number in self._by_number:
            raise ValueError(f"a second request has the id {exchange.number}")
        self._by_number[exchange.number] = exchange

    def of(self, line: CassetteLine) -> Exchange:
        """Return the exchange to which a line belongs."""
        if line.id is None:
            raise ValueError("it has no id")
        if line.id not in self._by_number:
            raise ValueError(f"no line before it has the request of id {line.id}")
        return self._by_number[line.id]


_Reader: TypeAlias = Callable[[_Exchanges, int, CassetteLine], None]


def _reader(line: CassetteLine) -> _Reader:
    """Return the reader for the version that the first line has."""
    version = line.cassette
    if version is None:
        raise ValueError(
            'no cassette begins like this: {"cassette": 1, ...} is missing'
        )
    if version not in _READERS:
        raise ValueError(
            f"the cassette has version {version}, and this package reads up to "
            f"{_VERSION}: update mistral-conversations, or record it again"
        )
    return _READERS[version]


def _read_version_1(exchanges: _Exchanges, number: int, line: CassetteLine) -> None:
    if line.method is not None:
        exchanges.begin(_begun(number, line))
        return
    exchange = exchanges.of(line)
    if line.status is not None:
        exchange.status, exchange.headers = line.status, line.headers
        exchange.begun = line.at
    data = _data(line)
    if data is not None:
        exchange.pieces.append(Piece(line.at, data))
    is_whole = line.status is not None and data is not None
    end = line.end or ("complete" if is_whole else None)
    if end is not None:
        exchange.end, exchange.ended = end, line.at


def _begun(number: int, line: CassetteLine) -> Exchange:
    if line.id is None or line.method is None:
        raise ValueError("the request has no id")
    request = RequestFacts(line.method, line.path, line.query, line.body())
    return Exchange(line.id, number, request)


def _data(line: CassetteLine) -> bytes | None:
    if line.event is not None:
        return usual_frame(line.event, bytes(line.data))
    return line.content()


_READERS: Mapping[int, _Reader] = {1: _read_version_1}
"""A reader of lines for each version of the format. A later version adds its own, and
keeps those of the earlier ones."""
