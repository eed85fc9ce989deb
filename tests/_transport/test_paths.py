"""Paths that no system can open are rejected under the name of their parameter."""

import pytest

from mistral_conversations._transport.paths import check_path


@pytest.mark.parametrize(
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


@pytest.mark.parametrize("path", [".", "a/b", "é", "undecodable \udcff"])
def test_other_paths_are_accepted(path: str) -> None:
    check_path("to", path, "name a file")
