"""The operations on libraries and on their accesses, as handlers of aiohttp."""

from collections.abc import Sequence

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.libraries import schemas
from mistral_conversations.server.libraries.document_operations import (
    DocumentOperations,
)
from mistral_conversations.server.libraries.listing import TOKENS, library_page
from mistral_conversations.server.libraries.store import Library, LibraryStore
from mistral_conversations.server.web.links import Links
from mistral_conversations.server.web.reading import read_body, read_query
from mistral_conversations.server.web.responses import json_response
from mistral_conversations.server.web.routing import Operation
from mistral_conversations.server.web.uuids import path_ids
from mistral_conversations.server.web.values import (
    read_flag,
    read_integer,
    read_text,
)

__all__ = ["LibraryOperations"]


@attrs.define(eq=False)
class LibraryOperations:
    """The operations on libraries, their documents and the accesses to them."""

    store: LibraryStore
    _links: Links

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("POST", routes.LIBRARIES, self._create),
            ("GET", routes.LIBRARIES, self._list),
            ("GET", routes.LIBRARY, self._get),
            ("PUT", routes.LIBRARY, self._update),
            ("PATCH", routes.LIBRARY, self._update),
            ("DELETE", routes.LIBRARY, self._delete),
            ("GET", routes.LIBRARY_SHARE, self._accesses),
            ("PUT", routes.LIBRARY_SHARE, self._share),
            ("DELETE", routes.LIBRARY_SHARE, self._unshare),
            *DocumentOperations(self.store, self._links).operations(),
        )

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request, schemas.LIBRARY)
        return json_response(self.store.create(body).body(), 201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request,
            schemas.LIBRARIES,
            page_size=read_integer,
            page_token=TOKENS.read,
            page=read_integer,
            search=read_text,
            filter_owned_by_me=read_flag,
        )
        return json_response(library_page(self.store.newest_first(), query))

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._find(request).body())

    async def _update(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        changes = await read_body(request, schemas.LIBRARY_UPDATE)
        library = self.store.find(library_id)
        library.update(changes, self.store.clock())
        return json_response(library.body())

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        return json_response(self.store.remove(library_id).body())

    async def _accesses(self, request: web.Request) -> web.StreamResponse:
        return json_response({"data": self._find(request).accesses.bodies()})

    async def _share(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        body = await read_body(request, schemas.SHARING)
        return json_response(self.store.find(library_id).accesses.share(body))

    async def _unshare(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        body = await read_body(request, schemas.SHARING_DELETE)
        return json_response(self.store.find(library_id).accesses.remove(body))

    def _find(self, request: web.Request) -> Library:
        (library_id,) = path_ids(request, "library_id")
        return self.store.find(library_id)
