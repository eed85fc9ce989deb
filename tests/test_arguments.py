"""Errors for arguments that a callable does not take."""

import inspect

import pytest

from mistral_conversations._arguments import keywords_only


@keywords_only("takes names: Point(x=1)", first=1)
class Point:
    def __init__(self, x: int = 0, y: int = 0) -> None:
        self.place = (x, y)


def test_names_are_taken_and_too_many_positions_refused() -> None:
    assert Point(1, y=2).place == Point(x=1, y=2).place == (1, 2)
    with pytest.raises(TypeError, match=r"^Point takes names: Point\(x=1\)$"):
        Point(*[1, 2])


def test_signature_is_that_of_the_class() -> None:
    assert list(inspect.signature(Point).parameters) == ["x", "y"]
