"""Answers that are lists: sequences of what they list."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar, overload

from attrs import frozen

from mistral_conversations.models.model import Answer

__all__ = ["Listing"]

T = TypeVar("T")


@frozen(kw_only=True, repr=False)
class Listing(Answer, Sequence[T]):
    """An answer that can be indexed, counted and iterated over."""

    @property
    @abstractmethod
    def _items(self) -> tuple[T, ...]:
        """What is listed."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        """Give one by its place, or a tuple of several."""
        return self._items[index]

    def __len__(self) -> int:
        """Count what is listed here."""
        return len(self._items)
