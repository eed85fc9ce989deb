"""Places in JSON values, given as JSON paths (RFC 9535)."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

import attrs

from mistral_conversations._callables import is_async, is_generator
from mistral_conversations._checks import class_of
from mistral_conversations._secret import MASK
from mistral_conversations._wire.json import check_json, decode_json, encode_exactly
from mistral_conversations.server.cassettes.excerpts import excerpt

if TYPE_CHECKING:
    from mistral_conversations.server.cassettes.json_path import (
        BadPathError,
        Place,
        Places,
    )

__all__ = ["Paths", "Redaction"]

_MISSING = (
    "{} needs the package jsonpath-rfc9535, which is not installed: run "
    "pip install 'mistral-conversations[cassettes]'"
)


@attrs.frozen
class Paths:
    """JSON paths, and what they select in a value.

    The methods leave the value unchanged; what they return may share parts with it.
    They raise a ValueError for a value that is nested too deeply for a path.
    """

    texts: tuple[str, ...]
    _name: str
    _places: "tuple[Places, ...]" = attrs.field(eq=False, repr=False)

    @classmethod
    def of(cls, name: str, value: object) -> Self:
        """Read a parameter.

        Args:
            name: the parameter.
            value: JSON paths in a sequence; None for none.

        Raises:
            TypeError: it is not a sequence of str.
            ValueError: a text is not a JSON path.
            ModuleNotFoundError: there are paths, and jsonpath-rfc9535 is not installed.
        """
        texts = _texts(name, value)
        return cls(texts, name, _compiled(name, texts))

    def without(self, value: Any) -> Any:
        """Return a value without the places; None if the root is one of them.

        The elements that follow in an array move up.
        """
        tree = _tree(self._found(value))
        return None if tree is None else _pruned(value, tree)

    def masked(self, value: Any) -> Any:
        """Return a value with `***` at the places."""
        return _masked(value, _tree(self._found(value)))

    def only(self, value: Any) -> dict[str, list[Any]]:
        """Return the values at the places of each path, in the order of the value.

        Keys are sorted, since the order of an object's members means nothing.
        """
        return {
            text: [_at(value, place) for place in sorted(self._in(value, index))]
            for index, text in enumerate(self.texts)
        }

    def _found(self, value: Any) -> "set[Place]":
        return set().union(
            *(self._in(value, index) for index in range(len(self.texts)))
        )

    def _in(self, value: Any, index: int) -> "set[Place]":
        try:
            return self._places[index](value)
        except RecursionError:
            path = excerpt(self.texts[index])
            problem = f"{self._name}: a body is nested too deeply for the path {path}"
        raise ValueError(problem)


@attrs.frozen
class Redaction:
    """Changes JSON values before they are written to a cassette or compared with it."""

    _change: Callable[[Any], Any] | None

    @classmethod
    def of(cls, redact: object) -> Self:
        """Read the parameter `redact`.

        Args:
            redact: JSON paths, whose values become `***`; a function, which takes a
                JSON value or the text of another body, may change it, and returns what
                to write; or None.

        Raises:
            TypeError: it is neither, or a function that is async or a generator.
            ValueError: a text is not a JSON path.
            ModuleNotFoundError: there are paths, and jsonpath-rfc9535 is not installed.
        """
        if redact is None:
            return cls(None)
        if not callable(redact):
            paths = Paths.of("redact", redact)
            return cls(paths.masked if paths.texts else None)
        if isinstance(redact, type) or is_async(redact) or is_generator(redact):
            raise TypeError(
                "redact must be JSON paths or a plain function, not a class, an async "
                "function or a generator"
            )
        return cls(partial(_changed, redact))

    def __bool__(self) -> bool:
        """Whether it changes anything."""
        return self._change is not None

    def apply(self, value: Any) -> Any:
        """Return what to write instead of a JSON value, which stays unchanged.

        Raises:
            TypeError: the function returned None, something else than a text for a
                text, or what JSON cannot represent.
            ValueError: the function returned what JSON cannot represent, or the value
                is nested too deeply for a path.
            Exception: whatever the function raises.
        """
        return value if self._change is None else self._change(value)


def _changed(function: Callable[[Any], Any], value: Any) -> Any:
    result = function(_copied(value))
    if result is None and value is not None:
        raise TypeError("redact returned None: it must return the value to write")
    if isinstance(value, str) and not isinstance(result, str):
        raise TypeError(f"redact must return a str for a str, not {class_of(result)}")
    check_json(result, "what redact returned", halves=True)
    return decode_json(encode_exactly(result))


def _copied(value: Any) -> Any:
    """Copy a value as a cassette has it, with null for NaN and infinity."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


_Tree = dict[str | int, "_Tree | None"]
"""Places by their first step; None is a place itself."""


def _tree(places: "Iterable[Place]") -> _Tree | None:
    tree: _Tree = {}
    for place in sorted(places, key=len):  # an outer place before those inside it
        if not place:
            return None
        _grow(tree, place)
    return tree


def _grow(tree: _Tree, place: "Place") -> None:
    for step in place[:-1]:
        inner = tree.setdefault(step, {})
        if inner is None:  # an outer place
            return
        tree = inner
    tree[place[-1]] = None


def _pruned(value: Any, tree: _Tree) -> Any:
    if not tree:
        return value
    items = value.items() if isinstance(value, dict) else enumerate(value)
    kept = {
        step: _pruned(item, tree.get(step) or {})
        for step, item in items
        if tree.get(step, tree) is not None
    }
    return kept if isinstance(value, dict) else [*kept.values()]


def _masked(value: Any, tree: _Tree | None) -> Any:
    if not tree:
        return MASK if tree is None else value
    if isinstance(value, dict):
        return {key: _masked(item, tree.get(key, {})) for key, item in value.items()}
    return [_masked(item, tree.get(index, {})) for index, item in enumerate(value)]


def _at(value: Any, place: "Place") -> Any:
    for step in place:
        value = value[step]
    return value


def _texts(name: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        raise TypeError(
            f"{name} must be a sequence of JSON paths, not a str: write "
            f"{name}=[{excerpt(value)}]"
        )
    if not isinstance(value, Sequence) or isinstance(value, bytes | bytearray):
        raise TypeError(
            f"{name} must be a sequence of JSON paths, not {class_of(value)}"
        )
    for index, text in enumerate(value):
        if not isinstance(text, str):
            raise TypeError(
                f"{name}[{index}] must be a JSON path, a str, not {class_of(text)}"
            )
    return tuple(value)


def _compiled(name: str, texts: Sequence[str]) -> "tuple[Places, ...]":
    if not texts:
        return ()
    try:
        from mistral_conversations.server.cassettes import (  # noqa: PLC0415 - optional
            json_path,
        )
    except ImportError:
        raise ModuleNotFoundError(_MISSING.format(name)) from None
    try:
        return tuple(map(json_path.compiled, texts))
    except json_path.BadPathError as error:
        place = f"{name}[{texts.index(error.path)}]"
        problem = f"{place} is not a JSON path (RFC 9535): {_why(error)}"
    raise ValueError(problem)


def _why(error: "BadPathError") -> str:
    shown = excerpt(error.path)
    if not error.path.startswith("$"):
        return f"{shown} does not begin with $, as $.inputs does"
    if error.position is None:
        return f"{error.problem}, in {shown}"
    return f"{error.problem} at character {error.position} of {shown}"
