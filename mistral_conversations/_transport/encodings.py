"""Content encodings: the ones to ask for, and the decoding of an answer.

aiohttp's own decoding is switched off. Some of its versions inflate a whole body at
once, ask for encodings that the installed library cannot decode, and reject `x-gzip`.
"""

import importlib
import zlib
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

__all__ = ["EncodedBody", "accepted_encodings", "coding_of"]

_MOST = 256 * 1024
"""The bytes that one step returns at most; Brotli may exceed it by a block."""

_SLICE = 16 * 1024
"""The bytes that one step decodes at most: a decoder copies what it has not used."""

_NONE = frozenset({"", "identity", "none"})
_SAME = {"x-gzip": "gzip", "x-deflate": "deflate"}  # RFC 9110, 8.4.1.3

_SAMPLES: Mapping[str, bytes] = {
    "br": b"\x0b\x00\x80a\x03",
    "zstd": b"(\xb5/\xfd \x01\t\x00\x00a",
}
"""The text "a", to try what is installed."""


@lru_cache
def accepted_encodings() -> str:
    """Return the value of `Accept-Encoding`: what can be decoded here.

    `br` needs Brotli 1.2, whose output can be limited, and `zstd` needs Python 3.14 or
    backports.zstd. Each is tried once.
    """
    return ", ".join(["gzip", "deflate", *filter(_is_decodable, _SAMPLES)])


@lru_cache
def _is_decodable(coding: str) -> bool:
    try:
        return _LIBRARIES[coding]().step(_SAMPLES[coding], _MOST) == b"a"
    except Exception:  # noqa: BLE001 - as many kinds as there are versions
        return False


def coding_of(content_encoding: str) -> str | None:
    """Return the encoding of a body: a name in lower case, or None for none.

    The same name twice comes from two equal headers and counts once. An unknown name
    counts as none: servers write a charset there, and JSON says itself what it is.

    Args:
        content_encoding: the header; empty without one.
    """
    if not content_encoding:
        return None
    names = [name.strip().lower() for name in content_encoding.split(",")]
    kinds = {_SAME.get(name, name) for name in names} - _NONE
    known = [kind for kind in kinds if kind in _FIRST_BYTES]
    if not known:
        return None
    return known[0] if len(kinds) == 1 else ", ".join(names)


class Codec(Protocol):
    """A decoder of one library."""

    @property
    @abstractmethod
    def failures(self) -> tuple[type[Exception], ...]:
        """What it raises for broken data."""

    @property
    @abstractmethod
    def is_hungry(self) -> bool:
        """Whether it needs input before it returns more."""

    @property
    @abstractmethod
    def is_complete(self) -> bool:
        """Whether the data may end here, although its end has not come."""

    @property
    @abstractmethod
    def unused(self) -> bytes | None:
        """The input behind the end of the data; None before the end."""

    @abstractmethod
    def step(self, data: bytes, most: int) -> bytes:
        """Decode more; return at most `most` bytes."""


class _Zlib:
    is_complete = False
    failures: tuple[type[Exception], ...] = (zlib.error,)

    def __init__(self, wbits: int) -> None:
        self._object = zlib.decompressobj(wbits)
        self.is_hungry = True

    @property
    def unused(self) -> bytes | None:
        return self._object.unused_data if self._object.eof else None

    def step(self, data: bytes, most: int) -> bytes:
        rest = self._object.unconsumed_tail
        piece = self._object.decompress(rest + data if rest else data, most)
        self.is_hungry = len(piece) < most and not self._object.unconsumed_tail
        return piece


class _Brotli:
    unused = None

    def __init__(self) -> None:
        try:
            module = importlib.import_module("brotlicffi")
        except ImportError:
            module = importlib.import_module("brotli")
        self.failures: tuple[type[Exception], ...] = (module.error,)
        self._object: Any = module.Decompressor()
        self._is_dry = True

    @property
    def is_complete(self) -> bool:
        return bool(self._object.is_finished())

    @property
    def is_hungry(self) -> bool:
        return self._is_dry and bool(self._object.can_accept_more_data())

    def step(self, data: bytes, most: int) -> bytes:
        if self._object.is_finished():
            self._is_dry = True
            return b""
        piece = bytes(self._object.process(data, output_buffer_limit=most))
        self._is_dry = not piece  # it reports no output that is left
        return piece


class _Zstd:
    is_complete = False

    def __init__(self) -> None:
        try:
            module = importlib.import_module("compression.zstd")
        except ImportError:
            module = importlib.import_module("backports.zstd")
        self.failures: tuple[type[Exception], ...] = (module.ZstdError,)
        self._object: Any = module.ZstdDecompressor()

    @property
    def is_hungry(self) -> bool:
        return bool(self._object.needs_input or self._object.eof)

    @property
    def unused(self) -> bytes | None:
        return self._object.unused_data if self._object.eof else None

    def step(self, data: bytes, most: int) -> bytes:
        return bytes(self._object.decompress(data, most))


class _Plain:
    """A body that is not encoded, whatever the header says."""

    failures: tuple[type[Exception], ...] = ()
    is_complete = True
    is_hungry = True
    unused = None

    def step(self, data: bytes, most: int) -> bytes:  # noqa: ARG002
        return data


class _Nothing(_Plain):
    """What follows the data."""

    def step(self, data: bytes, most: int) -> bytes:  # noqa: ARG002
        return b""


_LIBRARIES: Mapping[str, Callable[[], Codec]] = {"br": _Brotli, "zstd": _Zstd}

_GZIP = 0x1F
_FIRST_BYTES: Mapping[str, frozenset[int]] = {
    "gzip": frozenset({_GZIP}),
    "deflate": frozenset(),
    "br": frozenset(),
    "zstd": frozenset({0x28, *range(0x50, 0x60)}),
}
"""The first byte of a gzip member or a zstd frame; another may follow the first."""


class EncodedBody:
    """Decode a body step by step, so that little memory holds any of it.

    Bytes behind the end of the data are ignored. Data that ends early is returned as
    far as it goes: what it holds shows whether it is whole.

    Args:
        coding: the encoding, as from `coding_of`.

    Raises:
        LookupError: the encoding cannot be decoded here.
    """

    def __init__(self, coding: str) -> None:
        if coding not in _FIRST_BYTES:
            raise LookupError(coding)
        if coding in _SAMPLES and not _is_decodable(coding):
            raise LookupError(coding)
        self.coding = coding
        self._codec: Codec | None = None
        self._input = b""
        self._at = 0
        self._is_begun = False

    @property
    def is_hungry(self) -> bool:
        """Whether it needs input before it returns more."""
        if self._at < len(self._input):
            return False
        return self._codec is None or self._codec.is_hungry

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing of the data that was fed."""
        return self._codec is None or self._codec.is_complete

    def feed(self, data: bytes) -> None:
        """Add input, when it is hungry."""
        self._input, self._at = data, 0

    def step(self) -> bytes:
        """Decode more; return about 256 KiB at most, perhaps nothing.

        Raises:
            ValueError: the data is broken.
        """
        codec = self._codec = self._codec or self._begin()
        begin = self._at
        if codec.is_hungry:
            self._at = min(begin + _SLICE, len(self._input))
        try:
            piece = codec.step(self._input[begin : self._at], _MOST)
        except codec.failures as error:
            raise ValueError(f"it is not {self.coding}: {error}") from None
        if (unused := codec.unused) is not None:
            self._codec = None
            self._at -= len(unused)
        return piece

    def _begin(self) -> Codec:
        """Return the decoder of the data that the next byte begins."""
        first = self._input[self._at]
        if self._is_begun and first not in _FIRST_BYTES[self.coding]:
            return _Nothing()
        self._is_begun = True
        if self.coding == "gzip":
            return _Zlib(16 + zlib.MAX_WBITS) if first == _GZIP else _Plain()
        if self.coding == "deflate":  # many servers leave out zlib's frame
            has_frame = first & 0x0F == zlib.DEFLATED
            return _Zlib(zlib.MAX_WBITS if has_frame else -zlib.MAX_WBITS)
        return _LIBRARIES[self.coding]()
