"""The command `libraries`: list libraries, and upload files to one."""

import argparse
from pathlib import Path

from mistral_conversations import DocumentOut, Mistral
from mistral_conversations.cli.items import errors_reported, readable_paths
from mistral_conversations.cli.progress import sending
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import row
from mistral_conversations.cli.terminal import one_line, report, write
from mistral_conversations.cli.wording import time

__all__ = ["list_libraries", "upload"]


def list_libraries(_arguments: argparse.Namespace) -> int:
    """List all libraries that the key has access to."""
    with mistral_client() as client:
        for library in client.libraries.list_all():
            moment = time(library.updated_at)
            counts = (library.nb_documents, 5), (library.total_size, 12)
            write(row((library.id, 36), (moment, 23), *counts, (library.name, 0)))
    return 0


def upload(arguments: argparse.Namespace) -> int:
    """Upload files one by one, then wait until all are processed."""
    paths = readable_paths(arguments.files)
    with mistral_client() as client:
        uploaded = [_upload(client, arguments.library_id, path) for path in paths]
        documents = [document for document in uploaded if document is not None]
        results = [not arguments.waits or _is_processed(client, d) for d in documents]
    return 0 if all(results) and len(documents) == len(paths) else 1


def _upload(client: Mistral, library_id: str, path: Path) -> DocumentOut | None:
    document = None
    with errors_reported(path.name), sending(path) as progress:
        upload = client.libraries.documents.upload
        document = upload(library_id, path, progress=progress)
    if document is not None:
        write(row((document.id, 36), (document.name, 0)))
    return document


def _is_processed(client: Mistral, document: DocumentOut) -> bool:
    wait = client.libraries.documents.wait_until_processed
    with errors_reported(document.name):
        wait(document.library_id, document.id)
        report(f"{one_line(document.name)}: processed")
        return True
    return False
