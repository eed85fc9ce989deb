"""What was wrong with a request, as the service's 422 tells it."""

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from mistral_conversations.models.model import Model

__all__ = ["ValidationError"]


@frozen(kw_only=True, repr=False)
class ValidationError(Model):
    """One thing that was wrong."""

    loc: tuple[str | int, ...]
    """The path to it; among the keys may stand the name of a request schema."""

    msg: str
    type: str
    input: Any = attrs.field(default=None, hash=False)
    """What was sent there."""

    ctx: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    """The limits that were not kept."""
