"""The paths of cassettes: one file for each test, beside the file of the test."""

import hashlib
import os
import re
from pathlib import Path

import pytest

__all__ = ["cassette_path"]

_FOLDER = "cassettes"
_SUFFIX = ".jsonl"
_LONGEST = 100
_ODD = re.compile(r"[^A-Za-z0-9_.,=+\[\]-]")
_CLASSES = re.compile(r"([A-Z][A-Za-z0-9_]*\.)*")
"""Classes, whose capitals need no hash: no two have names that differ in case alone."""
_PARTS = (pytest.Class, pytest.Item)


def cassette_path(item: pytest.Item, given: "str | os.PathLike[str] | None") -> Path:
    """Return the path of the cassette of a test.

    Args:
        item: the test.
        given: a path, relative to the folder of the test's file; None names the file
            after the test: `cassettes/test_module/TestClass.test_name[id].jsonl`.

    Raises:
        TypeError: the path is none.
    """
    folder = item.path.parent
    if given is None:
        name = f"{_safe(_name(item))}{_SUFFIX}"
        return folder / _FOLDER / _safe(item.path.stem) / name
    if not isinstance(given, str | os.PathLike):
        raise TypeError(f"path must be a str or a path, not {type(given).__name__}")
    return folder / given


def _name(item: pytest.Item) -> str:
    """Return the name of a test in its file: classes, function and parameters."""
    below = [node for node in item.listchain() if isinstance(node, _PARTS)]
    return ".".join(node.name for node in below)


def _safe(name: str) -> str:
    """Return a name that every file system accepts, and keeps apart from others.

    A hash tells apart names that differ in replaced characters, beyond the longest
    length, or in case, which some file systems ignore.
    """
    safe = _ODD.sub("-", name)[:_LONGEST]
    if safe == name and _has_usual_case(name):
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
    return f"{safe}-{digest[:8]}"


def _has_usual_case(name: str) -> bool:
    classes = _CLASSES.match(name)
    rest = name[classes.end() if classes else 0 :]
    return rest == rest.lower()
