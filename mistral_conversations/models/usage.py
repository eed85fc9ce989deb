"""What an answer cost."""

from collections.abc import Mapping

import attrs
from attrs import frozen

from mistral_conversations.models.model import Model

__all__ = ["ConversationUsageInfo"]


@frozen(kw_only=True, repr=False)
class ConversationUsageInfo(Model):
    """Tokens used by one answer."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    """Prompt, completion and connector tokens together."""

    connector_tokens: int | None = None
    """Tokens that built-in tools used."""

    connectors: Mapping[str, int] | None = attrs.field(default=None, hash=False)
    """How often each built-in tool ran, by its name."""
