"""`AsyncDocuments`: the documents of libraries."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeAlias

from mistral_conversations._api_client import APIClient, answer_of
from mistral_conversations._paging import numbered_pages
from mistral_conversations._transport.sources import File
from mistral_conversations._transport.transport import Options
from mistral_conversations._transport.upload import Progress, check_progress, upload_of
from mistral_conversations._wire import library_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations.config import RetryPolicy, Timeout, check_seconds
from mistral_conversations.errors import APITimeoutError, DocumentProcessingError
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


class AsyncDocuments(APIClient):
    """A client of the documents of libraries: `AsyncLibraries.documents`."""

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
        """Put a document into a library; the service then begins to process it.

        The file is sent piece by piece, and never read whole. It is sent again only
        where `retries` allows that for a POST, and from what can be read again: a
        path, bytes, a file that can seek; an iterator only as long as nothing of it
        was taken. A file that is handed in is read from where it stands, and not
        closed; an async generator is.

        Args:
            library_id: the library, a UUID.
            file: a path, bytes, a binary file (whose `read` may be async), or an async
                iterator of bytes.
            name: the name of the document; None is that of the file, which bytes,
                iterators and pipes do not have.
            content_type: such as `application/pdf`; None is told by the name.
            progress: a plain function that is called with the bytes of the file that
                were sent so far, and all of them (None where nobody knows), on the
                thread of the event loop. It begins anew where the file is sent again.
            timeout: limits for this call: `response` is also the longest time for
                which the service may leave a piece untaken.
            retries: the policy for this call.
            headers: headers to add for this call.

        Returns:
            The document. `meta.status` is 201, or 200 where the library had one of
            the same contents, which is the one that is told then.

        Raises:
            OSError: the file cannot be read, or became shorter while it was sent. What
                was sent by then, the service cannot use.
            TypeError: a parameter, named, or a piece of the file is of another type.
            ValueError: `name` or `content_type` cannot be sent, or there is no name.
            NotFoundError: there is no such library.
        """
        call = calls.upload(library_id)
        upload = upload_of(file, name, content_type, progress)
        options = self._options.with_call(timeout, retries, headers)
        reply = await self._transport.upload(call, upload, options)
        return answer_of(reply, DocumentOut)

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
        """List the documents of a library, one page of them.

        Args:
            library_id: the library, a UUID.
            page: the page, from 0.
            page_size: documents per page, 100 at most.
            search: only documents that this is found in.
            filters_attributes: only documents whose attributes have these keys and
                values; a str is sent as it is.
            sort_by: the key to sort by, None is `created_at`.
            sort_order: `"asc"` or `"desc"`, None is `desc`.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library.
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
        return await self._ask(call, ListDocumentOut, options)

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
        """Iterate over all documents of a library, page after page, none twice.

        Documents that are put in or deleted meanwhile move the others between pages:
        one that is deleted may hide another.

        Args:
            library_id: the library, a UUID.
            page_size: documents per request, 100 at most.
            search: as `list` has it, and so are the others.
            filters_attributes: only documents whose attributes have these.
            sort_by: the key to sort by.
            sort_order: `"asc"` or `"desc"`.
            timeout: limits for each request.
            retries: the policy for each request.
            headers: headers to add to each request.
        """
        options = self._options.with_call(timeout, retries, headers)
        asked = {
            "page_size": page_size,
            "search": search,
            "filters_attributes": filters_attributes,
            "sort_by": sort_by,
            "sort_order": sort_order,
        }
        calls.list_documents(library_id, asked)  # tells what is wrong at once

        async def fetch(page: int) -> ListDocumentOut:
            call = calls.list_documents(library_id, {**asked, "page": page})
            return await self._ask(call, ListDocumentOut, options)

        return numbered_pages(fetch, is_last=lambda page: not page.pagination.has_more)

    async def get(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentOut:
        """Get what is known of a document; not its contents.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library or document.
        """
        call = calls.of_document(routes.DOCUMENT, library_id, document_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, DocumentOut, options)

    async def update(
        self,
        library_id: str,
        document_id: str,
        *,
        name: str | Unset | None = UNSET,
        attributes: JSON | Unset | None = UNSET,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentOut:
        """Change the name or the attributes of a document.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            name: another name; UNSET leaves it, None is sent as null.
            attributes: keys and values to filter by, in the place of those there are:
                bools, numbers, texts, times (`datetime`) and lists of these; UNSET
                leaves them, None is sent as null.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library or document.
        """
        parameters = {"name": name, "attributes": attributes}
        call = calls.update_document(library_id, document_id, parameters)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, DocumentOut, options)

    async def delete(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete a document from its library, and from what is searched.

        Sent again after an answer that was lost, it takes 404 for success.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is none.
        """
        call = calls.of_document(
            routes.DOCUMENT, library_id, document_id, method="DELETE"
        )
        options = self._options.with_call(timeout, retries, headers)
        await self._transport.fetch(call, options)

    async def status(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ProcessingStatusOut:
        """Ask how far the processing of a document is.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library or document.
        """
        call = calls.of_document(routes.DOCUMENT_STATUS, library_id, document_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, ProcessingStatusOut, options)

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
        """Wait until a document is processed, so that it can be searched.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: how many seconds to wait at the most, for all that is asked; the
                client's limits are those of each request.
            poll: the seconds between two questions for its status.
            progress: a plain function that is called with each status.
            retries: the policy for each request.
            headers: headers to add to each request.

        Returns:
            The document as it is then.

        Raises:
            DocumentProcessingError: the service could not process it.
            APITimeoutError: it is not processed yet (`phase` is `total`), or a request
                took too long.
            NotFoundError: there is no such library or document.
        """
        check_seconds("timeout", timeout)
        check_seconds("poll", poll)
        check_progress(progress)
        options = self._options.with_call(None, retries, headers)
        ids = (library_id, document_id)
        status = calls.of_document(routes.DOCUMENT_STATUS, *ids)
        scope = asyncio.timeout(timeout)
        try:
            async with scope:
                await self._follow(status, options, poll, progress)
                call = calls.of_document(routes.DOCUMENT, *ids)
                return await self._ask(call, DocumentOut, options)
        except TimeoutError:
            if not scope.expired():
                raise
        raise APITimeoutError(
            f"document {document_id} was not processed within {timeout:g} seconds",
            phase="total",
        )

    async def _follow(
        self,
        call: Call,
        options: Options,
        poll: float,
        progress: Callable[[ProcessingStatusOut], object] | None,
    ) -> None:
        """Ask for a status until it says that the document is processed."""
        while True:
            status = await self._ask(call, ProcessingStatusOut, options)
            if progress is not None:
                progress(status)
            if status.has_failed:
                raise _failed(status)
            if status.is_processed:
                return
            await asyncio.sleep(poll)

    async def text_content(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DocumentTextContent:
        """Get the text of a document, as the service reads it (PDFs by its OCR).

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library or document, or no text of it.
        """
        call = calls.of_document(routes.DOCUMENT_TEXT_CONTENT, library_id, document_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, DocumentTextContent, options)

    async def signed_url(
        self,
        library_id: str,
        document_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Get a URL of the file that was uploaded.

        For 30 minutes anyone who has it can fetch the file, without a key.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library or document.
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
        """Get a URL of the text of a document.

        For 30 minutes anyone who has it can fetch the text, without a key.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library or document, or no text of it.
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
        """Have a document processed once more. The service bills it again.

        Args:
            library_id: the library, a UUID.
            document_id: the document, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library or document.
        """
        call = calls.of_document(
            routes.DOCUMENT_REPROCESS, library_id, document_id, method="POST"
        )
        options = self._options.with_call(timeout, retries, headers)
        await self._transport.fetch(call, options)

    async def _url(self, call: Call, options: Options) -> str:
        url: str
        url, _ = await self._ask_for(str, call, options)
        return url


def _failed(status: ProcessingStatusOut) -> DocumentProcessingError:
    word = status.process_status or status.processing_status or ""
    return DocumentProcessingError(
        f"the service could not process document {status.document_id}: {word}",
        document_id=status.document_id,
        process_status=word,
    )
