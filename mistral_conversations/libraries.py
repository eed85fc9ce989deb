"""`AsyncLibraries`: document libraries, with their documents and who may use them."""

from collections.abc import Mapping

from mistral_conversations._api_client import APIClient
from mistral_conversations._wire import library_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations.accesses import AsyncAccesses
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.documents import AsyncDocuments
from mistral_conversations.models.libraries import LibraryOut, ListLibraryOut
from mistral_conversations.models.unset import UNSET, Unset

__all__ = ["AsyncLibraries"]


class AsyncLibraries(APIClient):
    """A client of the document libraries, for asyncio.

    A library holds documents, which the tool `document_library` searches. `documents`
    has the operations on them, `accesses` those on who may use a library.

    What the operations raise beside what their docstrings say is what those of
    `AsyncConversations` do. As `AsyncMistral.libraries` it shares its connections.

    Args:
        api_key: the key, or a function that gives it. None reads MISTRAL_API_KEY.
        base_url: without `/v1`. None reads MISTRAL_BASE_URL.
        timeout: limits in seconds, see `Timeout`; a number is the `total`.
        retries: how often a call is sent again, see `RetryPolicy`.
        headers: sent with every request.
        session: an aiohttp session to use in the place of the client's own.
        limit: connections at once, 0 for no limit.
        ssl: an `ssl.SSLContext`; False checks no certificate.
        proxy: the URL of an HTTP proxy. None reads the environment.

    Raises:
        ConfigurationError: a parameter that cannot work, by its name.
        TypeError: `timeout` or `retries` of another type.
        ValueError: seconds or a count below 0.
    """

    @property
    def documents(self) -> AsyncDocuments:
        """The documents of libraries."""
        return self._view(AsyncDocuments)

    @property
    def accesses(self) -> AsyncAccesses:
        """Who may use a library, and what for."""
        return self._view(AsyncAccesses)

    async def create(
        self,
        name: str,
        *,
        description: str | None = None,
        chunk_size: int | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut:
        """Make a library, which only its owner can use until it is shared.

        Args:
            name: a name for people.
            description: what is in it; the model chooses by it.
            chunk_size: the size of the pieces that documents are cut into; None is
                the service's own.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            HTTPValidationError: the service takes a parameter for wrong. Nothing was
                made.
        """
        call = calls.create(
            {"name": name, "description": description, "chunk_size": chunk_size}
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, LibraryOut, options)

    async def list(
        self,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ListLibraryOut:
        """List all libraries that the caller has made, or that are shared with them.

        Args:
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.
        """
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(calls.list_libraries(), ListLibraryOut, options)

    async def get(
        self,
        library_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut:
        """Get what is known of a library; not its documents.

        Args:
            library_id: the library, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is none.
        """
        call = calls.of_library(routes.LIBRARY, library_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, LibraryOut, options)

    async def update(
        self,
        library_id: str,
        *,
        name: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut:
        """Change the name or the description of a library.

        Args:
            library_id: the library, a UUID.
            name: another name; UNSET leaves it, None is sent as null.
            description: another description; UNSET leaves it, None is sent as null.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is none.
        """
        call = calls.update(library_id, {"name": name, "description": description})
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, LibraryOut, options)

    async def delete(
        self,
        library_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> LibraryOut | None:
        """Delete a library, with all documents in it.

        Args:
            library_id: the library, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Returns:
            The library as it was. None where the service does not tell, or where the
            answer that told was lost, and the call, sent again, found it deleted.

        Raises:
            NotFoundError: there is none.
        """
        call = calls.of_library(routes.LIBRARY, library_id, method="DELETE")
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask_if_told(call, LibraryOut, options)
