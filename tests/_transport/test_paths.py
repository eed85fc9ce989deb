"""Paths that no system can open are rejected under the name of their parameter."""

import os
from pathlib import Path

import pytest

from mistral_conversations._transport.paths import check_path, checked_path
from tests.support.for_each import for_each


@for_each(
    ("path", "message"),
    [
        ("", "^to is an empty path: name a file$"),
        ("a\0b", "^to cannot be a path: it contains a NUL$"),
        ("a\ud800", "^to cannot be a path: 'utf-8' codec can't encode"),
    ],
)
def test_unusable_path_is_rejected(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_path("to", path, "name a file")


@for_each("path", [".", "a/b", "é", "undecodable \udcff"])
def test_other_paths_are_accepted(path: str) -> None:
    check_path("to", path, "name a file")


def test_checked_path_is_the_text() -> None:
    for path in ("a/b", Path("a/b")):
        assert checked_path("to", path, "name a file") == os.fspath(path)


def test_path_of_bytes_is_rejected() -> None:
    with pytest.raises(TypeError, match="to must be a path as a str, not bytes"):
        checked_path("to", b"a", "name a file")
