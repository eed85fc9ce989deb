"""One object as a list of its fields: an agent, a document, a job."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from mistral_conversations._markup import (
    CELL,
    TABLE,
    Html,
    address,
    box,
    element,
    facts,
    joined,
    small,
    span,
)
from mistral_conversations._rows import TOOLS
from mistral_conversations._text import json_text
from mistral_conversations.html.pieces import shown_time, tool, unknown
from mistral_conversations.models.model import Model, Unknown

__all__ = ["card"]

_URLS = ("url", "server", "base_url", "icon_url", "favicon")


def card(item: Model) -> Html:
    """Show the fields of an object that have a value; its secrets are masked."""
    rows = [
        element(
            "tr",
            element("th", small(field.name), style=CELL),
            element("td", shown, style=CELL),
        )
        for field in attrs.fields(type(item))
        if field.repr and (shown := _field(field, getattr(item, field.name)))
    ]
    if not rows:
        return Html()
    return element("table", element("tbody", *rows), style=TABLE)


def _field(field: "attrs.Attribute[Any]", value: Any) -> Html:
    if value is None or value in ((), {}):
        return Html()
    if callable(field.repr):
        return span(field.repr(value))
    if field.name in _URLS and isinstance(value, str):
        return address(value)
    return _value(value)


def _value(value: Any) -> Html:
    match value:
        case str() | bool() | int() | float():
            shown = span(str(value))
        case datetime():
            shown = span(shown_time(value))
        case tuple():
            shown = _values(value)
        case Model() | Unknown():
            shown = _object(value)
        case _:
            shown = box(json_text(value))
    return shown


def _values(values: Sequence[Any]) -> Html:
    if all(isinstance(each, str | int | float) for each in values):
        return span(", ".join(map(str, values)))
    if all(isinstance(each, TOOLS) for each in values):
        return facts(*map(tool, values))
    return joined(map(_value, values))


def _object(item: Model | Unknown) -> Html:
    if isinstance(item, TOOLS):
        return tool(item)
    return card(item) if isinstance(item, Model) else unknown(item)
