"""Characters in two halves."""

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._characters import Halves, joined, whole
from tests.support.comparison import thorough
from tests.support.for_each import for_each

HIGH, LOW = "\ud83d", "\ude00"


@for_each(
    ("text", "as_joined", "as_whole"),
    [
        *[("", "", ""), ("abc", "abc", "abc"), ("é😀", "é😀", "é😀")],
        (f"a{HIGH}{LOW}b", "a😀b", "a😀b"),
        (f"a{HIGH}", f"a{HIGH}", "a\ufffd"),
        (f"{LOW}b", f"{LOW}b", "\ufffdb"),
        (f"{LOW}{HIGH}", f"{LOW}{HIGH}", "\ufffd\ufffd"),
        (f"{HIGH}{HIGH}{LOW}{LOW}", f"{HIGH}😀{LOW}", "\ufffd😀\ufffd"),
        (f"{HIGH} {LOW}", f"{HIGH} {LOW}", "\ufffd \ufffd"),
        ("é" * 65_535 + HIGH + LOW, "é" * 65_535 + "😀", "é" * 65_535 + "😀"),
    ],
)
def test_halves_join_and_those_alone_are_replaced(
    text: str, as_joined: str, as_whole: str
) -> None:
    assert joined(text) == as_joined
    assert whole(text) == as_whole


@thorough
@given(st.text(st.characters(exclude_categories=())), st.text())
def test_whole_text_can_be_encoded(halves: str, text: str) -> None:
    whole(halves).encode()
    assert whole(text) == joined(text) == text
    assert joined(joined(halves)) == joined(halves)


@for_each(
    ("pieces", "taken"),
    [
        ([f"a{HIGH}", f"{LOW}b"], ["a", "😀b", ""]),
        ([HIGH, "", LOW, "b"], ["", "", "😀", "b", ""]),
        ([HIGH, "b"], ["", "\ufffdb", ""]),
        ([HIGH, HIGH, LOW], ["", "\ufffd", "😀", ""]),
        ([f"é{HIGH}"], ["é", "\ufffd"]),
        ([LOW, "é"], ["\ufffd", "é", ""]),
        (["a", "é", "😀"], ["a", "é", "😀", ""]),
    ],
)
def test_halves_in_two_pieces_join(pieces: list[str], taken: list[str]) -> None:
    halves = Halves()
    assert [*(halves.take(piece, 1) for piece in pieces), halves.rest()] == taken
    assert halves.rest() == ""


def test_halves_of_two_texts_do_not_join() -> None:
    halves = Halves()
    assert halves.take(HIGH, 1) == ""
    assert halves.take("", 2) == ""
    assert halves.take(LOW, 2) == "\ufffd\ufffd"


@thorough
@given(st.lists(st.text(st.characters(exclude_categories=()))))
def test_pieces_add_up_to_the_whole_text(pieces: list[str]) -> None:
    halves = Halves()
    taken = [halves.take(piece, 1) for piece in pieces]
    assert "".join([*taken, halves.rest()]) == whole("".join(pieces))
