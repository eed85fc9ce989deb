"""What docstrings say of functions and parameters."""

import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from mistral_conversations.runs.functions.docstrings import documentation_of
from tests.support.for_each import for_each


def google() -> None:
    """Return the weather.

    The service is slow: see its page.

    Args:
        city: the city,
            without its country.
        unit (str, optional): the unit.

    Returns:
        The temperature.

    Raises:
        ValueError: no such city.

    Example:
        >>> google("Paris")
    """


def numpy() -> None:
    """Return the weather.

    The service is slow: see its page.

    Parameters
    ----------
    city : str
        the city,
        without its country.
    unit : {"c", "f"}, optional
        the unit.

    Returns
    -------
    float
        The temperature.
    """


def rest() -> None:
    """Return the weather.

    The service is slow: see its page.

    :param city: the city,
        without its country.
    :param str unit: the unit.
    :param days:
    :returns: The temperature.
    :raises ValueError: no such city.
    """


def epydoc() -> None:
    """Return the weather.

    The service is slow: see its page.

    @param city: the city,
        without its country.
    @param unit: the unit.
    @return: The temperature.
    """


def plain() -> None:
    """Return the weather.

    Units:
      - c: Celsius
      - f: Fahrenheit
    """


def no_docstring() -> None:
    pass


def blank() -> None:
    """ """


def odd() -> None:
    """: :param x: y:::

    returnsArgs: x : int {a, b}, optional
    """


def summary_of_two_lines() -> None:
    """Return the weather
    of one city.
    """


def google_notes() -> None:
    """Return the weather.

    Note:
        It is measured
        once an hour.

    Args:
        x, y: the position.

    Warning:
        Never ask twice.
    """


def numpy_notes() -> None:
    """Return the weather.

    Parameters
    ----------
    x, y : int
        the position.

    Notes
    -----
    It is measured once an hour.
    """


def no_summary() -> None:
    """
    Args:
        x: the position.
        y: the position.
    """


class Callable_:  # noqa: N801
    """The class."""

    def __call__(self) -> None:
        """Return the weather."""


class Bare:
    """Return the rain."""

    def __call__(self) -> None:
        pass


class Parent:
    def method(self) -> None:
        """Return the weather."""


class Child(Parent):
    def method(self) -> None:
        pass


@functools.wraps(plain)
def wrapping() -> None:
    pass


@for_each("function", [google, numpy, rest, epydoc])
def test_every_style_is_parsed(function: Callable[..., Any]) -> None:
    found = documentation_of(function)
    assert found.description == (
        "Return the weather.\n\nThe service is slow: see its page.\n\n"
        "Returns: The temperature."
    )
    assert found.parameters == {
        "city": "the city,\nwithout its country.",
        "unit": "the unit.",
    }


@for_each(
    "function,description",
    [
        (
            google_notes,
            (
                "Return the weather.\n\nNote: It is measured\nonce an hour.\n\n"
                "Warning: Never ask twice."
            ),
        ),
        (numpy_notes, "Return the weather.\n\nNotes: It is measured once an hour."),
        (no_summary, None),
    ],
)
def test_notes_are_kept_and_one_text_describes_several_parameters(
    function: Callable[..., Any], description: str | None
) -> None:
    found = documentation_of(function)
    assert found.description == description
    assert found.parameters == {"x": "the position.", "y": "the position."}


@for_each(
    "function,description",
    [
        (no_docstring, None),
        (summary_of_two_lines, "Return the weather\nof one city."),
        (blank, None),
        (plain, "Return the weather.\n\nUnits:\n  - c: Celsius\n  - f: Fahrenheit"),
        (wrapping, "Return the weather.\n\nUnits:\n  - c: Celsius\n  - f: Fahrenheit"),
        (Callable_(), "Return the weather."),
        (Bare(), "Return the rain."),
        (Child().method, "Return the weather."),
        (functools.partial(Child().method), "Return the weather."),
        (odd, ": :param x: y:::\n\nreturnsArgs: x : int {a, b}, optional"),
        (len, "Return the number of items in a container."),
    ],
)
def test_a_docstring_is_the_description(
    function: Callable[..., Any], description: str | None
) -> None:
    found = documentation_of(function)
    assert found.description == description
    assert found.parameters == {}


def test_without_the_parser_the_whole_docstring_is_the_description() -> None:
    code = (
        "import sys; sys.modules['docstring_parser'] = None\n"
        "from mistral_conversations.runs.functions.docstrings import documentation_of\n"
        "from tests.runs.test_docstrings import google\n"
        "found = documentation_of(google)\n"
        "assert found.description.startswith('Return the weather.')\n"
        "assert '    city: the city,' in found.description\n"
        "assert found.parameters == {}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
