"""Texts that no repr, log or traceback shows: keys and passwords."""

from typing import Any, SupportsIndex

__all__ = ["NoText", "Secret", "masked_text"]


class Secret(str):
    """A text that no repr, log or traceback with locals shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a mask."""
        return "'***'"

    def __reduce_ex__(self, _: SupportsIndex) -> tuple[type[str], tuple[str]]:
        """Copy and pickle as a plain str: a recorded request has no need of this class.

        Tools such as vcrpy store the headers of requests.
        """
        return str, (str(self),)


class NoText:
    """Replaces what was passed instead of a text, so that no traceback shows it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def masked_text(given: object) -> Any:
    """Return a text as a `Secret`, None as it is, and the type of anything else."""
    if isinstance(given, str):
        return Secret(given)
    known = given is None or isinstance(given, NoText)
    return given if known else NoText(type(given).__name__)
