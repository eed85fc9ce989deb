"""The commands `libraries`: list, create and delete libraries; upload files to one."""

import argparse
import sys
from pathlib import Path

from mistral_conversations import (
    ConfigurationError,
    DocumentOut,
    LibraryOut,
    Mistral,
    SDKError,
)
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.items import (
    delete_each,
    errors_reported,
    readable_paths,
    write_items,
)
from mistral_conversations.cli.progress import processing, sending
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import Table, row
from mistral_conversations.cli.terminal import one_line, report, report_error, write

__all__ = ["create", "delete", "list_libraries", "upload"]

_TABLE = Table[LibraryOut](
    [
        ("ID", 36),
        ("CHANGED (UTC)", 23),
        ("DOCUMENTS", 5),
        ("BYTES", 12),
        ("NAME", 0),
    ],
    lambda library: (
        library.id,
        library.updated_at,
        library.nb_documents,
        library.total_size,
        library.name,
    ),
)
_YES = {"y", "yes"}


def list_libraries(arguments: argparse.Namespace) -> int:
    """List the libraries that the key has access to."""
    with mistral_client() as client:
        found = client.libraries.list_all(search=arguments.search)
        write_items(_TABLE, found, as_json=arguments.json)
    return 0


def create(arguments: argparse.Namespace) -> int:
    """Create a library."""
    with mistral_client() as client:
        library = client.libraries.create(
            arguments.name, description=arguments.description
        )
    write_items(_TABLE, [library])
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete libraries with their documents, after a question for each."""
    if not (arguments.yes or (sys.stdin is not None and sys.stdin.isatty())):
        raise ConfigurationError(
            "stdin is not a terminal, so nobody can be asked: add --yes to delete the "
            "libraries with all their documents"
        )
    with mistral_client() as client:
        ids = [
            id_
            for id_ in arguments.library_ids
            if arguments.yes or _is_confirmed(client, id_)
        ]
        code = delete_each(ids, client.libraries.delete)
    return code or int(ids != arguments.library_ids)


def upload(arguments: argparse.Namespace) -> int:
    """Upload files one by one, then wait until all are processed."""
    paths = readable_paths(arguments.files)
    with mistral_client() as client:
        uploaded = [_upload(client, arguments.library_id, path) for path in paths]
        documents = [document for document in uploaded if document is not None]
        results = [not arguments.waits or _is_processed(client, d) for d in documents]
    return 0 if all(results) and len(documents) == len(paths) else 1


def _is_confirmed(client: Mistral, library_id: str) -> bool:
    try:
        library = client.libraries.get(library_id)
    except SDKError as error:
        report_error(f"{one_line(library_id)}: {reason(error)}")
        return False
    name, count = one_line(library.name), library.nb_documents
    question = f"delete the library {name} and its documents ({count})? [y/n] "
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in _YES


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
        with processing(document.name) as progress:
            wait(document.library_id, document.id, progress=progress)
        report(f"{one_line(document.name)}: processed")
        return True
    return False
