"""Answers and other objects as HTML, for notebooks and web pages.

Everything that a model, a tool or a user wrote appears as text; none of it can make the
browser run or fetch anything, because `_markup` writes every tag. The text of a model
is read as Markdown, with the extra `notebook`; without it, it appears as written.
Messages and thoughts are shown in full; the content of a box (arguments, results, raw
objects) is cut after 100,000 characters.
"""

from mistral_conversations._markup import Html
from mistral_conversations.html.cards import card
from mistral_conversations.html.contents import content
from mistral_conversations.html.entries import entry
from mistral_conversations.html.pages import page
from mistral_conversations.html.pieces import unknown
from mistral_conversations.html.tables import table
from mistral_conversations.html.transcripts import Transcribed, run, transcript
from mistral_conversations.models.chunks import (
    DocumentURLChunk,
    ImageURLChunk,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ToolFileChunk,
    ToolReferenceChunk,
    UnknownChunk,
)
from mistral_conversations.models.conversations import (
    AgentConversation,
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
    ModelConversation,
)
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    FunctionResultEntry,
    MessageInputEntry,
    MessageOutputEntry,
    ToolExecutionEntry,
    UnknownEntry,
)
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.models.runs import RunResult

__all__ = ["Transcribed", "page", "run", "show", "table", "transcript"]

_ENTRIES = (
    MessageInputEntry,
    MessageOutputEntry,
    FunctionCallEntry,
    FunctionResultEntry,
    ToolExecutionEntry,
    AgentHandoffEntry,
    UnknownEntry,
)
_CHUNKS = (
    TextChunk,
    ImageURLChunk,
    DocumentURLChunk,
    ToolFileChunk,
    ToolReferenceChunk,
    ReferenceChunk,
    ThinkChunk,
    UnknownChunk,
)


def show(answer: object) -> str | None:
    """Return the HTML of an object for a notebook; None if its repr suffices."""
    shown = _shown(answer)
    return str(shown) if shown else None


def _shown(answer: object) -> Html | None:
    if isinstance(
        answer, ConversationResponse | ConversationHistory | ConversationMessages
    ):
        return transcript(answer)
    if isinstance(answer, RunResult):
        return run(answer)
    if isinstance(answer, Listing | ModelConversation | AgentConversation):
        return table(answer if isinstance(answer, Listing) else (answer,))
    if isinstance(answer, _ENTRIES):
        return entry(answer)
    if isinstance(answer, _CHUNKS):
        return content((answer,))
    return _other(answer)


def _other(answer: object) -> Html | None:
    if isinstance(answer, Unknown):
        return unknown(answer)
    return card(answer) if isinstance(answer, Model) else None
