"""The blocking clients, for notebooks and scripts."""

from mistral_conversations.sync.conversations import Conversations
from mistral_conversations.sync.stream import ConversationStream

__all__ = ["ConversationStream", "Conversations"]
