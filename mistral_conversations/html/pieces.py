"""Small parts that several kinds of HTML share."""

from datetime import datetime
from typing import Any

from mistral_conversations._markup import Html, box, facts, fold
from mistral_conversations._rows import tool_name
from mistral_conversations._text import json_text
from mistral_conversations.models.masks import without_secrets
from mistral_conversations.models.model import Model, Unknown

__all__ = ["folded", "shown_time", "tool", "unknown"]


def unknown(item: Unknown) -> Html:
    """Show an object of an unknown type, folded under its type, without secrets."""
    return fold(item.type or "unknown", box(_raw(item)))


def _raw(item: Unknown) -> str:
    try:
        return json_text(without_secrets(item.raw))
    except RecursionError:
        return "nested too deeply"


def folded(label: str, value: Any) -> Html:
    """Show a JSON value, folded under its label; nothing for an empty one."""
    return fold(label, box(json_text(value))) if value else Html()


def shown_time(time: datetime | None) -> str:
    """Show a time to the second, and its zone if it has one."""
    return time.isoformat(" ", "seconds").replace("+00:00", " UTC") if time else ""


def tool(item: Model | Unknown) -> Html:
    """Show the name of a tool, without its authorization."""
    return unknown(item) if isinstance(item, Unknown) else facts(tool_name(item))
