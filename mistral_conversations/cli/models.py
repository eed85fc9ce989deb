"""The command `models`: list the models."""

import argparse
from collections.abc import Sequence

from mistral_conversations import ModelCard, UnknownModelCard, to_dict
from mistral_conversations.cli.items import write_items
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import Table

__all__ = ["list_models"]


def list_models(arguments: argparse.Namespace) -> int:
    """List all models that the key can use, aliases included."""
    with mistral_client() as client:
        write_items(_TABLE, client.models.list(), as_json=arguments.json)
    return 0


def _cells(card: ModelCard | UnknownModelCard) -> Sequence[object]:
    if isinstance(card, UnknownModelCard):
        return card.id, None, None
    flags = to_dict(card.capabilities)
    able = " ".join(name for name, is_set in flags.items() if is_set is True)
    return card.id, card.max_context_length, able


_TABLE = Table([("ID", 32), ("CONTEXT", 8), ("CAPABILITIES", 0)], _cells)
