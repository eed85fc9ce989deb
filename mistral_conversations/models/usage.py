"""`ConversationUsageInfo`: the token usage of an answer."""

from collections.abc import Mapping

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.model import Model

__all__ = ["ConversationUsageInfo"]


@frozen(kw_only=True, repr=False)
class ConversationUsageInfo(Model):
    """The token usage of one answer."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    """The sum of prompt, completion and connector tokens."""

    connector_tokens: int | None = None
    """Tokens that built-in tools used."""

    connectors: Mapping[str, int] | None = attrs.field(default=None, hash=False)
    """The number of runs of each built-in tool, by name."""


publish(globals(), *__all__)
