"""The package `python-jsonpath`, an optional dependency, from version 2."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from jsonpath import JSONPathEnvironment, JSONPathMatch
from jsonpath.exceptions import JSONPathError
from jsonpath.segments import JSONPathRecursiveDescentSegment, JSONPathSegment

__all__ = ["BadPathError", "Place", "Places", "compiled"]

Place: TypeAlias = tuple[str | int, ...]
"""The keys and indices from the root of a value to a place in it."""

Places: TypeAlias = Callable[[Any], set[Place]]


class BadPathError(ValueError):
    """A text is not a JSON path."""

    def __init__(self, path: str, problem: str, position: int | None) -> None:
        super().__init__(path, problem, position)
        self.path = path
        self.problem = problem
        self.position = position
        """The index of the character that does not fit; None if it is not known."""


class _Environment(JSONPathEnvironment):
    max_recursion_depth = 1_000  # values that were read have 200 levels at most


class _Node(JSONPathMatch):
    """A match that keeps neither its path as text nor its children, for speed."""

    __slots__ = ()

    def new_child(self, obj: object, key: int | str) -> "_Node":
        return _Node(
            filter_context={},
            obj=obj,
            parent=self,
            path="",
            parts=(*self.parts, key),
            root=self.root,
        )

    def add_child(self, *children: JSONPathMatch) -> None:
        """Keep no children."""

    @property
    def is_inside_text(self) -> bool:
        """Whether it is a character, which the library's slices select from a text."""
        return self.parent is not None and isinstance(self.parent.obj, str)


_environment = _Environment(strict=True)


def compiled(path: str) -> Places:
    """Compile a JSON path (RFC 9535) to a function that finds its places in a value.

    The function raises a RecursionError for a value that is nested too deeply.

    Raises:
        BadPathError: the text is not a JSON path.
    """
    try:
        found = _environment.compile(path)
    except JSONPathError as error:
        position = error.token.index if error.token else None
        end = len(path) if position == -1 else position
        raise BadPathError(path, _words(error), end) from None
    except (ValueError, OverflowError):
        problem = "a number is out of range"
        raise BadPathError(path, problem, None) from None
    segments: tuple[JSONPathSegment, ...] = getattr(found, "segments", ())

    def places(value: Any) -> set[Place]:
        root = _Node(
            filter_context={}, obj=value, parent=None, path="$", parts=(), root=value
        )
        nodes: Iterable[Any] = [root]
        for segment in segments:
            nodes = _resolved(segment, nodes)
        return {node.parts for node in nodes if not node.is_inside_text}

    return places


def _resolved(segment: JSONPathSegment, nodes: Iterable[Any]) -> Iterable[Any]:
    """Apply a segment to nodes, in any order."""
    if not isinstance(segment, JSONPathRecursiveDescentSegment):
        return segment.resolve(nodes)
    return (
        found
        for node in _descendants(nodes)
        for selector in segment.selectors
        for found in selector.resolve(node)
    )


def _descendants(nodes: Iterable[_Node]) -> Iterator[_Node]:
    """Yield nodes and the containers in them, once, which the library does slowly."""
    waiting, seen = [*nodes], set[Place]()
    while waiting:
        node = waiting.pop()
        if node.parts in seen:
            continue
        seen.add(node.parts)
        yield node
        value: Any = node.obj
        items = enumerate(value) if isinstance(value, list) else ()
        for step, item in value.items() if isinstance(value, dict) else items:
            if isinstance(item, dict | list):
                waiting.append(node.new_child(item, step))


def _words(error: JSONPathError) -> str:
    """Return the message, without the names of the library's tokens."""
    message = str(error.args[0]) if error.args else type(error).__name__
    return re.sub(r"'?TOKEN_(\w+)'?", lambda name: _token(name[1]), message)


def _token(name: str) -> str:
    return "the end" if name == "EOF" else name.replace("_", " ").lower()
