"""Finding the recorded exchange that answers a request."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Self

import attrs

from mistral_conversations.server.cassettes.candidates import (
    Candidate,
    Print,
    nearest,
)
from mistral_conversations.server.cassettes.compared import Compared
from mistral_conversations.server.cassettes.exchange import Exchange, RequestFacts
from mistral_conversations.server.cassettes.explanation import (
    empty,
    not_recorded,
    summary,
    used_up,
)
from mistral_conversations.server.cassettes.paths import Paths, Redaction

__all__ = ["Matcher", "Rules"]

_READ_BY_PATHS = ("json", "form")
_SAFE = ("GET", "HEAD")
_number = attrgetter("number")


@attrs.frozen
class Rules:
    """How requests are compared with those of a cassette. Use `of`."""

    match: Paths | None
    """What is compared of JSON and forms; None is all."""

    ignore: Paths
    redaction: Redaction

    @classmethod
    def of(cls, match: object, ignore: object, redact: object) -> Self:
        """Read the parameters.

        Args:
            match: JSON paths, which alone are compared of a JSON body or of the fields
                of a form; without any, no body is compared; None compares all of it.
            ignore: JSON paths that are not compared.
            redact: how bodies were redacted in the cassette; see `Redaction.of`.

        Raises:
            TypeError: a parameter has the wrong type.
            ValueError: a text is not a JSON path.
            ModuleNotFoundError: there are paths, and jsonpath-rfc9535 is not installed.
        """
        return cls(
            None if match is None else Paths.of("match", match),
            Paths.of("ignore", ignore),
            Redaction.of(redact),
        )

    def compared(self, request: RequestFacts) -> Compared:
        """Return what is compared of a request, which is redacted already.

        Raises:
            ValueError: the body is nested too deeply for a path.
        """
        kind, value = next(iter(request.body.items()), ("", None))
        by_path = False
        if self.match is not None and not self.match.texts:
            kind, value = "", None
        elif kind in _READ_BY_PATHS:
            value = self.ignore.without(value)
            if self.match is not None:
                by_path, value = True, self.match.only(value)
        query = tuple(sorted(request.query))
        return Compared(request.method, request.path, query, kind, value, by_path)


class _Equals:
    """The recorded exchanges of equal requests, in their order."""

    def __init__(self) -> None:
        self._candidates: list[Candidate] = []
        self._used = 0

    def add(self, candidate: Candidate) -> None:
        """Add an exchange."""
        self._candidates.append(candidate)

    @property
    def lines(self) -> list[int]:
        """The lines of the requests in the cassette."""
        return [each.exchange.line for each in self._candidates]

    def take(self) -> Exchange | None:
        """Use the next exchange; of a GET or HEAD, repeat the last one after it."""
        if self._used < len(self._candidates):
            candidate = self._candidates[self._used]
            self._used += 1
            candidate.is_used = True
            return candidate.exchange
        return self._candidates[-1].exchange if self._is_safe else None

    def unused(self) -> list[Exchange]:
        """Return the unused exchanges; none of a GET or HEAD that was used once."""
        if self._is_safe and self._used:
            return []
        return [each.exchange for each in self._candidates[self._used :]]

    @property
    def _is_safe(self) -> bool:
        return self._candidates[0].print.method in _SAFE


class Matcher:
    """The exchanges of a cassette, each to be used once.

    How often a program polls depends on time: once all recorded answers of an equal GET
    or HEAD are used, the last one is repeated; and none of the rest need be used once
    one was.

    Args:
        exchanges: the exchanges.
        rules: how to compare requests.

    Raises:
        ValueError: a recorded body is nested too deeply for a path.
    """

    def __init__(self, exchanges: Iterable[Exchange], rules: Rules) -> None:
        self._rules = rules
        self._candidates: list[Candidate] = []
        self._equals: dict[str, _Equals] = {}
        for exchange in sorted(exchanges, key=_number):
            self._add(exchange)

    def _add(self, exchange: Exchange) -> None:
        compared = self._rules.compared(exchange.request)
        candidate = Candidate(exchange, Print.of(compared))
        self._candidates.append(candidate)
        self._equals.setdefault(candidate.print.key, _Equals()).add(candidate)

    def take(self, request: RequestFacts) -> Exchange | None:
        """Use the first unused exchange of a request; return None if there is none.

        Args:
            request: a request, redacted as the cassette is.

        Raises:
            ValueError: the body is nested too deeply for a path.
        """
        compared = self._rules.compared(request)
        equals = self._equals.get(Print.of(compared).key)
        return None if equals is None else equals.take()

    def unused(self) -> list[str]:
        """Describe the exchanges that were not used, on a line each."""
        found = [each for equals in self._equals.values() for each in equals.unused()]
        return [summary(exchange) for exchange in sorted(found, key=_number)]

    def explain(self, request: RequestFacts) -> str:
        """Explain why `take` finds nothing for a request, and name the remedy.

        Args:
            request: the request.

        Raises:
            ValueError: the body is nested too deeply for a path.
        """
        sent = self._rules.compared(request)
        wanted = Print.of(sent)
        if equals := self._equals.get(wanted.key):
            return used_up(sent, equals.lines)
        if not self._candidates:
            return empty(sent)
        found, differing = nearest(self._candidates, sent, wanted, self._rules.compared)
        return not_recorded(sent, found.exchange, differing, is_used=found.is_used)
