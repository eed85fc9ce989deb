"""The commands `documents`: list, read and delete the documents of a library."""

import argparse
from functools import partial

from mistral_conversations import DocumentOut
from mistral_conversations.cli.items import delete_each, write_items
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import Table
from mistral_conversations.cli.terminal import write

__all__ = ["delete", "list_all", "text"]

_TABLE = Table[DocumentOut](
    [
        ("ID", 36),
        ("CREATED (UTC)", 23),
        ("STATUS", 10),
        ("BYTES", 12),
        ("NAME", 0),
    ],
    lambda document: (
        document.id,
        document.created_at,
        document.processing_status or document.process_status,
        document.size,
        document.name,
    ),
)


def list_all(arguments: argparse.Namespace) -> int:
    """List the documents of a library."""
    with mistral_client() as client:
        list_all = client.libraries.documents.list_all
        found = list_all(arguments.library_id, search=arguments.search)
        write_items(_TABLE, found, as_json=arguments.json)
    return 0


def text(arguments: argparse.Namespace) -> int:
    """Print the text of a document."""
    with mistral_client() as client:
        content = client.libraries.documents.text_content(
            arguments.library_id, arguments.document_id
        )
    write(f"{content.text.rstrip()}\n")
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete documents; if one cannot be deleted, continue with the others."""
    with mistral_client() as client:
        delete = partial(client.libraries.documents.delete, arguments.library_id)
        return delete_each(arguments.document_ids, delete)
