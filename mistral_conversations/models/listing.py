"""`Listing`: the base class of answers that are lists."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar, overload

from attrs import frozen

from mistral_conversations.models.model import Answer

__all__ = ["Listing"]

T = TypeVar("T")


@frozen(kw_only=True, repr=False)
class Listing(Answer, Sequence[T], Generic[T]):
    """An answer that is a sequence: index it, count it, iterate over it."""

    @property
    @abstractmethod
    def _items(self) -> tuple[T, ...]:
        """The items of the list."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        """Return the item at an index, or a tuple of the items in a slice."""
        return self._items[index]

    def __len__(self) -> int:
        """Return the number of items in this page or list."""
        return len(self._items)
