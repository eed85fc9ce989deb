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
    rank = _Rank(wanted)
    ranked = nsmallest(_MOST_CANDIDATES, candidates, key=rank)
    found = []
    for candidate in _bounded(ranked):
        recorded = compared(candidate.exchange.request)
        parts = _differing(candidate.print, wanted)
        pair = (_pruned(each, parts) for each in (recorded, sent))
        found.append((candidate, [*islice(contrasts(*pair), _MOST_CONTRASTS)]))
    return min(found, key=lambda each: (*rank.before(each[0]), len(each[1])))


def _bounded(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield candidates until their bodies are too long together, at least one."""
    left = _MOST_CHARACTERS
    for candidate in candidates:
        yield candidate
        if (left := left - candidate.print.size) < 0:
            return


class _Rank:
    """How far recorded requests are from one that was sent, without their bodies."""

    def __init__(self, sent: Print) -> None:
        self._sent = sent
        self._routes: dict[tuple[str, str], int] = {}

    def __call__(self, candidate: Candidate) -> tuple[int, ...]:
        """Return the rank; the lowest is the nearest."""
        recorded = candidate.print
        same_query = recorded.query == self._sent.query
        differing = len(_differing(recorded, self._sent)) + (not same_query)
        return (*self.before(candidate), differing, candidate.exchange.number)

    def before(self, candidate: Candidate) -> tuple[int, bool, bool]:
        """Return what matters more than the number of differences."""
        recorded = candidate.print
        other_kind = recorded.parts["kind"] != self._sent.parts["kind"]
        return self._route(recorded), candidate.is_used, other_kind

    def _route(self, recorded: Print) -> int:
        """Return in how many segments the path differs; the method counts as one."""
        route = recorded.method, recorded.path
        if route not in self._routes:
            segments = zip_longest(
                *(each.path.split("/") for each in (recorded, self._sent))
            )
            steps = sum(one != other for one, other in segments)
            self._routes[route] = steps + (recorded.method != self._sent.method)
        return self._routes[route]


def _differing(recorded: Print, sent: Print) -> set[str]:
    """Return the names of the parts that differ."""
    return {name for name, _ in recorded.parts.items() ^ sent.parts.items()}


def _pruned(compared: Compared, parts: Iterable[str]) -> Compared:
    """Return what is compared without the members of the body that do not differ."""
    if not isinstance(compared.value, dict) or "$" in parts:
        return compared
    members = {
        key: value for key, value in compared.value.items() if f".{key}" in parts
    }
    return attrs.evolve(compared, value=members)
