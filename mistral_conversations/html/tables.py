"""Lists as tables: conversations, agents, libraries, documents, files, ..."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mistral_conversations._markup import (
    CELL,
    TABLE,
    Html,
    element,
    facts,
    joined,
    small,
    span,
)
from mistral_conversations._rows import row_of
from mistral_conversations._text import one_line
from mistral_conversations.html.pieces import shown_time, tool, unknown
from mistral_conversations.models.conversations import (
    AgentConversation,
    ModelConversation,
)
from mistral_conversations.models.model import Model, Unknown

__all__ = ["table"]

_LONGEST_CELL = 300
_COLUMNS: Mapping[str, Sequence[str]] = {
    "Agent": ("id", "version", "name", "description", "model", "tools", "updated_at"),
    "AgentAliasResponse": ("alias", "version", "updated_at"),
    "BatchJob": (
        *("id", "status", "endpoint", "model", "agent_id", "total_requests"),
        *("succeeded_requests", "failed_requests", "created_at"),
    ),
    "Connector": ("id", "name", "description", "server", "active", "modified_at"),
    "DocumentOut": (
        *("id", "name", "mime_type", "size", "number_of_pages", "process_status"),
        "created_at",
    ),
    "FileSchema": ("id", "filename", "purpose", "bytes", "num_lines", "created_at"),
    "LibraryOut": (
        *("id", "name", "description", "nb_documents", "total_size", "updated_at"),
    ),
    "BaseModelCard": (
        *("id", "description", "max_context_length", "capabilities", "deprecation"),
    ),
    "MCPTool": ("name", "title", "description"),
}
"""The fields that a table shows, by class; of other classes, it shows them all."""


def table(items: Iterable[Any]) -> Html:
    """Show a list of objects, a row for each."""
    shown = list(items)
    if not shown:
        return element("div", "no items")
    known = next((each for each in shown if isinstance(each, Model)), None)
    if isinstance(known, ModelConversation | AgentConversation):
        names: Sequence[str] = ("id", "name", "model or agent", "created")
        return _written(names, map(_conversation, shown))
    names = _names(known)
    return _written(names, (_row(each, names) for each in shown))


def _names(item: Model | None) -> Sequence[str]:
    """Return the columns of a table by its first object of a known class."""
    if item is None:
        return ("type",)
    classes = (cls.__name__ for cls in type(item).__mro__)
    chosen = (_COLUMNS[name] for name in classes if name in _COLUMNS)
    return next(chosen, None) or tuple(row_of(item))


def _written(names: Sequence[str], rows: Iterable[Sequence[Html]]) -> Html:
    head = element("tr", *(element("th", name, style=CELL) for name in names))
    cells = (
        element("tr", *(element("td", cell, style=CELL) for cell in row))
        for row in rows
    )
    body = element("tbody", *cells)
    return element("table", element("thead", head), body, style=TABLE)


def _row(item: Any, names: Sequence[str]) -> Sequence[Html]:
    if isinstance(item, Unknown):
        return (unknown(item),)
    row = row_of(item)
    return [_cell(row.get(name)) for name in names]


def _cell(value: Any) -> Html:
    if value is None:
        return Html()
    if isinstance(value, datetime):
        return span(shown_time(value))
    return span(
        one_line(value, _LONGEST_CELL) if isinstance(value, str) else str(value)
    )


def _conversation(conversation: Any) -> Sequence[Html]:
    if isinstance(conversation, Unknown):
        return (unknown(conversation),)
    name = span(conversation.name or ""), small(conversation.description or "")
    return (
        span(conversation.id),
        joined(name, " "),
        _by(conversation),
        span(shown_time(conversation.created_at)),
    )


def _by(conversation: ModelConversation | AgentConversation) -> Html:
    if isinstance(conversation, AgentConversation):
        return facts(conversation.agent_id, conversation.agent_version)
    return facts(conversation.model, *map(tool, conversation.tools or ()))
