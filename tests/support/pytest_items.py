"""Tests that pytest has collected, of files that need not exist."""

from pathlib import Path

import pytest

__all__ = ["item"]


class Item(pytest.Item):
    """A test that pytest has collected."""

    def runtest(self) -> None:
        """Do nothing."""


def item(session: pytest.Session, file: str, *names: str) -> pytest.Item:
    """Return a test in a file, by the names of its classes and its own."""
    parent: pytest.Collector = pytest.Module.from_parent(session, path=Path(file))
    for name in names[:-1]:
        parent = pytest.Class.from_parent(parent, name=name)
    found: pytest.Item = Item.from_parent(parent, name=names[-1])
    return found
