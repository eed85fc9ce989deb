"""What a docstring says of a function and of its parameters."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from docstring_parser import Docstring

__all__ = ["Documentation", "documentation_of"]


@attrs.frozen
class Documentation:
    """What the model reads of a function's docstring."""

    description: str | None = None
    """The purpose of the function, and what it returns."""

    parameters: Mapping[str, str] = attrs.field(factory=dict)
    """The descriptions of parameters by name."""


def documentation_of(function: Callable[..., Any]) -> Documentation:
    """Parse the docstring of a function: Google, NumPy, reST and Epydoc styles.

    The description leaves out the sections on errors, and examples, which are Python.
    Without docstring-parser, it is the whole docstring.
    """
    text = _text_of(function)
    if not text:
        return Documentation()
    try:
        from docstring_parser import parse  # noqa: PLC0415 - optional
    except ImportError:
        return Documentation(text)
    try:
        parsed = parse(text)
    except Exception:  # noqa: BLE001 - it raises IndexError too, for odd texts
        return Documentation(text)
    return Documentation(
        "\n\n".join(_paragraphs(parsed)) or None, dict(_descriptions(parsed))
    )


def _text_of(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    called = type(function).__call__
    if inspect.isfunction(called) and called.__doc__:  # an object with `__call__`
        return inspect.cleandoc(called.__doc__)
    return (inspect.getdoc(function) or "").strip()


def _paragraphs(parsed: "Docstring") -> Iterator[str]:
    for text in (parsed.short_description, parsed.long_description):
        if text:
            yield text.strip()
    if parsed.returns is not None and parsed.returns.description:
        yield f"Returns: {parsed.returns.description.strip()}"


def _descriptions(parsed: "Docstring") -> Iterator[tuple[str, str]]:
    for parameter in parsed.params:
        if parameter.args[0] != "attribute" and parameter.description:
            yield parameter.arg_name.lstrip("*"), parameter.description.strip()
