"""Search, without a server: how texts are cut, and what is found."""

from mistral_conversations.server.libraries.search import passages, search
from tests.support.for_each import for_each

TEXT = """# Skies

The sky is blue by day.
It is black at night.

## Weather

The clouds bring rain; the rain is grey.


The sun brings nothing but the light.
"""


def _texts(text: str) -> list[str]:
    return [passage.text for passage in passages(text)]


def _found(query: str, text: str = TEXT) -> list[int]:
    return [index for index, _ in search(query, passages(text))]


def test_passages_are_paragraphs_with_their_headings() -> None:
    assert _texts(TEXT) == [
        "# Skies\n\nThe sky is blue by day.\nIt is black at night.",
        "## Weather\n\nThe clouds bring rain; the rain is grey.",
        "The sun brings nothing but the light.",
    ]


@for_each(
    ("text", "texts"),
    [
        ("", []),
        (" \n \n\n", []),
        ("a\r\n\r\nb", ["a", "b"]),
        ("a\n \t\nb\n", ["a", "b"]),
        ("# A\n\n# B\n\nc", ["# A\n\n# B\n\nc"]),
        ("a\n\n# B", ["a", "# B"]),
        ("#a\nb", ["#a\nb"]),
    ],
)
def test_passages_of_odd_texts(text: str, texts: list[str]) -> None:
    assert _texts(text) == texts


def test_long_paragraphs_are_cut_between_words() -> None:
    text = "blue sky " * 400
    cut = _texts(text)
    assert len(cut) == 4
    assert all(len(piece) <= 1_000 for piece in cut)
    assert " ".join(cut) == text.strip()


def test_word_without_end_is_cut_too() -> None:
    assert [len(piece) for piece in _texts("x" * 2_500)] == [1_000, 1_000, 500]


@for_each(
    ("query", "found"),
    [
        ("sky", [0]),
        ("SKY!", [0]),
        ("What does the rain do?", [1]),
        ("Skies and weather", [0, 1]),
        ("the", [0, 1, 2]),
        ("light rain", [1, 2]),
        ("snow", []),
        ("", []),
        ("?", []),
    ],
)
def test_search_finds_by_words(query: str, found: list[int]) -> None:
    assert _found(query) == found


def test_rare_words_count_more() -> None:
    assert _found("grey day", "day one\n\nday two\n\ngrey\n\nday three")[0] == 2


def test_best_five_are_given_the_first_of_equals_first() -> None:
    text = "\n\n".join(["blue sky", *["sky"] * 7, "sky blue"])
    assert _found("blue sky", text) == [0, 8]
    assert _found("sky", text) == [0, 1, 2, 3, 4]


def test_scores_are_the_same_each_time() -> None:
    found = search("the rain and the sky", passages(TEXT))
    assert found == search("sky, rain the and", passages(TEXT))
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


def test_nothing_is_found_in_nothing() -> None:
    assert search("sky", ()) == []
