"""Items of the service and files: shown, checked, deleted one by one."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mistral_conversations import MistralConversationsError, SDKError, to_dict
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.table import Table
from mistral_conversations.cli.terminal import one_line, report_error, write

__all__ = [
    "delete_each",
    "errors_reported",
    "readable_paths",
    "write_items",
    "write_json",
]

_Item = TypeVar("_Item")


def write_json(item: object) -> None:
    """Write a model as JSON."""
    # ASCII cannot control a terminal, and every encoding includes it.
    write(f"{json.dumps(to_dict(item), indent=2)}\n")


def write_items(
    table: Table[_Item], items: Iterable[_Item], *, as_json: bool = False
) -> None:
    """Write items in a table, or each as a line of JSON."""
    if not as_json:
        table.write(items)
        return
    for item in items:
        write(f"{json.dumps(to_dict(item))}\n")


def delete_each(ids: Iterable[str], delete: Callable[[str], object]) -> int:
    """Delete items; if the service rejects one, continue with the others.

    Returns:
        The exit code: 1 if one was rejected.
    """
    code = 0
    for id_ in ids:
        try:
            delete(id_)
        except SDKError as error:
            report_error(f"{one_line(id_)}: {reason(error)}")
            code = 1
        else:
            write(f"deleted {id_}\n")
    return code


def readable_paths(files: Iterable[str]) -> list[Path]:
    """Return the paths of files to send; check all before any is sent.

    Raises:
        OSError: a file cannot be read. Pipes are not tried, as they open only once.
    """
    paths = [Path(file) for file in files]
    for path in paths:
        if not path.is_fifo():
            path.open("rb").close()
    return paths


@contextmanager
def errors_reported(name: str) -> Iterator[None]:
    """Report an error with a file, and continue with the next one."""
    try:
        yield
    except (MistralConversationsError, OSError) as error:
        report_error(f"{one_line(name)}: {reason(error)}")
