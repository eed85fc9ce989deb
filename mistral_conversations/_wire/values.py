"""Values of any type as JSON text."""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from contextlib import suppress
from enum import Enum
from typing import Any

import attrs
import msgspec

from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.json import encode_exactly, encode_json
from mistral_conversations.models.model import Model, Unknown

__all__ = ["to_json", "write"]


def to_json(obj: Any) -> bytes:
    r"""Write a model as JSON text, with the keys and values of `to_dict`.

    It also writes answers with objects of the application, such as the `output` and
    the `calls` of a `RunResult`: attrs classes, dataclasses, pydantic models, enums,
    dates. NaN and infinity become null, and half a character stays one, escaped
    (`\ud83d`).

    Raises:
        TypeError: JSON cannot hold an object; the message names its class.
        ValueError: the model is nested too deeply, or contains itself.
    """
    plain = to_dict(obj)
    try:
        return _encoded(plain)
    except RecursionError:
        raise ValueError(f"{type(obj).__name__} is nested too deeply") from None


def _encoded(plain: Any) -> bytes:
    try:
        return encode_exactly(plain)
    except (NotImplementedError, TypeError):  # an object of the application
        return encode_exactly(_Writer(None, None).plain(plain))


def write(
    value: Any,
    *,
    replaced: Callable[[Any], Any] | None = None,
    otherwise: Callable[[Any], str | None] | None = None,
) -> str:
    """Write a value as JSON text.

    Beside JSON's own types: models of this library, attrs classes, dataclasses,
    msgspec and pydantic models, enums, dates and times, UUIDs, decimals, paths, bytes
    (base64), sets, and arrays with `tolist`. NaN and infinity become null.

    Args:
        value: the value.
        replaced: returns what to write instead of an object, or that object. None
            writes all as they are.
        otherwise: returns the text of an object that JSON cannot hold, or None.

    Raises:
        TypeError: JSON cannot hold the value.
    """
    try:
        return encode_json(_Writer(replaced, otherwise).plain(value)).decode()
    except RecursionError:
        raise TypeError(
            f"a value of type {type(value).__name__} is nested too deeply for JSON, or "
            "contains itself"
        ) from None
    except ValueError as error:
        raise TypeError(str(error)) from None


@attrs.frozen
class _Writer:
    """Converts values to JSON's plain types."""

    _replaced: Callable[[Any], Any] | None
    _otherwise: Callable[[Any], str | None] | None

    def plain(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return self.plain(value.value)
        if value is None or isinstance(value, bool | str | int | float):
            return value
        if self._replaced is not None:
            instead = self._replaced(value)
            if instead is not value:
                return self.plain(instead)
        if isinstance(value, Mapping):
            return {self._key(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, _SEVERAL) and not isinstance(value, _BYTES):
            return [self.plain(item) for item in value]
        return self._object(value)

    def _key(self, key: Any) -> str:
        plain = key if isinstance(key, str) else self.plain(key)
        if isinstance(plain, str):
            return str.__str__(plain)
        if plain is None or isinstance(plain, bool | int | float):
            return encode_json(plain).decode()
        raise TypeError(f"the key {key!r} is of type {type(key).__name__}: use str")

    def _object(self, value: Any) -> Any:
        if isinstance(value, Model | Unknown):
            return to_dict(value)
        fields = _fields(value)
        return self._leaf(value) if fields is None else self.plain(fields)

    def _leaf(self, value: Any) -> Any:
        cls = type(value)
        if hasattr(cls, "model_dump"):  # pydantic
            return self._pydantic(value)
        if hasattr(cls, "tolist"):  # NumPy, pandas, array.array
            return self.plain(value.tolist())
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        with suppress(TypeError):
            return msgspec.to_builtins(value)
        text = None if self._otherwise is None else self._otherwise(value)
        if text is not None:
            return text
        raise TypeError(
            f"JSON cannot hold a value of type {cls.__name__}: use a str, a number, a "
            "list, a dict, an attrs class or a dataclass"
        )

    def _pydantic(self, value: Any) -> Any:
        """Convert a model; what pydantic cannot write as JSON is written here."""
        try:
            return value.model_dump(mode="json", by_alias=True)
        except ValueError:
            return self.plain(value.model_dump(by_alias=True))


_SEVERAL = (Sequence, AbstractSet, ValuesView)
_BYTES = (bytes, bytearray, memoryview)


def _fields(value: Any) -> dict[str, Any] | None:
    """Return the public fields of an object by name; None for another value."""
    cls = type(value)
    if isinstance(value, msgspec.Struct):
        return _fields_of_struct(value)
    if attrs.has(cls):
        names = [field.name for field in attrs.fields(cls)]
    elif dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    else:
        return None
    return {name: getattr(value, name) for name in names if name[0] != "_"}


def _fields_of_struct(value: msgspec.Struct) -> dict[str, Any]:
    config = value.__struct_config__
    tag = {} if config.tag is None else {str(config.tag_field): config.tag}
    names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
    found = {encoded: getattr(value, name) for encoded, name in names}
    return {
        **tag,
        **{name: each for name, each in found.items() if each is not msgspec.UNSET},
    }
