"""Recorded requests, and which of them is nearest to a request."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import nsmallest
from itertools import islice, zip_longest
from typing import Self

import attrs

from mistral_conversations.server.cassettes.compared import (
    Compared,
    Contrast,
    contrasts,
)
from mistral_conversations.server.cassettes.exchange import Exchange, RequestFacts
from mistral_conversations.server.cassettes.fingerprints import canonical, digest

__all__ = ["Candidate", "Print", "nearest"]

_MOST_CANDIDATES = 100
_MOST_CHARACTERS = 500_000
_MOST_CONTRASTS = 100
"""Bounds of the work for an error."""


@attrs.frozen
class Print:
    """A request as short texts, which are equal for equal requests."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    parts: Mapping[str, str]
    size: int
    """The number of characters of the body."""

    @classmethod
    def of(cls, compared: Compared) -> Self:
        """Return the print of a request."""
        parts = compared.parts()
        size = sum(map(len, parts.values()))
        digests = {name: digest(text) for name, text in parts.items()}
        return cls(compared.method, compared.path, compared.query, digests, size)

    @property
    def key(self) -> str:
        """The same text for all requests that match."""
        return digest(canonical([self.method, self.path, self.query, self.parts]))


@attrs.define(eq=False)
class Candidate:
    """A recorded exchange that may answer a request."""

    exchange: Exchange
    print: Print
    is_used: bool = False


def nearest(
    candidates: Iterable[Candidate],
    sent: Compared,
    wanted: Print,
    compared: Callable[[RequestFacts], Compared],
) -> tuple[Candidate, list[Contrast]]:
    """Find the recorded request that is nearest to one; return how they differ.

    It is one with the same method and path if possible, preferably unused, and has the
    fewest differences; of several, it is the first. Only those in which the fewest
    parts of the body differ are compared in full.

    Args:
        candidates: the recorded requests, at least one.
        sent: the request.
        wanted: its print.
        compared: `Rules.compared`.
    """

    def rank(candidate: Candidate) -> tuple[int, ...]:
        parts = _differing_parts(candidate.print, wanted)
        return (*_rank(candidate, wanted), parts, candidate.exchange.number)

    found = []
    for candidate in _bounded(nsmallest(_MOST_CANDIDATES, candidates, key=rank)):
        recorded = compared(candidate.exchange.request)
        differing = [*islice(contrasts(recorded, sent), _MOST_CONTRASTS)]
        found.append((candidate, differing))
    return min(found, key=lambda each: (*_rank(each[0], wanted), _weight(each[1])))


def _bounded(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield candidates until their bodies are too long together, at least one."""
    left = _MOST_CHARACTERS
    for candidate in candidates:
        yield candidate
        if (left := left - candidate.print.size) < 0:
            return


def _rank(candidate: Candidate, sent: Print) -> tuple[int, bool, bool]:
    """Return what matters more than the number of differences; the lowest is best."""
    recorded = candidate.print
    other_kind = recorded.parts["kind"] != sent.parts["kind"]
    return _differing_steps(recorded, sent), candidate.is_used, other_kind


def _differing_steps(recorded: Print, sent: Print) -> int:
    """Return in how many segments the path differs; the method counts as one."""
    segments = zip_longest(recorded.path.split("/"), sent.path.split("/"))
    steps = sum(1 for one, other in segments if one != other)
    return steps + (recorded.method != sent.method)


def _differing_parts(recorded: Print, sent: Print) -> int:
    """Return how many parts of the body differ; the query counts as one.

    A part that only one request has counts twice.
    """
    names = {name for name, _ in recorded.parts.items() ^ sent.parts.items()}
    one_sided = recorded.parts.keys() ^ sent.parts.keys()
    return len(names) + len(one_sided) + (recorded.query != sent.query)


def _weight(found: Iterable[Contrast]) -> int:
    return sum(contrast.weight for contrast in found)
