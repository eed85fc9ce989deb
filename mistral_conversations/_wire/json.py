"""Conversion between JSON text and plain objects."""

import json
import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import msgspec

from mistral_conversations._characters import whole

__all__ = [
    "check_depth",
    "check_json",
    "check_levels",
    "decode_json",
    "encode_exactly",
    "encode_json",
    "exact",
    "load_json",
]

_AROUND = 20
"""How much of the text an error shows, before and after the place of the mistake."""

# Python's default limit on integers in text is 4,300 digits; msgspec counts the sign.
_MOST_BITS = 14_280

_DEEPEST = 200
"""How many arrays and objects may contain each other (RFC 8259, section 9, allows a
limit). Without one, Python's recursion limit would decide, which depends on the
caller's stack: what was just read could be neither copied, pickled nor written."""

_TOO_DEEP = f"nested too deeply, more than {_DEEPEST} levels"

_decoder = msgspec.json.Decoder()

_EXACTLY: Mapping[type, Callable[[Any], Any]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
}


def decode_json(data: bytes | bytearray | str) -> Any:
    """Parse JSON text (RFC 8259), and the deviations that services send.

    A byte order mark is skipped, UTF-16 and UTF-32 are read, half a character (a lone
    surrogate) stays one, and `NaN`, `Infinity` and numbers beyond a float are read as
    the floats nan and inf.

    Raises:
        ValueError: the text is not JSON, or nested more than 200 levels deep.
    """
    try:
        value = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        value = _decode_deviations(data, str(error))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if len(data) > 2 * _DEEPEST:
        check_depth(data, value)
    return value


def check_depth(data: bytes | bytearray | str, value: Any) -> None:
    """Check that a value is not nested too deeply.

    Args:
        data: the text of the value.
        value: the value.

    Raises:
        ValueError: it is nested more than 200 levels deep.
    """
    if _brackets(data) > _DEEPEST:
        check_levels(value)


def _brackets(data: bytes | bytearray | str) -> int:
    """Return how many brackets open in a text, those in strings included."""
    if isinstance(data, str):
        return data.count("[") + data.count("{")
    return data.count(b"[") + data.count(b"{")


def check_levels(value: Any, most: int = _DEEPEST) -> None:
    """Raise a ValueError if a value is nested too deeply; do not recurse."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        level = [
            inner
            for each in level
            for inner in (each.values() if each.__class__ is dict else each)
            if inner.__class__ is dict or inner.__class__ is list
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _decode_deviations(data: bytes | bytearray | str, refusal: str) -> Any:
    """Parse what msgspec rejects but `json` reads.

    `json` is slower: a text that is only in another encoding, or has a byte order
    mark, goes to msgspec again.
    """
    with suppress(ValueError, RecursionError):
        bare = _bare_text(data)
        if bare is not data:
            with suppress(msgspec.MsgspecError):
                return _decoder.decode(bare)
        return json.loads(bare)
    raise ValueError(refusal)


def _bare_text(data: bytes | bytearray | str) -> str:
    """Return the text without a byte order mark."""
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    return data.decode(json.detect_encoding(data))


def load_json(text: str) -> Any:
    """Parse JSON text that a model wrote.

    It reads what `decode_json` reads, more slowly.

    Raises:
        ValueError: it is not JSON; the message says what is wrong, and where.
    """
    try:
        value = json.loads(text)
        check_levels(value)
    except json.JSONDecodeError as error:
        near = text[max(0, error.pos - _AROUND) : error.pos + _AROUND]
        wrong = error.msg.removesuffix(" at")
        problem = f"{wrong} at character {error.pos} of {len(text)}, near {near!r}"
    except RecursionError:
        problem = _TOO_DEEP
    except ValueError as error:  # nested too deeply, an integer of too many digits
        problem = str(error)
    else:
        return value
    raise ValueError(problem)


def encode_json(value: Any) -> bytes:
    """Write plain objects as JSON text, after `check_json`.

    Half a character (a lone surrogate), which UTF-8 cannot represent, becomes U+FFFD,
    or one character with the half beside it.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_whole(value))


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value


def encode_exactly(value: Any) -> bytes:
    r"""Write plain objects as JSON text, in which half a character stays one.

    JSON can escape it (`\ud83d`), and a reader can join it with the other half. NaN and
    infinity become null.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(_finite(value), separators=(",", ":")).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def exact(value: Any) -> Any:
    """Convert a number or text of a subclass (NumPy's float64) to its built-in type."""
    for kind, exactly in _EXACTLY.items():
        if isinstance(value, kind):
            return exactly(value)
    raise NotImplementedError


_encoder = msgspec.json.Encoder(enc_hook=exact)


def check_json(value: Any, place: str, *, halves: bool = False) -> None:
    """Reject values that JSON cannot represent; the error names the position.

    Args:
        value: the value.
        place: its name, for the error.
        halves: whether to accept half a character, which `encode_json` replaces.

    Raises:
        TypeError: an object or a key is of none of JSON's types.
        ValueError: JSON cannot represent a number or a text, or a value contains
            itself.
    """
    try:
        _check(value, _accept if halves else _check_text)
    except _MisfitError as misfit:
        raise misfit.kind(f"{place}{misfit.path} {misfit.problem}") from None
    except RecursionError:
        raise ValueError(f"{place} is nested too deeply for JSON") from None


class _MisfitError(Exception):
    """Collects its path while it propagates, so that valid values cost no paths."""

    def __init__(self, kind: type[Exception], problem: str) -> None:
        self.kind = kind
        self.problem = problem
        self._steps: list[str] = []

    @property
    def path(self) -> str:
        return "".join(reversed(self._steps))

    def at(self, step: str) -> Self:
        self._steps.append(step)
        return self


def _check(value: Any, check_text: Callable[[str], None]) -> None:
    kind = type(value)  # a proxy or a mock may claim another `__class__`
    if issubclass(kind, str):
        check_text(value)
    elif value is None or kind is bool:
        return
    elif issubclass(kind, int | float):
        _check_number(value)
    elif issubclass(kind, dict):
        _check_object(value, check_text)
    elif issubclass(kind, list | tuple):
        _check_array(value, check_text)
    else:
        raise _MisfitError(
            TypeError,
            f"is of type {kind.__name__}, which JSON cannot represent: "
            "use str, int, float, bool, None, list or dict",
        )


def _check_object(value: dict[Any, Any], check_text: Callable[[str], None]) -> None:
    for key, item in value.items():
        if not issubclass(type(key), str):
            shown = reprlib.repr(key)
            raise _MisfitError(TypeError, f"has the key {shown}: JSON keys must be str")
        check_text(key)
        try:
            _check(item, check_text)
        except _MisfitError as misfit:
            raise misfit.at(f".{key}") from None


def _check_array(value: Sequence[Any], check_text: Callable[[str], None]) -> None:
    for index, item in enumerate(value):
        try:
            _check(item, check_text)
        except _MisfitError as misfit:
            raise misfit.at(f"[{index}]") from None


def _accept(_text: str) -> None:
    """Accept any text."""


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        problem = f"cannot be sent as UTF-8: {error}"
        raise _MisfitError(ValueError, problem) from None


def _check_number(number: float) -> None:
    if isinstance(number, float):
        if not math.isfinite(number):
            problem = f"is {number}, which JSON cannot represent"
            raise _MisfitError(ValueError, problem)
    elif number.bit_length() > _MOST_BITS:
        problem = f"is an integer of more than {_MOST_BITS:,} bits"
        raise _MisfitError(ValueError, problem)
