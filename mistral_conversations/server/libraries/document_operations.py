"""The operations on documents, as handlers of aiohttp."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.libraries import schemas
from mistral_conversations.server.libraries.documents import RUNNING, Document
from mistral_conversations.server.libraries.extraction import pages_of
from mistral_conversations.server.libraries.listing import document_page
from mistral_conversations.server.libraries.store import LibraryStore
from mistral_conversations.server.web.links import Links, Respond
from mistral_conversations.server.web.reading import read_body, read_query
from mistral_conversations.server.web.responses import json_response
from mistral_conversations.server.web.routing import Operation
from mistral_conversations.server.web.uploads import read_upload
from mistral_conversations.server.web.uuids import path_ids
from mistral_conversations.server.web.values import (
    read_integer,
    read_json_value,
    read_text,
)

__all__ = ["DocumentOperations"]

_LINK_LIFETIME = timedelta(minutes=30)


@attrs.define(eq=False)
class DocumentOperations:
    """The operations on the documents of libraries."""

    _store: LibraryStore
    _links: Links

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("POST", routes.DOCUMENTS, self._upload),
            ("GET", routes.DOCUMENTS, self._list),
            ("GET", routes.DOCUMENT, self._get),
            ("PUT", routes.DOCUMENT, self._update),
            ("PATCH", routes.DOCUMENT, self._update),
            ("DELETE", routes.DOCUMENT, self._delete),
            ("GET", routes.DOCUMENT_TEXT_CONTENT, self._text_content),
            ("GET", routes.DOCUMENT_STATUS, self._status),
            ("GET", routes.DOCUMENT_SIGNED_URL, self._signed_url),
            (
                "GET",
                routes.DOCUMENT_EXTRACTED_TEXT_SIGNED_URL,
                self._extracted_text_signed_url,
            ),
            ("POST", routes.DOCUMENT_REPROCESS, self._reprocess),
        )

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        file = await read_upload(request)
        document, is_new = self._store.upload(library_id, file)
        if is_new:
            # Even without processing time, only the next request finds it completed.
            return json_response(document.body(RUNNING), 201)
        return self._response(document)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        query = read_query(
            request,
            schemas.LISTING,
            page=read_integer,
            page_size=read_integer,
            search=read_text,
            filters_attributes=read_json_value,
            sort_by=read_text,
            sort_order=read_text,
        )
        documents = tuple(self._store.find(library_id).documents.values())
        return json_response(document_page(documents, self._store.clock(), query))

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return self._response(self._find(request))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        library_id, document_id = path_ids(request, "library_id", "document_id")
        changes = await read_body(request, schemas.DOCUMENT_UPDATE)
        library = self._store.find(library_id)
        document = library.change(document_id, changes, self._store.clock())
        return self._response(document)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        library_id, document_id = path_ids(request, "library_id", "document_id")
        self._store.find(library_id).remove(document_id, self._store.clock())
        return web.Response(status=204)

    async def _text_content(self, request: web.Request) -> web.StreamResponse:
        document = self._find(request)
        query = read_query(
            request, schemas.TEXT_PAGES, page_start=read_integer, page_end=read_integer
        )
        text = document.read(self._store.clock())
        shown = pages_of(text, query.get("page_start"), query.get("page_end"))
        return json_response({"text": shown})

    async def _status(self, request: web.Request) -> web.StreamResponse:
        document = self._find(request)
        status = document.status(self._store.clock())
        return json_response({"document_id": document.id, **status._asdict()})

    async def _signed_url(self, request: web.Request) -> web.StreamResponse:
        document = self._find(request)
        return self._link(
            request, partial(self._file, document.library_id, document.id)
        )

    async def _extracted_text_signed_url(
        self, request: web.Request
    ) -> web.StreamResponse:
        document = self._find(request)
        document.read(self._store.clock())
        return self._link(
            request, partial(self._text, document.library_id, document.id)
        )

    async def _reprocess(self, request: web.Request) -> web.StreamResponse:
        document = self._find(request)
        document.process(self._store.clock(), self._store.processing)
        return web.Response(status=204)

    def _find(self, request: web.Request) -> Document:
        library_id, document_id = path_ids(request, "library_id", "document_id")
        return self._store.find(library_id).find(document_id)

    def _response(self, document: Document) -> web.Response:
        return json_response(document.body(document.status(self._store.clock())))

    def _link(self, request: web.Request, respond: Respond) -> web.Response:
        return json_response(self._links.create(request, respond, _LINK_LIFETIME))

    def _file(self, library_id: str, document_id: str) -> web.Response:
        file = self._store.find(library_id).find(document_id).file
        return web.Response(body=file.content, headers={"Content-Type": file.mime_type})

    def _text(self, library_id: str, document_id: str) -> web.Response:
        document = self._store.find(library_id).find(document_id)
        return web.Response(text=document.read(self._store.clock()))
