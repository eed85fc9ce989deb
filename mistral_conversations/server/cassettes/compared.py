"""What is compared of a request, and where two requests differ."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

import attrs

from mistral_conversations.server.cassettes.differences import (
    ABSENT,
    Difference,
    differences,
)
from mistral_conversations.server.cassettes.excerpts import visible
from mistral_conversations.server.cassettes.fingerprints import canonical

__all__ = ["Compared", "Contrast", "contrasts"]

_KINDS = {"": "no body", "json": "JSON", "form": "a form", "bytes": "bytes"}


@attrs.frozen
class Compared:
    """What is compared of a request."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    """Sorted, since its order means nothing."""

    kind: str
    """The name of the body in `RequestFacts`; empty if none is compared."""

    value: Any
    """The body, without what is ignored."""

    by_path: bool = False
    """Whether the value has only the values that some paths select, by these paths."""

    def parts(self) -> Mapping[str, str]:
        """Return canonical texts of the body's parts; equal bodies have equal ones."""
        if isinstance(self.value, dict):
            members = {f".{key}": canonical(item) for key, item in self.value.items()}
        else:
            members = {"$": canonical(self.value)}
        return {"kind": self.kind, **members}


class Contrast(NamedTuple):
    """A difference between two requests."""

    text: str
    ignorable: str | None
    """The path that `ignore` may have for it, if any."""

    weight: int = 1
    """How much it separates the requests."""


def contrasts(recorded: Compared, sent: Compared) -> Iterator[Contrast]:
    """Yield the differences between two requests: method, path, query, body."""
    for difference in differences(_head(recorded), _head(sent), root=""):
        yield Contrast(str(difference).removeprefix("."), None)
    if recorded.kind != sent.kind:
        kinds = [_KINDS.get(each.kind, each.kind) for each in (recorded, sent)]
        yield Contrast(f"body: recorded {kinds[0]}, sent {kinds[1]}", None)
    elif sent.by_path:
        for difference in _selected(recorded.value, sent.value):
            yield _contrast(difference, ignorable=False)
    else:
        ignorable = sent.kind in ("json", "form")
        root = "$" if ignorable else "body"
        for difference in differences(recorded.value, sent.value, root):
            yield _contrast(difference, ignorable=ignorable)


def _contrast(difference: Difference, *, ignorable: bool) -> Contrast:
    """Return a difference of bodies, which weighs more if one has nothing there."""
    one_sided = ABSENT in (difference.recorded, difference.sent)
    path = difference.ignorable if ignorable else None
    return Contrast(str(difference), path, 1 + one_sided)


def _head(compared: Compared) -> Mapping[str, Any]:
    """Return the head of a request; a parameter given once has one value."""
    query: dict[str, list[str]] = {}
    for name, value in compared.query:
        query.setdefault(name, []).append(value)
    return {
        "method": compared.method,
        "path": compared.path,
        "query": {
            name: values if len(values) > 1 else values[0]
            for name, values in query.items()
        },
    }


def _selected(
    recorded: Mapping[str, list[Any]], sent: Mapping[str, list[Any]]
) -> Iterator[Difference]:
    """Yield the differences in what paths select.

    A path that selects several values is in parentheses, and the index after it is that
    of a value.
    """
    for path, values in recorded.items():
        pair = values, sent[path]
        shown = visible(path)
        if max(map(len, pair)) > 1:
            yield from differences(*pair, f"({shown})")
        else:
            for one, other in zip_longest(*pair, fillvalue=ABSENT):
                yield from differences(one, other, shown)
