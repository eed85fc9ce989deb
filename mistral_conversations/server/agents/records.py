"""An agent, as tests see it."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

__all__ = ["RecordedAgent"]


@attrs.frozen(eq=False)
class RecordedAgent:
    """A snapshot of an agent, in the plain JSON types of the API.

    Its contents belong to the server: change a copy.
    """

    id: str
    json: Mapping[str, Any]
    """What `GET /v1/agents/{id}` returns: the current version."""

    versions: Sequence[Mapping[str, Any]]
    """The same for each version, by its number."""

    aliases: Mapping[str, int]
    """The version numbers, by alias."""
