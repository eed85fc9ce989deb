"""The API on this machine, for tests: `LocalServer`."""

from mistral_conversations._public import publish
from mistral_conversations.server.agents.records import RecordedAgent
from mistral_conversations.server.answers.model import Model, ModelFunction, Reply
from mistral_conversations.server.answers.pieces import (
    Piece,
    call,
    cite,
    execute,
    fail,
    flood,
    handoff,
    say,
    show,
    think,
)
from mistral_conversations.server.answers.records import RecordedConversation
from mistral_conversations.server.batch_jobs.records import RecordedBatchJob
from mistral_conversations.server.cassettes.recording_server import RecordingServer
from mistral_conversations.server.cassettes.replaying_server import ReplayingServer
from mistral_conversations.server.connectors.connector import LocalConnector
from mistral_conversations.server.files.records import RecordedFile
from mistral_conversations.server.libraries.records import (
    RecordedDocument,
    RecordedLibrary,
)
from mistral_conversations.server.local_server import LocalServer
from mistral_conversations.server.model_cards.cards import (
    ListedModel,
    ListedModels,
)
from mistral_conversations.server.web.rate_limit import Quota
from mistral_conversations.server.web.records import RecordedRequest
from mistral_conversations.server.web.trouble import Trouble

__all__ = [
    "ListedModel",
    "ListedModels",
    "LocalConnector",
    "LocalServer",
    "Model",
    "ModelFunction",
    "Piece",
    "Quota",
    "RecordedAgent",
    "RecordedBatchJob",
    "RecordedConversation",
    "RecordedDocument",
    "RecordedFile",
    "RecordedLibrary",
    "RecordedRequest",
    "RecordingServer",
    "ReplayingServer",
    "Reply",
    "Trouble",
    "call",
    "cite",
    "execute",
    "fail",
    "flood",
    "handoff",
    "say",
    "show",
    "think",
]


publish(globals(), *__all__, as_of=__name__)
