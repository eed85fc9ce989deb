"""`AsyncFiles`: the asyncio client of files."""

import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import overload

from mistral_conversations._api_client import APIClient
from mistral_conversations._operations import operations
from mistral_conversations._paging import numbered_pages
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._transport.downloads.download import Download
from mistral_conversations._transport.downloads.folder import Folder, Part
from mistral_conversations._transport.downloads.targets import (
    InMemory,
    ToPath,
    Writable,
    target_of,
)
from mistral_conversations._transport.progress import Progress, check_progress
from mistral_conversations._transport.uploads.sources import File
from mistral_conversations._transport.uploads.upload import upload_of
from mistral_conversations._wire import file_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.models.files import (
    CreateFileResponse,
    DeleteFileResponse,
    FilePurpose,
    FileSchema,
    FileVisibility,
    GetFileResponse,
    GetSignedUrlResponse,
    ListFilesResponse,
    SampleType,
    Source,
)
from mistral_conversations.models.tool_files import FileSource, tool_files

__all__ = ["AsyncFiles"]

_PAGE = 0
_PAGE_SIZE = 100


@readable_signatures
@operations
class AsyncFiles(APIClient):
    """Asyncio client of files: inputs of models, and what tools and batch jobs write.

    `AsyncMistral.files` is such a client; it uses the connections of its
    `AsyncMistral`. The constructor takes the parameters of `AsyncConversations`, and
    raises the same errors.

    Every method also takes `timeout` (a `Timeout`, or the seconds of its `total`),
    `retries` (a `RetryPolicy`, or its `max_retries`) and `headers` (added to the
    client's) for that call alone; None uses the client's own settings. Besides the
    errors that its docstring lists, every method raises those of `AsyncConversations`.
    """

    async def upload(
        self,
        file: File,
        *,
        purpose: FilePurpose | None = None,
        name: str | None = None,
        content_type: str | None = None,
        expiry: int | None = None,
        visibility: FileVisibility | None = None,
        progress: Progress | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> CreateFileResponse:
        """Upload a file, of at most 512 MB by the service's documentation.

        The file is sent in pieces and never held in memory as a whole. It is sent again
        only if `retries` allows that for a POST and the file can be read again: a path,
        bytes, a seekable file, or an iterator that has not been read from yet. An open
        file is read from its current position and stays open; an async generator is
        closed.

        Args:
            file: a path, bytes, a binary file (its `read` may be async), or an async
                iterator of bytes.
            purpose: what the file is for: `"ocr"`, `"batch"` (the input of a batch job,
                JSON Lines) or `"fine-tune"`; None is the service's default.
            name: the file's name on the service. None uses the file's own name; bytes,
                iterators and pipes have none, so they need this parameter.
            content_type: the media type, such as `application/jsonl`; None guesses it
                from the name.
            expiry: the hours after which the service deletes the file; None for never.
                The API description names no unit here, and hours for a signed URL:
                check `expires_at` of the answer.
            visibility: who may use the file: `"workspace"`, the service's default, or
                `"user"`.
            progress: a plain function that is called on the event loop's thread with
                two numbers: the bytes of the file sent so far, and its size in bytes
                (None if unknown). The count starts again if the file is sent again.
            timeout: limits for this call; `response` also limits how long the service
                may leave one piece unread.

        Raises:
            OSError: the file cannot be read, or became shorter while it was sent. The
                service cannot use the part that was sent.
            TypeError: a parameter, named in the message, or a piece of the file has
                another type.
            ValueError: `expiry` is out of range, `name` or `content_type` cannot be
                sent, or there is no name.
            HTTPValidationError: the service rejects the file or a parameter.

        Example:
            file = await files.upload("questions.jsonl", purpose="batch")
            print(file.id, file.bytes, file.num_lines)
        """
        texts = calls.upload_texts(
            {"purpose": purpose, "expiry": expiry, "visibility": visibility}
        )
        upload = upload_of(file, name, content_type, progress, texts)
        options = self._options.with_call(timeout, retries, headers)
        return await self._upload(calls.upload(), upload, CreateFileResponse, options)

    async def list(
        self,
        page: int = _PAGE,
        page_size: int = _PAGE_SIZE,
        *,
        include_total: bool | None = None,
        sample_type: Sequence[SampleType] | None = None,
        source: Sequence[Source] | None = None,
        search: str | None = None,
        purpose: FilePurpose | None = None,
        mimetypes: Sequence[str] | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ListFilesResponse:
        """List one page of the organization's files.

        Args:
            page: the number of the page, from 0 (the default).
            page_size: files per page, 100 by default.
            include_total: whether `total` counts the files of all pages; None is the
                service's default, True.
            sample_type: return only files of one of these types.
            source: return only files from one of these sources.
            search: return only files that match this text.
            purpose: return only files with this purpose.
            mimetypes: return only files of one of these media types.
        """
        call = calls.list_files(
            {
                "page": page,
                "page_size": page_size,
                "include_total": include_total,
                "sample_type": sample_type,
                "source": source,
                "search": search,
                "purpose": purpose,
                "mimetypes": mimetypes,
            }
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ListFilesResponse, options)

    def list_all(
        self,
        page_size: int = _PAGE_SIZE,
        *,
        sample_type: Sequence[SampleType] | None = None,
        source: Sequence[Source] | None = None,
        search: str | None = None,
        purpose: FilePurpose | None = None,
        mimetypes: Sequence[str] | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[FileSchema]:
        """Iterate over all files of the organization, page by page, without duplicates.

        Files that are added or deleted during the iteration shift the others between
        pages: after a deletion, another file may be skipped.

        Tasks, or threads in blocking code, may share the iterator: each file reaches
        one of them. If the service repeats its pages, the iteration ends with a WARNING
        in the log.

        Args:
            page_size: files per request, 100 by default.
            sample_type: return only files of one of these types.
            source: return only files from one of these sources.
            search: return only files that match this text.
            purpose: return only files with this purpose.
            mimetypes: return only files of one of these media types.

        Example:
            async for file in files.list_all(purpose="batch"):
                print(file.id, file.filename, file.bytes)
        """
        options = self._options.with_call(timeout, retries, headers)
        query = {
            "page_size": page_size,
            "include_total": False,  # the total of a changing list ends nothing
            "sample_type": sample_type,
            "source": source,
            "search": search,
            "purpose": purpose,
            "mimetypes": mimetypes,
        }
        calls.list_files(query)  # reject wrong parameters now

        async def fetch(page: int) -> ListFilesResponse:
            call = calls.list_files({**query, "page": page})
            return await self._fetch(call, ListFilesResponse, options)

        return numbered_pages("files", fetch)

    async def retrieve(
        self,
        file_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> GetFileResponse:
        """Return what the service knows about a file; `download` returns its contents.

        Args:
            file_id: the file, a UUID.

        Raises:
            NotFoundError: no such file.
        """
        call = calls.of_file(routes.FILE, file_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, GetFileResponse, options)

    async def delete(
        self,
        file_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DeleteFileResponse | None:
        """Delete a file.

        Args:
            file_id: the file, a UUID.

        Returns:
            The service's confirmation. None if the service sends no body, or if a retry
            after a lost answer found the file already deleted.

        Raises:
            NotFoundError: no such file.
        """
        call = calls.of_file(routes.FILE, file_id, method="DELETE")
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch_if_any(call, DeleteFileResponse, options)

    @overload
    async def download(
        self,
        file_id: str,
        to: None = None,
        *,
        progress: Progress | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes: ...
    @overload
    async def download(
        self,
        file_id: str,
        to: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Path: ...
    @overload
    async def download(
        self,
        file_id: str,
        to: Writable,
        *,
        progress: Progress | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> int: ...
    async def download(
        self,
        file_id: str,
        to: str | os.PathLike[str] | Writable | None = None,
        *,
        progress: Progress | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes | Path | int:
        """Return the contents of a file, or write them to a path or a writable object.

        With `to`, the contents are written while they arrive and are never held in
        memory as a whole. An answer that ends early counts as a lost connection, which
        `retries` covers: a file is never cut short silently.

        A file appears at a path only once it is complete. Until then, the bytes are in
        a temporary file in the same folder; an error, a cancellation or Ctrl-C removes
        it. The finished file replaces an existing one and keeps its permissions; a
        symbolic link stays, and the file that it points to is replaced. A pipe or a
        device is written directly.

        A writable object is written from its current position and stays open. If a
        connection is lost after the first bytes, only an object that can seek is
        written again, from that position; otherwise the error is raised.

        Args:
            file_id: the file, a UUID; of a generated image, `ToolFileChunk.file_id`.
            to: the path of the file to write, or an object whose `write` takes bytes,
                such as a file that is open in binary mode; `write` may be async. A
                plain one runs on a thread. None returns the contents.
            progress: a plain function that is called on the event loop's thread with
                two numbers: the bytes received so far, and the size of the file (None
                if the service does not send it). The count starts again with a retry.
            timeout: limits for this call; `idle` limits each wait for more bytes, not
                the time that writing takes.

        Returns:
            The contents as bytes without `to`, the path as a `Path`, or the number of
            bytes written to a writable object.

        Raises:
            OSError: the file cannot be written: its folder does not exist, `to` is a
                folder, the disk is full. A path that cannot be opened is reported
                before anything is sent.
            TypeError: a parameter, named in the message, has another type.
            ValueError: `to` is an empty path or a closed file.
            NotFoundError: no such file.
            DecodeError: without `to`, the file is larger than `max_response_bytes`.

        Example:
            path = await files.download(file_id, "answers.jsonl", progress=print)
            print(path.stat().st_size)
        """
        call = calls.download(file_id)
        check_progress(progress)
        target = InMemory() if to is None else target_of(to)
        options = self._options.with_call(timeout, retries, headers)
        await self._download(call, Download(target, progress), options)
        if isinstance(target, InMemory):
            return target.content
        return target.path if isinstance(target, ToPath) else target.count

    async def download_all(
        self,
        response: FileSource | Iterable[FileSource],
        folder: str | os.PathLike[str],
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Path, ...]:
        """Download the files that tools made during an answer, such as images.

        Each `ToolFileChunk` names a file. The files are downloaded one after another,
        each once. The folder is created if necessary, and gets all files or none: after
        an error, a cancellation or Ctrl-C, no file of this call is left in it.

        A file is named after its chunk, `image_generated_0.png`. Separators, control
        characters and leading dots are removed from the name, and an existing file is
        never replaced: the next one is `image_generated_0-2.png`.

        Args:
            response: the response of a conversation; or a history, messages, entries or
                chunks, several also as any iterable.
            folder: the folder for the files.
            timeout: limits for each file, as for `download`.

        Returns:
            The paths in the order of the chunks. Empty if no chunk names a file; then
            nothing is sent, and no folder is created.

        Raises:
            OSError: the folder cannot be created or written (reported before anything
                is sent), or the disk is full.
            TypeError: `response` or `folder` has another type.
            ValueError: `folder` is an empty path.
            NotFoundError: one of the files no longer exists.
        """
        files = tool_files(response)
        place = Folder(folder)
        self._options.with_call(timeout, retries, headers)  # checked before any work
        if not files:
            return ()
        async with place.opened() as temporary:
            parts = [
                Part(temporary / f"{index}", file.name, file.type, file.id)
                for index, file in enumerate(files)
            ]
            for part, file in zip(parts, files, strict=True):
                await self.download(
                    file.id,
                    part.path,
                    timeout=timeout,
                    retries=retries,
                    headers=headers,
                )
            return await place.finish(parts)

    async def get_signed_url(
        self,
        file_id: str,
        *,
        expiry: int | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> GetSignedUrlResponse:
        """Return a URL from which anyone can download a file, without an API key.

        A conversation can use it: as the URL of an image or of a document.

        Args:
            file_id: the file, a UUID.
            expiry: the hours after which the URL becomes invalid, from 1 to 168; None
                is the service's default, 24.

        Raises:
            NotFoundError: no such file.
            ValueError: `expiry` is out of range.
        """
        call = calls.signed_url(file_id, {"expiry": expiry})
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, GetSignedUrlResponse, options)


publish(globals(), *__all__)
