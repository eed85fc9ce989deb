"""Reading the requests of a batch, one at a time, as they are needed."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sized,
)
from typing import Any, TypeAlias

import attrs

from mistral_conversations.batch.handle import BatchJobsHandle
from mistral_conversations.batch.hashes import HashMap
from mistral_conversations.batch.requests import Mode, RowRequest
from mistral_conversations.batch.stray_cancels import no_stray_cancels
from mistral_conversations.models.batch import BatchInput, BatchRow

__all__ = ["OF_START", "BatchRequests", "ReadRow", "Rows", "checked_requests"]

BatchRequests: TypeAlias = (
    Iterable[BatchInput | Mapping[str, Any] | str]
    | AsyncIterable[BatchInput | Mapping[str, Any] | str]
)

Next: TypeAlias = Callable[[], Any]
ReadRow: TypeAlias = Callable[[Next], Awaitable[Any]]
"""Calls a function that reads the next request, in the thread that should."""

_END = object()
_FIELDS = tuple(field.name for field in attrs.fields(BatchInput))
OF_START = tuple(name for name in _FIELDS if name not in {"custom_id", "inputs"})
_ASKED = ("model", "agent_id")


class Rows:
    """The requests of a batch, read as they are needed.

    Args:
        requests: the requests.
        mode: the operation that asks each of them.
        defaults: the parameters of the operation by name, for the rows without their
            own.
        read: calls the function that reads the next one of a plain iterable; None
            calls it on the event loop.
    """

    def __init__(
        self,
        requests: BatchRequests,
        mode: Mode,
        defaults: Mapping[str, Any],
        read: ReadRow | None = None,
    ) -> None:
        self.total: int | None = len(requests) if isinstance(requests, Sized) else None
        self._requests = requests
        self._mode: Mode = mode
        self._defaults = defaults
        self._read = read
        self._iterator: Iterator[Any] | AsyncIterator[Any] | None = None
        self._count = 0
        self._seen = HashMap()
        """The positions of the rows, by the hashes of their ids."""

    async def next(self) -> RowRequest | BatchRow | None:
        """Read the next request; return None after the last.

        A request that cannot be read is a row with its error.
        """
        with no_stray_cancels("requests"):
            item = await self._next_item()
        if item is _END:
            return None
        index = self._count
        self._count += 1
        custom_id = str(index)
        try:
            given = _fields_of(item)
            custom_id = _id_of(given, custom_id)
            self._add(custom_id)
        except (TypeError, ValueError) as error:
            wrong = type(error)(f"requests[{index}] {error}")
            return BatchRow(custom_id=custom_id, index=index, error=wrong)
        return RowRequest(
            index=index,
            custom_id=custom_id,
            mode=self._mode,
            inputs=given.get("inputs"),
            parameters={**self._defaults, **_own(given)},
        )

    async def aclose(self) -> None:
        """Close the generator of the requests, if it is one and has begun."""
        iterator, self._iterator = self._iterator, None
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()
        elif isinstance(iterator, Generator) and not _is_running(iterator):
            iterator.close()

    async def _next_item(self) -> Any:
        if self._iterator is None:
            self._iterator = _iterator(self._requests)
        iterator = self._iterator
        if isinstance(iterator, AsyncIterator):
            return await anext(iterator, _END)
        if self._read is None:
            return next(iterator, _END)
        return await self._read(lambda: next(iterator, _END))

    def _add(self, custom_id: str) -> None:
        if not self._seen.put(hash(custom_id), self._count):
            raise ValueError(
                f"has the custom_id {custom_id!r} of an earlier row: give each row its "
                "own"
            )


def checked_requests(requests: Any) -> BatchRequests:
    """Return what can be the requests of a batch.

    Raises:
        TypeError: it cannot.
    """
    if isinstance(requests, BatchJobsHandle):
        raise TypeError('requests is a handle of batch jobs: pass via="batch_jobs"')
    single = isinstance(requests, str | bytes | Mapping | BatchInput)
    if single or not isinstance(requests, Iterable | AsyncIterable):
        raise TypeError(
            "requests must be an iterable or an async iterable of BatchInput, mappings "
            f"or texts, not {type(requests).__name__}"
        )
    return requests


def _is_running(generator: Any) -> bool:
    """Return whether a thread is in the generator, which then cannot be closed."""
    return getattr(generator, "gi_running", False)


def _iterator(requests: BatchRequests) -> Iterator[Any] | AsyncIterator[Any]:
    if isinstance(requests, AsyncIterable):
        return aiter(requests)
    return iter(requests)


def _fields_of(item: Any) -> Mapping[str, Any]:
    """Return the fields of a request that are not None, by name."""
    if isinstance(item, str):
        return {"inputs": item}
    if isinstance(item, BatchInput):
        item = {name: getattr(item, name) for name in _FIELDS}
    if not isinstance(item, Mapping):
        raise TypeError(
            "must be a BatchInput, a mapping or a text, not " + type(item).__name__
        )
    for name in item:
        if name not in _FIELDS:
            raise TypeError(
                f"has the key {name!r}, which is no field of BatchInput: "
                + ", ".join(_FIELDS)
            )
    return {name: value for name, value in item.items() if value is not None}


def _id_of(given: Mapping[str, Any], default: str) -> str:
    found = given.get("custom_id", default)
    if not isinstance(found, str):
        raise TypeError(f"must have a text as custom_id, not {type(found).__name__}")
    if not found.strip():
        raise ValueError("has an empty custom_id: leave it out, or give it a name")
    try:
        found.encode()
    except UnicodeEncodeError:
        raise ValueError(
            "has a custom_id with half a character (a lone surrogate)"
        ) from None
    return found


def _own(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row's own parameters; its model replaces the agent of the batch."""
    own = {name: given[name] for name in OF_START if name in given}
    if any(name in own for name in _ASKED):
        own = {**dict.fromkeys(_ASKED), **own}
    return own
