"""The prompts of a batch: JSON Lines or CSV, read as they are needed."""

import csv
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

from mistral_conversations import ConfigurationError
from mistral_conversations._wire.json import decode_json

__all__ = ["Prompts", "opened_prompts"]

Format: TypeAlias = Literal["jsonl", "csv"]

_STDIN = "-"
_INPUTS = "inputs"
_ID = "custom_id"
_LONGEST_CELL = 2**31 - 1


def opened_prompts(name: str) -> AbstractContextManager[BinaryIO]:
    """Open a file of prompts; `-` is stdin, which stays open.

    Raises:
        OSError: it cannot be opened.
    """
    if name == _STDIN:
        return nullcontext(sys.stdin.buffer)
    return Path(name).open("rb")


class Prompts:
    """Read the rows of a batch.

    Args:
        name: the name of the file.
        form: its format; None decides by the name.
        field: the key of the prompt; None takes each object as the row itself.
        id_field: the key of the id; None is `custom_id`.
    """

    def __init__(
        self, name: str, form: Format | None, field: str | None, id_field: str | None
    ) -> None:
        self._name = "stdin" if name == _STDIN else name
        self._is_csv = form == "csv" or (form is None and name.lower().endswith(".csv"))
        self._picks = self._is_csv or field is not None or id_field is not None
        self._field = field or _INPUTS
        self._id_field = id_field
        self._number = 0
        """The number of the line, from 1."""

    def read(self, file: BinaryIO) -> Iterator[Any]:
        """Yield the rows of an open file.

        Raises:
            ConfigurationError: a line, named by its number, cannot be a row.
        """
        try:
            yield from self._table(file) if self._is_csv else self._lines(file)
        except (ValueError, csv.Error) as error:
            if isinstance(error, ConfigurationError):
                raise
            raise self._wrong(str(error)) from None

    def _lines(self, file: BinaryIO) -> Iterator[Any]:
        for self._number, line in enumerate(file, 1):
            if not line.strip():
                continue
            value = decode_json(line)
            if not isinstance(value, str | dict):
                raise self._wrong("must be a text or an object of JSON")
            yield self._row(value) if isinstance(value, dict) else value

    def _table(self, file: BinaryIO) -> Iterator[Any]:
        csv.field_size_limit(_LONGEST_CELL)
        for row in csv.DictReader(self._decoded(file), strict=True):
            yield self._row(row)

    def _decoded(self, file: BinaryIO) -> Iterator[str]:
        for self._number, line in enumerate(file, 1):
            yield line.decode("utf-8-sig" if self._number == 1 else "utf-8")

    def _row(self, value: Mapping[str, Any]) -> Any:
        """Return the row that an object or a line of a table is."""
        if not self._picks:
            return value
        if value.get(self._field) is None:
            found = ", ".join(map(repr, filter(None, value)))
            raise self._wrong(f"has no {self._field!r}, only {found}: see --field")
        row = {_INPUTS: value[self._field]}
        custom_id = value.get(self._id_field or _ID)
        if custom_id is not None:
            row[_ID] = str(custom_id)
        elif self._id_field is not None:
            raise self._wrong(f"has no {self._id_field!r}: see --id-field")
        return row

    def _wrong(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{self._name}: line {self._number}: {problem}")
