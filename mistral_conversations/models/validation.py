"""`ValidationError`: one item of the service's 422 answer."""

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.model import Model

__all__ = ["ValidationError"]


@frozen(kw_only=True, repr=False)
class ValidationError(Model):
    """One problem with a request."""

    loc: tuple[str | int, ...]
    """The path to the value; it may include the name of a request schema."""

    msg: str
    type: str
    input: Any = attrs.field(default=None, hash=False)
    """The value that was sent."""

    ctx: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    """The limits that were exceeded."""


publish(globals(), *__all__)
