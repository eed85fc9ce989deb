import json

from mistral_conversations.server.web.listing import (
    has_metadata,
    newest_page,
    page_from,
    page_of,
)
from tests.support.for_each import for_each


@for_each(
    ("page", "page_size", "found"),
    [(0, 2, "ab"), (1, 2, "cd"), (2, 2, "e"), (3, 2, ""), (0, 9, "abcde")],
)
def test_page(page: int, page_size: int, found: str) -> None:
    assert page_of("abcde", page, page_size) == found


@for_each(
    ("pairs", "found"),
    [
        *[({}, True), ({"a": 1}, True), ({"a": 1, "b": None}, True)],
        *[({"a": 2}, False), ({"a": 1, "c": 3}, False), ({"c": None}, False)],
    ],
)
def test_metadata_have_all_pairs(pairs: dict[str, object], *, found: bool) -> None:
    assert has_metadata({"a": 1, "b": None}, pairs) is found


@for_each("value", [True, [True], {"b": [{"c": True}]}])
def test_metadata_distinguish_true_from_one(value: object) -> None:
    one = json.loads(json.dumps(value).replace("true", "1"))
    assert one == value
    assert has_metadata({"a": value}, {"a": value})
    assert not has_metadata({"a": value}, {"a": one})
    assert not has_metadata({"a": one}, {"a": value})


@for_each("other", [[1], [1, 2, 3], {"b": 1}, {"b": 2}, 1, None])
def test_metadata_are_compared_whole(other: object) -> None:
    assert not has_metadata({"a": [1, 2]}, {"a": other})
    assert not has_metadata({"a": {"b": 1, "c": 2}}, {"a": other})


def test_no_metadata_have_no_pairs() -> None:
    assert has_metadata(None, {})
    assert not has_metadata(None, {"a": None})


@for_each(
    ("page", "page_size", "found"),
    [
        *[(0, 2, "ed"), (1, 2, "cb"), (2, 2, "a"), (3, 2, ""), (0, 9, "edcba")],
        *[(1, 5, ""), (10**18, 10**18, "")],
    ],
)
def test_newest_page(page: int, page_size: int, found: str) -> None:
    assert newest_page("abcde", page, page_size) == found
    assert "".join(page_from(reversed("abcde"), page, page_size)) == found


def test_page_reads_no_further_than_its_last_item() -> None:
    letters = iter("abcde")
    assert page_from(letters, 1, 2) == ("c", "d")
    assert next(letters) == "e"
