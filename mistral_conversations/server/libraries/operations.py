"""The operations on libraries, and on the accesses to them, as handlers of aiohttp."""

from collections.abc import Sequence

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.guard import Operation
from mistral_conversations.server.libraries import schemas
from mistral_conversations.server.libraries.document_operations import (
    DocumentOperations,
)
from mistral_conversations.server.libraries.links import Links
from mistral_conversations.server.libraries.paths import path_ids
from mistral_conversations.server.libraries.shelf import Library, Shelf
from mistral_conversations.server.reading import read_body
from mistral_conversations.server.responses import json_response

__all__ = ["LibraryOperations"]


@attrs.define(eq=False)
class LibraryOperations:
    """Libraries, their documents and the accesses to them."""

    shelf: Shelf
    _links: Links = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Keep the signed URLs for as long as the libraries."""
        self._links = Links(self.shelf)

    def operations(self) -> Sequence[Operation]:
        """Give the operations, each with its method and route."""
        return (
            ("POST", routes.LIBRARIES, self._create),
            ("GET", routes.LIBRARIES, self._list),
            ("GET", routes.LIBRARY, self._get),
            ("PUT", routes.LIBRARY, self._update),
            # Beside the description: the vendor's client updates so.
            ("PATCH", routes.LIBRARY, self._update),
            ("DELETE", routes.LIBRARY, self._delete),
            ("GET", routes.LIBRARY_SHARE, self._accesses),
            ("PUT", routes.LIBRARY_SHARE, self._share),
            ("DELETE", routes.LIBRARY_SHARE, self._unshare),
            *DocumentOperations(self.shelf, self._links).operations(),
        )

    async def _create(self, request: web.Request) -> web.StreamResponse:
        wish = await read_body(request, schemas.LIBRARY)
        return json_response(self.shelf.create(wish).body(), 201)

    async def _list(self, _request: web.Request) -> web.StreamResponse:
        newest = reversed(self.shelf.libraries())
        return json_response({"data": [library.body() for library in newest]})

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._find(request).body())

    async def _update(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        changes = await read_body(request, schemas.LIBRARY_UPDATE)
        library = self.shelf.find(library_id)
        library.update(changes, self.shelf.clock())
        return json_response(library.body())

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        return json_response(self.shelf.remove(library_id).body())

    async def _accesses(self, request: web.Request) -> web.StreamResponse:
        return json_response({"data": self._find(request).accesses.bodies()})

    async def _share(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        wish = await read_body(request, schemas.SHARING)
        return json_response(self.shelf.find(library_id).accesses.share(wish))

    async def _unshare(self, request: web.Request) -> web.StreamResponse:
        (library_id,) = path_ids(request, "library_id")
        wish = await read_body(request, schemas.SHARING_DELETE)
        return json_response(self.shelf.find(library_id).accesses.remove(wish))

    def _find(self, request: web.Request) -> Library:
        (library_id,) = path_ids(request, "library_id")
        return self.shelf.find(library_id)
