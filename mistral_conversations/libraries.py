"""`AsyncLibraries`: the asyncio client of document libraries."""

from collections.abc import AsyncIterator, Mapping

from mistral_conversations._api_client import APIClient
from mistral_conversations._operations import operations
from mistral_conversations._paging import pages_by_token
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._wire import library_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations.accesses import AsyncAccesses
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.documents import AsyncDocuments
from mistral_conversations.models.libraries import (
    EntityType,
    LibraryOut,
    ListLibraryOut,
)
from mistral_conversations.models.unset import UNSET, Unset

__all__ = ["AsyncLibraries"]

_PAGE_SIZE = 100


@readable_signatures
@operations
class AsyncLibraries(APIClient):
    """Asyncio client of document libraries.

    A library holds documents, which the tool `document_library` searches. `documents`
    is the client of the documents, `accesses` that of the sharing lists.

    `AsyncMistral.libraries` is such a client; it uses the connections of its
    `AsyncMistral`. The constructor takes the parameters of `AsyncConversations`, and
    raises the same errors.

    Every method, including those of `documents` and `accesses`, also takes `timeout` (a
    `Timeout`, or the seconds of its `total`), `retries` (a `RetryPolicy`, or its
    `max_retries`) and `headers` (added to the client's) for that call alone; None uses
    the client's own settings. Besides the errors that its docstring lists, every method
    raises those of `AsyncConversations`.
    """

    @property
    def documents(self) -> AsyncDocuments:
        """The client of the documents in libraries."""
        return self._view(AsyncDocuments)

    @property
    def accesses(self) -> AsyncAccesses:
        """The client of the sharing lists of libraries."""
        return self._view(AsyncAccesses)

    async def create(
        self,
        name: str,
        *,
        description: str | None = None,
        chunk_size: int | None = None,
        owner_type: EntityType | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut:
        """Create a library; `owner_type` decides who can use it until it is shared.

        Args:
            name: a display name.
            description: what the library contains; the model selects libraries by it.
            chunk_size: deprecated by the service. The characters of the chunks into
                which the service splits documents, from 256 to 32768; None is the
                service's default.
            owner_type: `"User"` for a library of the caller alone, or `"Workspace"` for
                one that the caller's workspace shares; None is the service's default,
                which is `"Workspace"` for an API key. The service allows `"User"` only
                to API keys with access to private and shared connectors.

        Raises:
            HTTPValidationError: the service rejects a parameter. No library was
                created.
        """
        call = calls.create(
            {
                "name": name,
                "description": description,
                "chunk_size": chunk_size,
                "owner_type": owner_type,
            }
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, LibraryOut, options)

    async def list(
        self,
        page_size: int = _PAGE_SIZE,
        page_token: str | None = None,
        *,
        search: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ListLibraryOut:
        """List one page of the libraries that the caller owns or has access to.

        Args:
            page_size: libraries per page; 100 by default and at most.
            page_token: the `next_page_token` of the previous page; None is the first
                page.
            search: return only libraries whose name contains this text, in upper or
                lower case.
        """
        call = calls.list_libraries(
            {"page_size": page_size, "page_token": page_token, "search": search}
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ListLibraryOut, options)

    def list_all(
        self,
        page_size: int = _PAGE_SIZE,
        *,
        search: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[LibraryOut]:
        """Iterate over all libraries of the caller, page by page, without duplicates.

        Tasks, or threads in blocking code, may share the iterator: each library reaches
        one of them. If the service repeats its pages, the iteration ends with a WARNING
        in the log.

        Args:
            page_size: libraries per request; 100 by default and at most.
            search: return only libraries whose name contains this text, in upper or
                lower case.

        Example:
            async for library in libraries.list_all():
                print(library.id, library.name)
        """
        options = self._options.with_call(timeout, retries, headers)
        query = {"page_size": page_size, "search": search}
        calls.list_libraries(query)  # reject wrong parameters now

        async def fetch(token: str | None) -> ListLibraryOut:
            call = calls.list_libraries({**query, "page_token": token})
            return await self._fetch(call, ListLibraryOut, options)

        return pages_by_token("libraries", fetch)

    async def get(
        self,
        library_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut:
        """Return a library, without its documents.

        Args:
            library_id: the library, a UUID.

        Raises:
            NotFoundError: no such library.
        """
        call = calls.of_library(routes.LIBRARY, library_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, LibraryOut, options)

    async def update(
        self,
        library_id: str,
        *,
        name: str | Unset = UNSET,
        description: str | Unset | None = UNSET,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut:
        """Change the name or the description of a library.

        Args:
            library_id: the library, a UUID.
            name: the new name; UNSET (the default) keeps the old one.
            description: the new description; UNSET (the default) keeps the old one,
                None is sent as null.

        Raises:
            TypeError: `name` is None, or a parameter has another type. Nothing was
                sent.
            NotFoundError: no such library.
        """
        call = calls.update(library_id, {"name": name, "description": description})
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, LibraryOut, options)

    async def delete(
        self,
        library_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut | None:
        """Delete a library, with all its documents.

        Args:
            library_id: the library, a UUID.

        Returns:
            The library as it was. None if the service sends no body, or if a retry
            after a lost answer found the library already deleted.

        Raises:
            NotFoundError: no such library.
        """
        call = calls.of_library(routes.LIBRARY, library_id, method="DELETE")
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch_if_any(call, LibraryOut, options)


publish(globals(), *__all__)
