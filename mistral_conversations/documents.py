"""`AsyncDocuments`: the asyncio client of the documents in libraries."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from mistral_conversations._api_client import APIClient
from mistral_conversations._checks import check_seconds
from mistral_conversations._operations import operations
from mistral_conversations._paging import numbered_pages
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._transport.options import Options
from mistral_conversations._transport.progress import Progress, check_progress
from mistral_conversations._transport.uploads.sources import File
from mistral_conversations._transport.uploads.upload import upload_of
from mistral_conversations._waiting import delays, follow, in_time
from mistral_conversations._wire import library_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import DocumentProcessingError
from mistral_conversations.models.documents import (
    DocumentOut,
    DocumentTextContent,
    ListDocumentOut,
    ProcessingStatusOut,
)
from mistral_conversations.models.unset import UNSET, Unset

__all__ = ["AsyncDocuments"]

JSON: TypeAlias = Mapping[str, Any]

_PAGE = 0
_PAGE_SIZE = 100


@readable_signatures
@operations
class AsyncDocuments(APIClient):
    """Asyncio client of the documents in libraries: `AsyncLibraries.documents`.

    Every method also takes `retries`, `headers` and, except for `wait_until_processed`,
    `timeout`, as `AsyncLibraries` describes, and raises the same errors.
    """

    async def upload(
        self,
        library_id: str,
        file: File,
        *,
        name: str | None = None,
        content_type: str | None = None,
        progress: Progress | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentOut:
        """Upload a document to a library; the service then begins to process it.

        The file is sent in pieces and never held in memory as a whole. It is sent again
        only if `retries` allows that for a POST and the file can be read again: a path,
        bytes, a seekable file, or an iterator that has not been read from yet. An open
        file is read from its current position and stays open; an async generator is
        closed.

        Args:
            library_id: the library, a UUID.
            file: a path, bytes, a binary file (its `read` may be async), or an async
                iterator of bytes.
            name: the document's name. None uses the file's name; bytes, iterators and
                pipes have none, so they need this parameter.
            content_type: the media type, such as `application/pdf`; None guesses it
                from the name.
            progress: a plain function that is called on the event loop's thread with
                two numbers: the bytes of the file sent so far, and its size in bytes
                (None if unknown). The count starts again if the file is sent again.
            timeout: limits for this call; `response` also limits how long the service
                may leave one piece unread.

        Returns:
            The document. `meta.status` is 201 for a new document, and 200 if the
            library already has one with the same contents, which is then returned.

        Raises:
            OSError: the file cannot be read, or became shorter while it was sent. The
                service cannot use the part that was sent.
            TypeError: a parameter, named in the message, or a piece of the file has
                another type.
            ValueError: `name` or `content_type` cannot be sent, or there is no name.
            NotFoundError: no such library.

        Example:
            document = await libraries.documents.upload(library_id, "manual.pdf")
            document = await libraries.documents.wait_until_processed(
                library_id, document.id
            )
            print(document.name, document.summary)
        """
        call = calls.upload(library_id)
        upload = upload_of(file, name, content_type, progress)
        options = self._options.with_call(timeout, retries, headers)
        return await self._upload(call, upload, DocumentOut, options)

    async def list(
        self,
        library_id: str,
        page: int = _PAGE,
        page_size: int = _PAGE_SIZE,
        *,
        search: str | None = None,
        filters_attributes: JSON | str | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ListDocumentOut:
        """List one page of the documents in a library.

        Args:
            library_id: the library, a UUID.
            page: the number of the page, from 0 (the default).
            page_size: documents per page; 100 by default and at most.
            search: return only documents that contain this text.
            filters_attributes: deprecated by the service. Return only documents whose
                attributes have these keys and values; a str is sent unchanged.
            sort_by: the key to sort by; None is the service's default, `created_at`.
            sort_order: `"asc"` or `"desc"`; None is the service's default, `desc`.

        Raises:
            NotFoundError: no such library.
        """
        call = calls.list_documents(
            library_id,
            {
                "page": page,
                "page_size": page_size,
                "search": search,
                "filters_attributes": filters_attributes,
                "sort_by": sort_by,
                "sort_order": sort_order,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ListDocumentOut, options)

    def list_all(
        self,
        library_id: str,
        page_size: int = _PAGE_SIZE,
        *,
        search: str | None = None,
        filters_attributes: JSON | str | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[DocumentOut]:
        """Iterate over all documents of a library, page by page, without duplicates.

        Documents that are added or deleted during the iteration shift the others
        between pages: after a deletion, another document may be skipped.

        Tasks, or threads in blocking code, may share the iterator: each document
        reaches one of them. If the service repeats its pages, the iteration ends with a
        WARNING in the log.

        Args:
            library_id: the library, a UUID.
            page_size: documents per request; 100 by default and at most.
            search: return only documents that contain this text.
            filters_attributes: deprecated by the service. Return only documents whose
                attributes have these keys and values; a str is sent unchanged.
            sort_by: the key to sort by; None is the service's default, `created_at`.
            sort_order: `"asc"` or `"desc"`; None is the service's default, `desc`.

        Example:
            async for document in libraries.documents.list_all(library_id):
                print(document.id, document.name)
        """
        options = self._options.with_call(timeout, retries, headers)
        query = {
            "page_size": page_size,
            "search": search,
            "filters_attributes": filters_attributes,
            "sort_by": sort_by,
            "sort_order": sort_order,
        }
        calls.list_documents(library_id, query)  # reject wrong parameters now

        async def fetch(page: int) -> ListDocumentOut:
            call = calls.list_documents(library_id, {**query, "page": page})
            return await self._fetch(call, ListDocumentOut, options)

        return numbered_pages("documents", fetch, is_last=_is_last)

    async def get(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentOut:
        """Return a document, without its contents.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.

        Raises:
            NotFoundError: no such library or document.
        """
        call = calls.of_document(routes.DOCUMENT, library_id, document_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, DocumentOut, options)

    async def update(
        self,
        library_id: str,
        document_id: str,
        *,
        name: str | Unset = UNSET,
        attributes: JSON | Unset | None = UNSET,
        expires_at: datetime | Unset | None = UNSET,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentOut:
        """Change the name, the attributes or the expiry of a document.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            name: the new name; UNSET (the default) keeps the old one.
            attributes: keys and values to filter by, which replace the old ones. A
                value is a bool, a number, a str, a `datetime` or a list of these. UNSET
                (the default) keeps the old ones, None is sent as null.
            expires_at: a `datetime` with a time zone, after which the service deletes
                the document. UNSET (the default) keeps the old one, None is sent as
                null: the document then does not expire.

        Raises:
            TypeError: `name` is None, or a parameter has another type. Nothing was
                sent.
            ValueError: `expires_at` has no time zone. Nothing was sent.
            NotFoundError: no such library or document.
        """
        parameters = {
            "name": name,
            "attributes": attributes,
            "expires_at": expires_at,
        }
        call = calls.update_document(library_id, document_id, parameters)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, DocumentOut, options)

    async def delete(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete a document; searches no longer find it.

        A 404 counts as success if the request was retried after a lost answer.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.

        Raises:
            NotFoundError: no such library or document.
        """
        call = calls.of_document(
            routes.DOCUMENT, library_id, document_id, method="DELETE"
        )
        options = self._options.with_call(timeout, retries, headers)
        await self._fetch_nothing(call, options)

    async def status(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ProcessingStatusOut:
        """Return the processing status of a document.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.

        Raises:
            NotFoundError: no such library or document.
        """
        call = calls.of_document(routes.DOCUMENT_STATUS, library_id, document_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ProcessingStatusOut, options)

    async def wait_until_processed(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: float = 600,
        poll: float = 1,
        progress: Callable[[ProcessingStatusOut], object] | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentOut:
        """Wait until a document is processed, so that searches find it.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: the maximum seconds to wait in all, 600 by default. Each request
                also has the client's own limits.
            poll: the seconds between two requests for the status, 1 by default.
            progress: a plain function that is called with each status.
            retries: the policy for each request.

        Returns:
            The processed document.

        Raises:
            DocumentProcessingError: the service could not process the document.
            APITimeoutError: the document was not processed in time (`phase` is
                `total`), or a request reached one of its limits.
            NotFoundError: no such library or document.

        Example:
            document = await libraries.documents.wait_until_processed(
                library_id, document_id, timeout=60
            )
            print(document.number_of_pages, document.summary)
        """
        check_seconds("timeout", timeout)
        check_seconds("poll", poll)
        check_progress(progress)
        options = self._options.with_call(None, retries, headers)
        ids = (library_id, document_id)
        status = calls.of_document(routes.DOCUMENT_STATUS, *ids)
        document = calls.of_document(routes.DOCUMENT, *ids)

        async def processed() -> DocumentOut:
            fetch = partial(self._fetch, status, ProcessingStatusOut, options)
            found = await follow(fetch, _has_ended, delays(poll), progress)
            if found.has_failed:
                raise _failed(found)
            return await self._fetch(document, DocumentOut, options)

        message = f"document {document_id} was not processed"
        return await in_time(timeout, processed, message)

    async def text_content(
        self,
        library_id: str,
        document_id: str,
        *,
        page_start: int | None = None,
        page_end: int | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentTextContent:
        """Return the text that the service extracted from a document; from PDFs by OCR.

        The API description does not say whether pages are counted from 0 or from 1, nor
        whether `page_end` is the last page or the one after it. `LocalServer` counts
        from 0, and includes `page_end`.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            page_start: the page at which the text begins; None is the first.
            page_end: the page at which the text ends; None is the end of the document.

        Raises:
            ValueError: a page is negative, or `page_end` is less than `page_start`.
                Nothing was sent.
            NotFoundError: no such library or document, or the document has no text.
        """
        pages = {"page_start": page_start, "page_end": page_end}
        call = calls.text_content(library_id, document_id, pages)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, DocumentTextContent, options)

    async def signed_url(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Return a URL of the uploaded file.

        For 30 minutes, anyone with the URL can download the file without an API key.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.

        Raises:
            NotFoundError: no such library or document.
        """
        call = calls.of_document(routes.DOCUMENT_SIGNED_URL, library_id, document_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._url(call, options)

    async def extracted_text_signed_url(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Return a URL of the document's extracted text.

        For 30 minutes, anyone with the URL can download the text without an API key.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.

        Raises:
            NotFoundError: no such library or document, or the document has no text.
        """
        call = calls.of_document(
            routes.DOCUMENT_EXTRACTED_TEXT_SIGNED_URL, library_id, document_id
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._url(call, options)

    async def reprocess(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Process a document again; the service bills it again.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.

        Raises:
            NotFoundError: no such library or document.
        """
        call = calls.of_document(
            routes.DOCUMENT_REPROCESS, library_id, document_id, method="POST"
        )
        options = self._options.with_call(timeout, retries, headers)
        await self._fetch_nothing(call, options)

    async def _url(self, call: Call, options: Options) -> str:
        url: str
        url, _ = await self._fetch_value(call, str, options)
        return url


def _is_last(page: ListDocumentOut) -> bool:
    """Return whether the service says that no page follows."""
    return page.pagination is not None and page.pagination.has_more is False


def _has_ended(status: ProcessingStatusOut) -> bool:
    return status.is_processed or status.has_failed


def _failed(status: ProcessingStatusOut) -> DocumentProcessingError:
    reported = status.process_status or status.processing_status or ""
    return DocumentProcessingError(
        f"the service could not process document {status.document_id}: {reported}",
        document_id=status.document_id,
        process_status=reported,
    )


publish(globals(), *__all__)
