import pytest

from mistral_conversations.server.web.listing import has_metadata, page_of


@pytest.mark.parametrize(
    ("page", "page_size", "found"),
    [(0, 2, "ab"), (1, 2, "cd"), (2, 2, "e"), (3, 2, ""), (0, 9, "abcde")],
)
def test_page(page: int, page_size: int, found: str) -> None:
    assert page_of("abcde", page, page_size) == found


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        *[({}, True), ({"a": 1}, True), ({"a": 1, "b": None}, True)],
        *[({"a": 2}, False), ({"a": 1, "c": 3}, False), ({"c": None}, False)],
    ],
)
def test_metadata_have_all_pairs(pairs: dict[str, object], *, found: bool) -> None:
    assert has_metadata({"a": 1, "b": None}, pairs) is found


def test_no_metadata_have_no_pairs() -> None:
    assert has_metadata(None, {})
    assert not has_metadata(None, {"a": None})
