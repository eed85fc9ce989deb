"""A field may have another key in JSON than its name."""

from typing import Any, Literal

import attrs
import pytest

from mistral_conversations import DecodeError, from_dict, to_dict
from mistral_conversations._wire.keys import json_fields, key_of
from mistral_conversations.models.model import Answer, Model


@attrs.frozen(kw_only=True, repr=False)
class Shelf(Answer):
    board_width: int = attrs.field(metadata={"key": "boardWidth"})
    label: str | None = attrs.field(default=None, metadata={"key": "_label"})
    books: tuple[str, ...] = attrs.field(factory=tuple, metadata={"key": "my/books"})


@attrs.frozen(kw_only=True, repr=False)
class Tagged(Model):
    type: Literal["tagged"] = "tagged"
    size: int = attrs.field(default=0, metadata={"key": "$size"})


WHOLE = {"boardWidth": 80, "_label": "oak", "my/books": ["Emma"]}


def test_a_key_is_read_and_written() -> None:
    shelf = from_dict(Shelf, WHOLE)
    assert shelf == Shelf(board_width=80, label="oak", books=("Emma",))
    assert to_dict(shelf) == WHOLE


def test_absent_and_null_keys_have_their_default() -> None:
    assert from_dict(Shelf, {"boardWidth": 1, "_label": None}) == Shelf(board_width=1)


def test_the_name_of_a_field_is_an_unknown_key() -> None:
    shelf = from_dict(Shelf, {"boardWidth": 1, "board_width": 2, "label": "a"})
    assert shelf == Shelf(board_width=1, extra={"board_width": 2, "label": "a"})
    assert to_dict(shelf) == {
        "boardWidth": 1,
        "my/books": [],
        "board_width": 2,
        "label": "a",
    }


def test_a_missing_key_is_reported_by_the_name_of_its_field() -> None:
    with pytest.raises(
        DecodeError, match=r"required field missing @ Shelf.board_width"
    ):
        from_dict(Shelf, {"board_width": 2})


def test_an_odd_list_is_kept_under_its_key() -> None:
    shelf = from_dict(Shelf, {"boardWidth": 1, "my/books": 7})
    assert (shelf.books, shelf.extra) == ((), {"my/books": 7})


def test_a_class_with_a_tag_may_have_keys() -> None:
    data: dict[str, Any] = {"type": "tagged", "$size": 4}
    assert from_dict(Tagged, data).size == 4
    assert to_dict(from_dict(Tagged, data)) == data


def test_meta_and_extra_are_no_keys() -> None:
    assert list(json_fields(Shelf)) == ["boardWidth", "_label", "my/books"]
    assert key_of(attrs.fields(Shelf).meta) == "meta"
