"""Objects straight from JSON text, where the text holds nothing new.

The way by plain JSON keeps what is new and survives what is odd; it decides what a text
means. The direct way takes half the time and gives the same object, or none.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from mistral_conversations._wire.odd_values import MISFITS

__all__ = ["DirectWay", "direct_way"]

_REFUSALS = (msgspec.MsgspecError, RecursionError, *MISFITS)

_MOST_REFUSALS = 3
_PAUSE = 64


class DirectWay:
    """The direct way for texts of one kind, such as the events of one stream.

    A refusal costs a tenth of what it would spare. After three in a row, the next 64
    texts are not tried, so that a service that adds a key slows nothing down.

    Args:
        kind: the class or union.
    """

    def __init__(self, kind: Any) -> None:
        self._decode, self._fills = _compiled(kind)
        self._refusals = 0
        self._pause = 0

    def read(self, text: bytes | bytearray | str) -> Any:
        """Return the object of a text; None if plain JSON must come first."""
        if self._pause > 0:  # threads that share a way may count below it
            self._pause -= 1
            return None
        try:
            mirror = self._decode(text)
            found = self._fills[mirror.__class__](mirror)
        except _REFUSALS:
            self._refuse()
            return None
        self._refusals = 0
        return found

    def _refuse(self) -> None:
        self._refusals += 1
        if self._refusals >= _MOST_REFUSALS:
            self._pause = _PAUSE


@cache
def _compiled(kind: Any) -> tuple[Callable[[Any], Any], Mapping[type, Any]]:
    from mistral_conversations._wire.mirrors import reader_of  # noqa: PLC0415 - 2 ms

    return reader_of(kind)


@cache
def direct_way(kind: Any) -> DirectWay | None:
    """Return the direct way that all answers of a kind share; None if it has none."""
    from mistral_conversations._wire.mirrors import NoMirrorError  # noqa: PLC0415 - 2 ms

    try:
        return DirectWay(kind)
    except NoMirrorError:
        return None
