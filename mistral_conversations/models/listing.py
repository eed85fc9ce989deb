"""`Listing`: the base class of answers that are lists."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, get_args, overload

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

    def to_rows(self) -> list[dict[str, Any]]:
        """Return a flat dict for each item, for a table.

        The keys are the same in every row: the fields of the items' class, except those
        that may hold secrets, and `object`. Text, numbers, flags and times stay as they
        are; a list is its parts with commas between them, of objects their names; a
        dict is JSON text.
        """
        from mistral_conversations._rows import item_rows  # noqa: PLC0415 - above

        (of,) = get_args(vars(type(self))["__orig_bases__"][0])
        return item_rows(self, of)
