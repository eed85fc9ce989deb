"""What is known of the calls: rows in files, so that memory is free for the client."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import attrs

__all__ = ["Rows", "read_rows"]


class Rows:
    """A file of rows, each an object of JSON."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8")
        self.count = 0

    def add(self, row: Any) -> None:
        """Add an instance of an attrs class, or a mapping."""
        fields = attrs.asdict(row) if attrs.has(type(row)) else row
        self._file.write(json.dumps(fields) + "\n")
        self.count += 1

    def close(self) -> None:
        self._file.close()


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file; none if it does not exist."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
