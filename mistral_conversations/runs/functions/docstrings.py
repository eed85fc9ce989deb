"""What a docstring says of a function and of its parameters."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs

from mistral_conversations._callables import without_partials

if TYPE_CHECKING:
    from docstring_parser import Docstring

__all__ = ["Documentation", "documentation_of"]

_NOTES = ("note", "notes", "warning", "warnings", "important")
"""The sections with text for the model that are not about one parameter."""


@attrs.frozen
class Documentation:
    """What the model reads of a function's docstring."""

    description: str | None = None
    """The purpose of the function, and what it returns."""

    parameters: Mapping[str, str] = attrs.field(factory=dict)
    """The descriptions of parameters by name."""


def documentation_of(function: Callable[..., Any]) -> Documentation:
    """Parse the docstring of a function: Google, NumPy, reST and Epydoc styles.

    The description has the notes and warnings too, but neither the sections on errors
    nor examples, which are Python. Without docstring-parser, it is the whole docstring.
    """
    text = _text_of(function)
    if not text:
        return Documentation()
    try:
        parsed = _parsed(text)
    except Exception:  # noqa: BLE001 - no parser; it raises IndexError for odd texts
        return Documentation(text)
    return Documentation(
        "\n\n".join(_paragraphs(parsed)) or None, dict(_descriptions(parsed))
    )


def _text_of(function: Callable[..., Any]) -> str:
    function = without_partials(function)
    called = type(function).__call__
    if inspect.isfunction(called) and called.__doc__:  # an object with `__call__`
        return inspect.cleandoc(called.__doc__)
    return (inspect.getdoc(function) or "").strip()


def _parsed(text: str) -> "Docstring":
    from docstring_parser import google, parse  # noqa: PLC0415 - optional

    text = f"\n{text}"  # else a section in the first line loses its indentation
    found = [parse(text)]
    with suppress(Exception):
        whole = google.SectionType.SINGULAR
        notes = [google.Section(each.capitalize(), each, whole) for each in _NOTES]
        parser = google.GoogleParser([*google.DEFAULT_SECTIONS, *notes])
        found.append(parser.parse(text))
    return max(found, key=lambda each: len(each.meta))


def _paragraphs(parsed: "Docstring") -> Iterator[str]:
    if parsed.description:
        yield parsed.description.strip()
    for section in parsed.meta:
        if section.args[0] in _NOTES and section.description:
            yield f"{section.args[0].capitalize()}: {section.description.strip()}"
    if parsed.returns is not None and parsed.returns.description:
        yield f"Returns: {parsed.returns.description.strip()}"


def _descriptions(parsed: "Docstring") -> Iterator[tuple[str, str]]:
    for parameter in parsed.params:
        if parameter.args[0] != "attribute" and parameter.description:
            for name in parameter.arg_name.split(","):
                yield name.strip().lstrip("*"), parameter.description.strip()
