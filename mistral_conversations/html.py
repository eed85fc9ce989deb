"""HTML transcripts of answers, for notebooks and web pages.

Everything that a model, a tool or a user wrote appears as text; none of it can make the
browser run or fetch anything, because `_markup` writes every tag. Messages and thoughts
are shown in full; the content of a box (arguments, results, raw objects) is cut after
100,000 characters.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias

from mistral_conversations._markup import (
    SMALL,
    Html,
    address,
    box,
    bracketed,
    element,
    facts,
    fold,
    image,
    joined,
    prose,
    small,
    span,
    tag,
)
from mistral_conversations._text import json_text, laid_out
from mistral_conversations.models.chunks import (
    DocumentURLChunk,
    ImageURL,
    ImageURLChunk,
    MessageInputContentChunks,
    MessageOutputContentChunks,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ThinkingChunks,
    ToolFileChunk,
    ToolReferenceChunk,
    text_of,
)
from mistral_conversations.models.conversations import (
    AgentConversation,
    Conversation,
    ConversationHistory,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    ModelConversation,
)
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    MessageInputEntry,
    MessageOutputEntry,
    ToolExecutionEntry,
)
from mistral_conversations.models.model import Unknown
from mistral_conversations.models.runs import RunCall, RunResult
from mistral_conversations.models.tools import (
    CustomConnector,
    DocumentLibraryTool,
    FunctionTool,
    Tools,
)
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["Transcribed", "page", "run", "show", "table", "transcript"]

Transcribed: TypeAlias = (
    ConversationResponse | ConversationHistory | ConversationMessages
)
_Entry: TypeAlias = (
    MessageInputEntry
    | MessageOutputEntry
    | FunctionCallEntry
    | FunctionResultEntry
    | ToolExecutionEntry
    | AgentHandoffEntry
)
_Chunk: TypeAlias = (
    MessageInputContentChunks | MessageOutputContentChunks | ThinkingChunks
)

_IDS = ("model", "agent_id", "tool_call_id", "id")
_ENTRY = "margin:.8em 0;padding:.1em .8em;border-left:3px solid rgba(127,127,127,.5)"
_ASKED = f"{_ENTRY};background:rgba(127,127,127,.12)"
_CELL = (
    "text-align:left;vertical-align:top;padding:.3em .8em .3em 0;"
    "border-bottom:1px solid rgba(127,127,127,.4);overflow-wrap:anywhere"
)
_PAGE = "font:16px/1.5 sans-serif;max-width:50em;margin:1em auto;padding:0 1em"
_POLICY = "default-src 'none'; img-src data:; style-src-attr 'unsafe-inline'"


def show(answer: object) -> str | None:
    """Return the HTML of an answer for a notebook; None if its repr suffices."""
    match answer:
        case ConversationResponse() | ConversationHistory() | ConversationMessages():
            return str(transcript(answer))
        case ConversationPage():
            return str(table(answer))
        case ModelConversation() | AgentConversation():
            return str(table([answer]))
        case RunResult():
            return str(run(answer))
    return None


def transcript(answer: Transcribed) -> Html:
    """Show the entries of an answer, with its metadata below them."""
    metadata: tuple[Html, ...] = ()
    entries: Sequence[InputEntries]
    match answer:
        case ConversationResponse():
            metadata = _usage(answer.usage), _folded("guardrails", answer.guardrails)
            entries = answer.outputs
        case ConversationHistory():
            entries = answer.entries
        case ConversationMessages():
            entries = answer.messages
    shown = joined(map(_entry, entries)) or element("div", "no entries")
    foot = element("div", facts(answer.conversation_id, *metadata), style=SMALL)
    return element("div", shown, foot, _folded("more", answer.extra))


def run(result: RunResult) -> Html:
    """Show the entries of a run, the time of each call, and the sum of all answers."""
    entries: Sequence[InputEntries] = result.entries
    if not entries and result.response is not None:  # what the history ended with
        entries = result.response.outputs
    calls = {call.tool_call_id: call for call in result.calls}
    shown = joined(_entry(each, *_record(each, calls)) for each in entries)
    left = len(result.open_calls)
    about = facts(
        result.conversation_id,
        _counted(result.turns, "turn"),
        _counted(len(result.calls), "call"),
        _counted(left, "open call") if left else None,
        _usage(result.usage),
    )
    foot = element("div", about, style=SMALL)
    return element("div", shown or element("div", "no entries"), foot)


def table(conversations: Iterable[Conversation]) -> Html:
    """Show conversations in a table."""
    names = ("id", "name", "model or agent", "created")
    head = element("tr", *(element("th", name, style=_CELL) for name in names))
    body = element("tbody", *map(_row, conversations))
    style = "border-collapse:collapse"
    return element("table", element("thead", head), body, style=style)


def page(title: str, fragment: Html) -> Html:
    """Make a complete web page, which may load only the images embedded in it.

    Args:
        title: any text.
        fragment: the result of `transcript` or `table`; other text is escaped.
    """
    head = element(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", http_equiv="x-dns-prefetch-control", content="off"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="viewport", content="width=device-width"),
        element("title", title),
    )
    body = element("body", fragment, style=_PAGE)
    return Html(f"<!doctype html>\n{element('html', head, body)}\n")


def _record(entry: InputEntries, calls: Mapping[str, RunCall]) -> tuple[str, ...]:
    """Return what a run knows about the call that an entry answers."""
    if not isinstance(entry, FunctionResultEntry) or entry.tool_call_id not in calls:
        return ()
    call = calls[entry.tool_call_id]
    failed = "" if call.error is None else "failed"
    return call.name, failed, f"{call.seconds:.2f} s"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _row(conversation: Conversation) -> Html:
    name = span(conversation.name or ""), small(conversation.description or "")
    cells = (
        span(conversation.id),
        joined(name, " "),
        _by(conversation),
        span(_time(conversation.created_at)),
    )
    return element("tr", *(element("td", cell, style=_CELL) for cell in cells))


def _by(conversation: Conversation) -> Html:
    if isinstance(conversation, AgentConversation):
        return facts(conversation.agent_id, conversation.agent_version)
    return facts(conversation.model, *map(_tool, conversation.tools or ()))


def _tool(tool: Tools) -> Html:
    """Show the name of a tool, without its authorization."""
    match tool:
        case Unknown():
            return _unknown(tool)
        case FunctionTool():
            return facts(tool.function.name)
        case CustomConnector():
            return facts(tool.connector_id)
        case DocumentLibraryTool():
            return facts(f"{tool.type} {', '.join(tool.library_ids)}")
    return facts(tool.type)


def _entry(entry: InputEntries, *about: str) -> Html:
    """Show an entry; `about` stands behind its kind."""
    if isinstance(entry, Unknown):
        return element("div", _unknown(entry), style=_ENTRY)
    style = _ASKED if isinstance(entry, MessageInputEntry) else _ENTRY
    kind, *others = (*_label(entry), *about)
    ids = (getattr(entry, name, None) for name in _IDS)
    origin = small(facts(*ids, _time(entry.created_at)))
    named = facts(element("b", span(kind)), *others)
    head = element("div", named, " ", origin)
    return element("div", head, _body(entry), _folded("more", entry.extra), style=style)


def _label(entry: _Entry) -> tuple[str, ...]:
    match entry:
        case MessageInputEntry():
            return entry.role, "prefix" if entry.prefix else ""
        case FunctionCallEntry():
            return "function call", entry.name, entry.confirmation_status or ""
        case FunctionResultEntry():
            return ("function result",)
        case ToolExecutionEntry():
            other = "" if entry.function == entry.name else entry.function
            return "tool", entry.name, other or ""
        case AgentHandoffEntry():
            return ("handoff",)
    return (entry.role,)


def _body(entry: _Entry) -> Html:
    match entry:
        case FunctionCallEntry():
            return _boxed(entry.arguments)
        case FunctionResultEntry():
            return _boxed(entry.result)
        case ToolExecutionEntry():
            return _execution(entry)
        case AgentHandoffEntry():
            before = span(entry.previous_agent_name), small(entry.previous_agent_id)
            after = span(entry.next_agent_name), small(entry.next_agent_id)
            return element("div", joined((*before, "→", *after), " "))
    return _content(entry.content)


def _execution(entry: ToolExecutionEntry) -> Html:
    given = {"arguments": entry.arguments} if entry.arguments else {}
    rows = [*given.items(), *(entry.info or {}).items()]
    return joined(part for key, value in rows for part in (small(key), _boxed(value)))


def _boxed(value: Any) -> Html:
    return box(laid_out(value))


def _content(content: str | Sequence[_Chunk]) -> Html:
    if isinstance(content, str):
        return prose(content)
    runs = groupby(content, _is_inline)
    return joined(
        prose(*map(_inline, run)) if inline else joined(map(_block, run))
        for inline, run in runs
    )


def _is_inline(chunk: _Chunk) -> bool:
    is_inline = isinstance(chunk, TextChunk | ToolReferenceChunk | ReferenceChunk)
    return is_inline or text_of(chunk) != ""


def _inline(chunk: Any) -> str:
    match chunk:
        case ToolReferenceChunk():
            source = (" ", address(chunk.url)) if chunk.url else ()
            return bracketed(span(chunk.title), *source)
        case ReferenceChunk():
            return bracketed(", ".join(map(str, chunk.reference_ids)))
    return text_of(chunk)


def _block(chunk: Any) -> Html:
    match chunk:
        case ThinkChunk():
            label = "thinking, cut short" if chunk.closed is False else "thinking"
            return fold(label, _content(chunk.thinking))
        case ImageURLChunk():
            url = chunk.image_url
            return image(url.url if isinstance(url, ImageURL) else url)
        case DocumentURLChunk():
            place = address(chunk.document_url)
            return element("div", facts("document", chunk.document_name, place))
        case ToolFileChunk():
            details = small(facts(chunk.file_type, chunk.file_id, chunk.tool))
            return element("div", facts("file", chunk.file_name, details))
    return _unknown(chunk)


def _usage(usage: ConversationUsageInfo) -> Html:
    if usage == ConversationUsageInfo():  # unknown: the answer is not complete
        return Html()
    ran = (f"{name} {count}" for name, count in (usage.connectors or {}).items())
    spent = f"{usage.prompt_tokens} + {usage.completion_tokens} tokens"
    return facts(f"{spent}, {usage.total_tokens} in total", *ran)


def _unknown(item: Unknown) -> Html:
    return fold(item.type or "unknown", box(json_text(item.raw)))


def _folded(label: str, value: Any) -> Html:
    return fold(label, box(json_text(value))) if value else Html()


def _time(time: datetime | None) -> str:
    return time.isoformat(" ", "seconds").replace("+00:00", " UTC") if time else ""
