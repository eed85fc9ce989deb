"""Texts about requests that were not recorded, and exchanges that were not used."""

from collections.abc import Sequence
from urllib.parse import urlencode

from mistral_conversations.server.cassettes.compared import Compared, Contrast
from mistral_conversations.server.cassettes.differences import path_of_member
from mistral_conversations.server.cassettes.excerpts import excerpt, quoted, visible
from mistral_conversations.server.cassettes.exchange import Exchange, RequestFacts

__all__ = ["empty", "not_recorded", "summary", "used_up"]

_MOST_CONTRASTS = 10
_MOST_PATHS = 3
_MOST_LINES = 5
_LONGEST_PATH = 200
_LONGEST_ROUTE = 200


def summary(exchange: Exchange) -> str:
    """Describe an exchange on one line."""
    request = exchange.request
    body = "".join(f" {excerpt(value)}" for value in request.body.values())
    return f"exchange {exchange.number} (line {exchange.line}): {_route(request)}{body}"


def empty(sent: Compared) -> str:
    """Explain that nothing was recorded."""
    route = _route(sent)
    return f"{route} was not recorded: the cassette has no requests. Record it again."


def used_up(sent: Compared, lines: Sequence[int]) -> str:
    """Explain that a request was sent more often than it was recorded."""
    shown = ", ".join(map(str, lines[:_MOST_LINES]))
    more = ", …" if len(lines) > _MOST_LINES else ""
    answers = "answer on line" if len(lines) == 1 else f"{len(lines)} answers on lines"
    return (
        f"{_route(sent)} was sent more often than it was recorded: the {answers} "
        f"{shown}{more} of the cassette {'was' if len(lines) == 1 else 'were'} used "
        "already. Record it again."
    )


def not_recorded(
    sent: Compared,
    recorded: Exchange,
    contrasts: Sequence[Contrast],
    *,
    is_used: bool,
) -> str:
    """Explain that a request was not recorded: how the nearest one differs."""
    used = ", which was used already" if is_used else ""
    lines = [contrast.text for contrast in contrasts[:_MOST_CONTRASTS]]
    if len(contrasts) > _MOST_CONTRASTS:
        lines.append("…")
    head = (
        f"{_route(sent)} was not recorded. {_remedy(contrasts)} The nearest recorded "
        f"request is on line {recorded.line} of the cassette{used}:"
    )
    return "\n- ".join([head, *lines])


def _remedy(contrasts: Sequence[Contrast]) -> str:
    paths = [each.ignorable for each in contrasts if each.ignorable is not None]
    if not paths or len(paths) < len(contrasts):
        return "Record it again."
    ignorable = dict.fromkeys(paths)
    if len(ignorable) > _MOST_PATHS:
        ignorable = dict.fromkeys(path_of_member(path) for path in paths)
    shown = [quoted(path) for path in ignorable if len(path) <= _LONGEST_PATH]
    ignore = ", ".join(shown[:_MOST_PATHS])
    more = ", …" if len(ignorable) > len(shown[:_MOST_PATHS]) else ""
    return f"Record it again, or ignore what differs: ignore=[{ignore}{more}]."


def _route(request: Compared | RequestFacts) -> str:
    query = urlencode(request.query, errors="replace")
    route = visible(f"{request.method} {request.path}{'?' if query else ''}{query}")
    return route if len(route) <= _LONGEST_ROUTE else f"{route[:_LONGEST_ROUTE]}…"
