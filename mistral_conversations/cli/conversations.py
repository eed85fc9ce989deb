"""The commands `list`, `show` and `delete` for conversations."""

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from mistral_conversations import (
    AgentConversation,
    Conversation,
    ConversationHistory,
)
from mistral_conversations.cli.items import delete_each, write_items, write_json
from mistral_conversations.cli.service import conversations_client
from mistral_conversations.cli.table import Table
from mistral_conversations.cli.terminal import pieces, write
from mistral_conversations.cli.transcript import transcript
from mistral_conversations.html import page
from mistral_conversations.html import transcript as html_transcript

__all__ = ["delete", "list_newest", "show"]

_LARGEST_PAGE = 100


def _cells(conversation: Conversation) -> Sequence[object]:
    by = (
        conversation.agent_id
        if isinstance(conversation, AgentConversation)
        else conversation.model
    )
    return conversation.id, conversation.created_at, by, conversation.name


_TABLE = Table(
    [("ID", 37), ("CREATED (UTC)", 23), ("MODEL OR AGENT", 24), ("NAME", 0)], _cells
)


def list_newest(arguments: argparse.Namespace) -> int:
    """List conversations in the service's order, newest first."""
    size = min(arguments.limit, _LARGEST_PAGE)
    with conversations_client() as client:
        found = client.list_all(page_size=size)
        newest = islice(found, arguments.limit)
        write_items(_TABLE, newest, as_json=arguments.json)
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Show one conversation as text, as JSON, or as a web page."""
    with conversations_client() as client:
        history = client.get_history(arguments.conversation_id)
    if arguments.html is not None:
        _write_page(history, arguments.html)
    elif arguments.json:
        write_json(history)
    else:
        write("".join(f"{line}\n" for line in transcript(history)))
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete conversations; if one cannot be deleted, continue with the others."""
    with conversations_client() as client:
        return delete_each(arguments.conversation_ids, client.delete)


def _write_page(history: ConversationHistory, place: str) -> None:
    text = page(history.conversation_id, html_transcript(history))
    if place != "-":
        Path(place).write_text(text, encoding="utf-8", newline="\n")
    elif sys.stdout is None or sys.stdout.isatty():
        write(text)
    else:
        for piece in pieces(text):
            sys.stdout.buffer.write(piece.encode())
