"""Checks of the paths that callers name, before anything is sent."""

import os

__all__ = ["check_path"]


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
