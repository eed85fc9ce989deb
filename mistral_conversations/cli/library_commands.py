"""The commands on document libraries and their documents."""

from typing import TYPE_CHECKING

from mistral_conversations.cli import values
from mistral_conversations.cli.command import (
    CommandParser,
    add_command,
    add_group,
    add_json,
)

if TYPE_CHECKING:
    from mistral_conversations.cli.command import Commands

__all__ = ["add_documents", "add_libraries"]


def add_libraries(commands: "Commands") -> None:
    """Add the commands on libraries."""
    summary = "List, create and delete document libraries; upload files."
    subcommands = add_group(commands, "libraries", summary, "Document libraries.")
    text = "List the libraries: id, time of the last change, documents, bytes, name."
    example = "--search ships"
    listed = add_command(subcommands, "list", "libraries.list_libraries", text, example)
    _add_search(listed, "libraries")
    add_json(listed)
    _add_create(subcommands)
    _add_upload(subcommands)
    text = "Delete libraries with all their documents."
    delete = add_command(subcommands, "delete", "libraries.delete", text, "LIBRARY_ID")
    delete.add_argument(
        "library_ids",
        type=values.text,
        nargs="+",
        metavar="ID",
        help="the ids of the libraries",
    )
    delete.add_argument(
        "--yes",
        action="store_true",
        help="delete without asking; required if stdin is not a terminal",
    )


def add_documents(commands: "Commands") -> None:
    """Add the commands on the documents of a library."""
    summary = "List, read and delete the documents of a library."
    subcommands = add_group(commands, "documents", summary, "Documents of libraries.")
    text = "List the documents: id, time of creation, status, bytes, name."
    listed = add_command(subcommands, "list", "documents.list_all", text, "LIBRARY_ID")
    _add_library(listed)
    _add_search(listed, "documents")
    add_json(listed)
    text = "Print the text that the service found in a document."
    example = "LIBRARY_ID DOCUMENT_ID"
    read = add_command(subcommands, "text", "documents.text", text, example)
    _add_library(read)
    read.add_argument(
        "document_id", type=values.text, metavar="ID", help="the id of the document"
    )
    text = "Delete documents."
    delete = add_command(subcommands, "delete", "documents.delete", text, example)
    _add_library(delete)
    delete.add_argument(
        "document_ids",
        type=values.text,
        nargs="+",
        metavar="ID",
        help="the ids of the documents",
    )


def _add_create(commands: "Commands") -> None:
    text = "Create a library."
    example = 'Ships --description "All about ships"'
    create = add_command(commands, "create", "libraries.create", text, example)
    create.add_argument(
        "name", type=values.text, metavar="NAME", help="the name of the library"
    )
    create.add_argument(
        "--description", type=values.text, metavar="TEXT", help="a description"
    )


def _add_upload(commands: "Commands") -> None:
    text = "Upload files to a library and wait until they are processed."
    example = "LIBRARY_ID sails.pdf masts.md"
    upload = add_command(commands, "upload", "libraries.upload", text, example)
    _add_library(upload)
    upload.add_argument(
        "files",
        type=values.text,
        nargs="+",
        metavar="FILE",
        help="a document to upload",
    )
    upload.add_argument(
        "--no-wait",
        dest="waits",
        action="store_false",
        help="do not wait until the documents are processed",
    )


def _add_library(command: CommandParser) -> None:
    command.add_argument(
        "library_id",
        type=values.text,
        metavar="LIBRARY_ID",
        help="the id of the library",
    )


def _add_search(command: CommandParser, items: str) -> None:
    command.add_argument(
        "--search",
        type=values.text,
        metavar="TEXT",
        help=f"only {items} that match TEXT",
    )
