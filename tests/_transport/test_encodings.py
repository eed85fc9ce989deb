"""Content encodings: what is asked for, and how a body is decoded."""

import gzip
import sys
import zlib
from collections.abc import Callable, Mapping
from types import ModuleType

import pytest

from mistral_conversations._transport import encodings
from mistral_conversations._transport.encodings import (
    EncodedBody,
    accepted_encodings,
    coding_of,
)
from tests.support.for_each import for_each

TEXT = b"".join(b"%d, " % number for number in range(100_000)) + bytes(1_000_000)


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


ENCODED: Mapping[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "gzip in two members": ("gzip", gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])),
    "gzip with junk behind it": ("gzip", gzip.compress(TEXT) + bytes(512)),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "deflate without a frame": ("deflate", raw_deflate(TEXT)),
    "deflate with junk behind it": ("deflate", zlib.compress(TEXT) + b"junk"),
}


def decoded(coding: str, body: bytes, size: int) -> list[bytes]:
    """Feed a body in pieces; return what each step returned."""
    encoded, pieces = EncodedBody(coding), []
    for begin in range(0, len(body), size):
        encoded.feed(body[begin : begin + size])
        while not encoded.is_hungry:
            pieces.append(encoded.step())
    return pieces


@for_each("size", [997, 64 * 1024, 1024 * 1024])
@for_each("kind", ENCODED)
def test_body_is_decoded_however_it_is_cut(kind: str, size: int) -> None:
    assert b"".join(decoded(*ENCODED[kind], size)) == TEXT


def test_body_may_come_byte_by_byte() -> None:
    for compress in (gzip.compress, zlib.compress, raw_deflate):
        coding = "gzip" if compress is gzip.compress else "deflate"
        assert b"".join(decoded(coding, compress(b"Sky?"), 1)) == b"Sky?"


@pytest.mark.parametrize("kind", ENCODED)
def test_body_is_complete_at_its_end_alone(kind: str) -> None:
    coding, body = ENCODED[kind]
    whole = body[:-512] if "junk" in kind and coding == "gzip" else body
    whole = whole.removesuffix(b"junk")
    for missing, is_complete in ((0, True), (1, False), (len(whole) // 2, False)):
        encoded = EncodedBody(coding)
        encoded.feed(whole[: len(whole) - missing])
        while not encoded.is_hungry:
            encoded.step()
        assert encoded.is_complete is is_complete
    assert EncodedBody(coding).is_complete


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_step_returns_little_of_a_body_that_becomes_large(coding: str) -> None:
    compress = gzip.compress if coding == "gzip" else zlib.compress
    pieces = decoded(coding, compress(bytes(30_000_000)), 1024 * 1024)
    assert sum(map(len, pieces)) == 30_000_000
    assert max(map(len, pieces)) <= 256 * 1024


def test_body_that_is_not_encoded_after_all_is_returned_as_it_is() -> None:
    assert b"".join(decoded("gzip", b'{"a": 1}', 4)) == b'{"a": 1}'


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, raw_deflate])
def test_body_that_ends_early_is_returned_as_far_as_it_goes(
    compress: Callable[[bytes], bytes],
) -> None:
    coding = "gzip" if compress is gzip.compress else "deflate"
    found = b"".join(decoded(coding, compress(TEXT)[:50_000], 4096))
    assert TEXT.startswith(found)
    assert len(found) > 50_000


def test_gzip_without_its_checksum_is_whole() -> None:
    assert b"".join(decoded("gzip", gzip.compress(TEXT)[:-8], 4096)) == TEXT


def test_broken_body_raises() -> None:
    body = bytearray(gzip.compress(TEXT))
    body[-5] ^= 1  # of the checksum
    with pytest.raises(ValueError, match="it is not gzip: Error -3"):
        decoded("gzip", bytes(body), 4096)
    with pytest.raises(ValueError, match="it is not deflate: Error -3"):
        decoded("deflate", b"\xff\xff nonsense", 4096)


CODINGS = {
    "": None,
    "identity": None,
    "utf-8": None,
    "compress": None,
    "gzip": "gzip",
    " GZip ": "gzip",
    "x-gzip": "gzip",
    "deflate": "deflate",
    "br": "br",
    "gzip, identity": "gzip",
    "gzip, gzip": "gzip",
    "gzip, x-gzip": "gzip",
    "gzip, br": "gzip, br",
    "gzip, foo": "gzip, foo",
}


@pytest.mark.parametrize("header", CODINGS)
def test_encoding_is_read_from_its_header(header: str) -> None:
    assert coding_of(header) == CODINGS[header]


class Decompressor:
    """The decoder of Brotli 1.2, of the sample only."""

    def __init__(self) -> None:
        self._finished = False

    def is_finished(self) -> bool:
        return self._finished

    def can_accept_more_data(self) -> bool:
        return True

    def process(self, data: bytes, output_buffer_limit: int) -> bytes:
        assert output_buffer_limit
        self._finished = data == b"\x0b\x00\x80a\x03"
        return b"a" if self._finished else b""


class OldDecompressor(Decompressor):
    """The decoder of Brotli 1.1, whose output has no limit."""

    def process(self, data: bytes) -> bytes:  # type: ignore[override]
        return super().process(data, 1)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], None]:
    """Install a library for the time of the test, or remove it."""
    for name in ("brotli", "brotlicffi", "compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    encodings._is_decodable.cache_clear()
    accepted_encodings.cache_clear()

    def install(name: str, decompressor: object) -> None:
        module = ModuleType(name)
        vars(module).update(Decompressor=decompressor, error=OSError)
        monkeypatch.setitem(sys.modules, name, module)

    return install


@pytest.fixture(autouse=True)
def _forget_what_is_installed() -> object:
    yield
    encodings._is_decodable.cache_clear()
    accepted_encodings.cache_clear()


@pytest.mark.usefixtures("installed")
def test_without_libraries_gzip_and_deflate_are_asked_for() -> None:
    assert accepted_encodings() == "gzip, deflate"
    for coding in ("br", "zstd", "gzip, br"):
        with pytest.raises(LookupError):
            EncodedBody(coding)


def test_brotli_is_asked_for_where_it_works(
    installed: Callable[[str, object], None],
) -> None:
    installed("brotli", Decompressor)
    assert accepted_encodings() == "gzip, deflate, br"
    assert b"".join(decoded("br", b"\x0b\x00\x80a\x03", 10)) == b"a"


def test_brotli_that_cannot_limit_its_output_is_not_asked_for(
    installed: Callable[[str, object], None],
) -> None:
    installed("brotli", OldDecompressor)
    assert accepted_encodings() == "gzip, deflate"
