"""The package `jsonpath-rfc9535`, an optional dependency."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathNode
from jsonpath_rfc9535.segments import (
    JSONPathRecursiveDescentSegment,
    JSONPathSegment,
)

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
    max_recursion_depth = sys.maxsize  # Python has a limit already


_environment = _Environment()


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

    def places(value: Any) -> set[Place]:
        root = JSONPathNode(value=value, location=(), parent=None, root=value)
        nodes: Iterable[JSONPathNode] = [root]
        for segment in found.segments:
            nodes = _resolved(segment, nodes)
        return {node.location for node in nodes}

    return places


def _resolved(
    segment: JSONPathSegment, nodes: Iterable[JSONPathNode]
) -> Iterable[JSONPathNode]:
    """Apply a segment to nodes, in any order."""
    if not isinstance(segment, JSONPathRecursiveDescentSegment):
        return segment.resolve(nodes)
    return (
        found
        for node in _descendants(nodes)
        for selector in segment.selectors
        for found in selector.resolve(node)
    )


def _descendants(nodes: Iterable[JSONPathNode]) -> Iterator[JSONPathNode]:
    """Yield nodes and the containers in them, once, which the library does slowly."""
    waiting, seen = [*nodes], set[Place]()
    while waiting:
        node = waiting.pop()
        if node.location in seen:
            continue
        seen.add(node.location)
        yield node
        value: Any = node.value
        items = enumerate(value) if isinstance(value, list) else ()
        for step, item in value.items() if isinstance(value, dict) else items:
            if isinstance(item, dict | list):
                waiting.append(node.new_child(item, step, node))


def _words(error: JSONPathError) -> str:
    """Return the message, without the names of the library's tokens."""
    message = str(error.args[0]) if error.args else type(error).__name__
    return re.sub(r"'?TOKEN_(\w+)'?", lambda name: _token(name[1]), message)


def _token(name: str) -> str:
    return "the end" if name == "EOF" else name.replace("_", " ").lower()
