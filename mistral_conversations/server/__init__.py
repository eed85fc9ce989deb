"""The API on this machine, to test programs against: `LocalServer`."""

from mistral_conversations.server.answering import Model, ModelFunction, Reply
from mistral_conversations.server.libraries.records import (
    RecordedDocument,
    RecordedLibrary,
)
from mistral_conversations.server.local_server import LocalServer
from mistral_conversations.server.pieces import (
    Piece,
    call,
    cite,
    execute,
    fail,
    handoff,
    say,
    think,
)
from mistral_conversations.server.records import (
    RecordedAgent,
    RecordedConversation,
    RecordedRequest,
)
from mistral_conversations.server.trouble import Trouble

__all__ = [
    "LocalServer",
    "Model",
    "ModelFunction",
    "Piece",
    "RecordedAgent",
    "RecordedConversation",
    "RecordedDocument",
    "RecordedLibrary",
    "RecordedRequest",
    "Reply",
    "Trouble",
    "call",
    "cite",
    "execute",
    "fail",
    "handoff",
    "say",
    "think",
]
