"""Tracebacks without the frames of this package, for errors that it raises."""

from collections.abc import Iterator
from dis import opmap
from types import TracebackType
from typing import Final

from mistral_conversations.errors import MistralConversationsError

__all__ = ["short_traceback"]

_PACKAGE = __name__.partition(".")[0]
_INTERNAL = {_PACKAGE, "aiohttp", "aiohappyeyeballs", "asyncio", "ssl", "uvloop"}
_RAISE = opmap["RAISE_VARARGS"]


class _ShortTraceback:
    """A context that drops frames from the traceback of an error raised inside.

    It drops them from an error of this library and from its causes, and from a
    `TypeError` or `ValueError` that a `raise` of this package raises. Any other
    exception, such as one that points to a fault in this package, keeps its traceback.
    """

    def __enter__(self) -> None:
        """Return nothing."""

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Drop the frames; the frame that uses the context is one of them."""
        if isinstance(error, MistralConversationsError):
            _shorten_chain(error)
        elif isinstance(error, TypeError | ValueError) and _is_raised_here(traceback):
            error.__traceback__ = _without_internals(traceback)


short_traceback: Final = _ShortTraceback()


def _shorten_chain(error: BaseException) -> None:
    seen: set[int] = set()
    found: list[BaseException | None] = [error]
    for each in found:
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = _without_internals(each.__traceback__)
            found += (each.__cause__, each.__context__)


def _is_raised_here(traceback: TracebackType | None) -> bool:
    """Return whether a `raise` of ours raised, or a call with wrong arguments.

    Only a frame that hides itself passes on the arguments of the caller.
    """
    *_, innermost = [None, *_entries(traceback)]
    if innermost is None or _package_of(innermost) != _PACKAGE:
        return False
    frame = innermost.tb_frame
    raises = frame.f_code.co_code[innermost.tb_lasti] == _RAISE
    return raises or "__tracebackhide__" in frame.f_locals


def _without_internals(traceback: TracebackType | None) -> TracebackType | None:
    """Return the frames of others: the caller's functions that we called."""
    found: TracebackType | None = None
    for each in reversed(list(_entries(traceback))):
        if _package_of(each) not in _INTERNAL:
            found = TracebackType(found, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return found


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _package_of(entry: TracebackType) -> str:
    name: str = entry.tb_frame.f_globals.get("__name__", "")
    return name.partition(".")[0]
