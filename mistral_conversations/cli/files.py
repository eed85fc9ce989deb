"""The commands `files`: list, show, upload, download, share and delete files."""

import argparse
import sys
from pathlib import Path
from typing import BinaryIO

from mistral_conversations import FileSchema, Mistral
from mistral_conversations._transport.downloads.file_names import file_name
from mistral_conversations.cli.items import (
    delete_each,
    errors_reported,
    readable_paths,
    write_items,
    write_json,
)
from mistral_conversations.cli.progress import receiving, sending
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import Table, row
from mistral_conversations.cli.terminal import write

__all__ = ["delete", "download", "list_files", "retrieve", "upload", "url"]

_TABLE = Table[FileSchema](
    [
        ("ID", 36),
        ("CREATED (UTC)", 23),
        ("BYTES", 12),
        ("PURPOSE", 9),
        ("NAME", 0),
    ],
    lambda file: (file.id, file.created_at, file.bytes, file.purpose, file.filename),
)


def list_files(arguments: argparse.Namespace) -> int:
    """List all files, or those with a purpose or a text."""
    with mistral_client() as client:
        found = client.files.list_all(
            purpose=arguments.purpose, search=arguments.search
        )
        write_items(_TABLE, found, as_json=arguments.json)
    return 0


def retrieve(arguments: argparse.Namespace) -> int:
    """Show what the service knows about a file, as JSON."""
    with mistral_client() as client:
        file = client.files.retrieve(arguments.file_id)
    write_json(file)
    return 0


def upload(arguments: argparse.Namespace) -> int:
    """Upload files one by one; if one cannot be uploaded, continue with the others."""
    paths = readable_paths(arguments.files)
    with mistral_client() as client:
        results = [_is_uploaded(client, path, arguments) for path in paths]
    return 0 if all(results) else 1


def download(arguments: argparse.Namespace) -> int:
    """Download a file to a path, to stdout, or to the service's name for it."""
    with mistral_client() as client:
        if arguments.output == "-":
            client.files.download(arguments.file_id, _stdout())
            return 0
        path = Path(arguments.output or _new_name(client, arguments.file_id))
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder: name a file in it")
        with receiving(path) as progress:
            client.files.download(arguments.file_id, path, progress=progress)
    write(f"{path}\n")
    return 0


def url(arguments: argparse.Namespace) -> int:
    """Print a URL from which anyone can download a file."""
    with mistral_client() as client:
        signed = client.files.get_signed_url(arguments.file_id, expiry=arguments.expiry)
    write(f"{signed.url}\n")
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete files; if one cannot be deleted, continue with the others."""
    with mistral_client() as client:
        return delete_each(arguments.file_ids, client.files.delete)


def _is_uploaded(client: Mistral, path: Path, arguments: argparse.Namespace) -> bool:
    with errors_reported(path.name):
        with sending(path) as progress:
            file = client.files.upload(
                path,
                purpose=arguments.purpose,
                visibility=arguments.visibility,
                expiry=arguments.expiry,
                progress=progress,
            )
        write(row((file.id, 36), (file.filename, 0)))
        return True
    return False


def _stdout() -> BinaryIO:
    if sys.stdout is None:
        raise OSError("stdout is closed")
    return sys.stdout.buffer


def _new_name(client: Mistral, file_id: str) -> str:
    """Return the service's name for a file, if no file has it here."""
    found = client.files.retrieve(file_id)
    name = file_name(found.filename, None, file_id)
    if Path(name).exists():
        raise FileExistsError(f"{name} exists: name the file to write")
    return name
