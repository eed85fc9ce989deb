"""The command `models`: list the models."""

import argparse

from mistral_conversations import ModelCard, UnknownModelCard, to_dict
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import row
from mistral_conversations.cli.terminal import write

__all__ = ["list_models"]


def list_models(_arguments: argparse.Namespace) -> int:
    """List all models that the key can use, aliases included."""
    with mistral_client() as client:
        for card in client.models.list():
            write(_row(card))
    return 0


def _row(card: ModelCard) -> str:
    if isinstance(card, UnknownModelCard):
        return row((card.id, 32), (None, 8), (None, 0))
    flags = to_dict(card.capabilities)
    able = " ".join(name for name, is_set in flags.items() if is_set is True)
    return row((card.id, 32), (card.max_context_length, 8), (able, 0))
