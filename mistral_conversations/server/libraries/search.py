"""Search for the passages that share most words with a query."""

import math
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

__all__ = ["Passage", "passages", "search"]

_LONGEST_PASSAGE = 1_000
_MOST_RESULTS = 5

# Of the best score; passages below it share only words that are everywhere.
_LEAST_SHARE = 0.4

_BLANK_LINES = re.compile(r"\n\s*\n")
_WORDS = re.compile(r"\w+")


@attrs.frozen
class Passage:
    """A piece of a text, about a paragraph long."""

    text: str
    words: frozenset[str] = attrs.field(repr=False)
    """Its words, casefolded."""


def passages(text: str) -> tuple[Passage, ...]:
    """Split a text at blank lines, and long paragraphs between words.

    A heading (`# ...`) stays with the paragraph below it.
    """
    cut: list[str] = []
    heading = ""
    for paragraph in _BLANK_LINES.split(text):
        piece = paragraph.strip()
        if _is_heading(piece):
            heading += f"{piece}\n\n"
        elif piece:
            cut += _pieces(heading + piece)
            heading = ""
    cut += _pieces(heading.strip())
    return tuple(Passage(piece, frozenset(_words(piece))) for piece in cut)


def search(query: str, among: Sequence[Passage]) -> list[tuple[int, float]]:
    """Find the passages that match a query best.

    The score adds up the words that query and passage share; rare words count more.
    Equal scores keep the order of the passages.

    Returns:
        The indexes and scores of the passages, best first.
    """
    wanted = set(_words(query))
    shared = [sorted(passage.words & wanted) for passage in among]
    having = Counter(word for words in shared for word in words)
    weights = {word: math.log(1 + len(among) / n) for word, n in having.items()}
    scores = [sum(weights[word] for word in words) for words in shared]
    least = max(scores, default=0) * _LEAST_SHARE
    found = [(i, round(score, 4)) for i, score in enumerate(scores) if score > least]
    return sorted(found, key=lambda each: -each[1])[:_MOST_RESULTS]


def _words(text: str) -> Iterable[str]:
    return _WORDS.findall(text.casefold())


def _is_heading(piece: str) -> bool:
    return piece.startswith("#") and "\n" not in piece


def _pieces(paragraph: str) -> list[str]:
    if len(paragraph) <= _LONGEST_PASSAGE:
        return [paragraph] if paragraph else []
    return textwrap.wrap(
        paragraph,
        _LONGEST_PASSAGE,
        replace_whitespace=False,
        expand_tabs=False,
        break_on_hyphens=False,
    )
