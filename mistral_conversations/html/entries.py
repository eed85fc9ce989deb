"""Entries: the messages of a conversation, its calls, results and handoffs."""

from collections.abc import Sequence
from typing import TypeAlias

from mistral_conversations._markup import (
    Html,
    box,
    element,
    facts,
    fold_heading,
    joined,
    small,
    span,
)
from mistral_conversations._text import laid_out
from mistral_conversations.html.code import arguments, details
from mistral_conversations.html.contents import content, written
from mistral_conversations.html.pieces import folded, shown_time, unknown
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

__all__ = ["entry"]

_Entry: TypeAlias = (
    MessageInputEntry
    | MessageOutputEntry
    | FunctionCallEntry
    | FunctionResultEntry
    | ToolExecutionEntry
    | AgentHandoffEntry
)

_IDS = ("model", "agent_id", "tool_call_id", "id")
_ENTRY = (
    "margin:.9em 0;padding:.2em 1em;border-left:3px solid rgba(127,127,127,.3);"
    "max-width:52em;line-height:1.55"
)
_ASKED = f"{_ENTRY};background:rgba(127,127,127,.12);border-radius:0 6px 6px 0"


def entry(shown: InputEntries, *about: str) -> Html:
    """Show an entry; its ids and times are folded into its heading.

    Args:
        shown: the entry.
        about: facts that stand behind its kind.
    """
    if isinstance(shown, Unknown):
        return element("div", unknown(shown), style=_ENTRY)
    style = _ASKED if isinstance(shown, MessageInputEntry) else _ENTRY
    kind, *others = (*_label(shown), *about)
    heading = facts(element("b", span(kind)), *others)
    more = folded("more", shown.extra)
    parts = fold_heading(heading, _origin(shown)), _body(shown), more
    return element("div", *parts, style=style)


def _origin(shown: _Entry) -> Html:
    """Show the ids of an entry, and when it was made."""
    ids = (getattr(shown, name, None) for name in _IDS)
    return facts(*ids, *_times(shown))


def _times(shown: _Entry) -> Sequence[str]:
    if shown.completed_at in {None, shown.created_at}:
        return (shown_time(shown.created_at),)
    return shown_time(shown.created_at), f"to {shown_time(shown.completed_at)}"


def _label(shown: _Entry) -> tuple[str, ...]:
    match shown:
        case MessageInputEntry():
            return shown.role, "prefix" if shown.prefix else ""
        case FunctionCallEntry():
            return "function call", shown.name, shown.confirmation_status or ""
        case FunctionResultEntry():
            return ("function result",)
        case ToolExecutionEntry():
            other = "" if shown.function == shown.name else shown.function
            return "tool", shown.name, other or ""
        case AgentHandoffEntry():
            return ("handoff",)
    return (shown.role,)


def _body(shown: _Entry) -> Html:
    match shown:
        case MessageInputEntry(role=role):
            is_answer = role == "assistant"
            return (content if is_answer else written)(shown.content)
        case FunctionCallEntry():
            return arguments(shown.arguments)
        case FunctionResultEntry():
            return box(laid_out(shown.result))
        case ToolExecutionEntry():
            return details(shown.arguments, shown.info or {})
        case AgentHandoffEntry():
            before = span(shown.previous_agent_name), small(shown.previous_agent_id)
            after = span(shown.next_agent_name), small(shown.next_agent_id)
            return element("div", joined((*before, "→", *after), " "))
    return content(shown.content)
