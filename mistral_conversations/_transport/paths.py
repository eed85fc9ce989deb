"""Checks of the paths that callers name, before anything is sent."""

import os
from typing import Any

__all__ = ["check_path", "checked_path"]


def check_path(parameter: str, path: str, remedy: str) -> None:
    """Check that a text can be a path on this system.

    Args:
        parameter: the parameter, for the message.
        path: the text.
        remedy: what to pass instead of an empty one.

    Raises:
        ValueError: it is empty, contains a NUL, or cannot be encoded.
    """
    if not path:
        raise ValueError(f"{parameter} is an empty path: {remedy}")
    if "\0" in path:
        raise ValueError(f"{parameter} cannot be a path: it contains a NUL")
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise ValueError(f"{parameter} cannot be a path: {error}") from None


def checked_path(parameter: str, path: Any, remedy: str) -> str:
    """Return the text of a path, such as `pathlib.Path`, after `check_path`.

    Raises:
        TypeError: the path is bytes.
        ValueError: as for `check_path`.
    """
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(
            f"{parameter} must be a path as a str, not {type(text).__name__}"
        )
    check_path(parameter, text, remedy)
    return text
