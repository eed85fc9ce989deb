"""Functions whose annotations are texts (PEP 563)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from mistral_conversations.runs.context import RunContext


@attrs.define
class Place:
    """A place."""

    city: str


def visit(place: Place, days: int) -> Any:
    """Visit a place."""
    return place, days


def takes_context(city: str, context: RunContext[str] | None) -> Any:
    """Return the city and the context."""
    return city, context


def unresolved(city: Missing) -> None:  # type: ignore[name-defined] # noqa: F821
    """Do nothing."""
