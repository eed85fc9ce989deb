"""The operations on files, as handlers of aiohttp."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.files.listing import file_page
from mistral_conversations.server.files.requests import (
    read_file,
    read_lifetime,
    read_listing,
)
from mistral_conversations.server.files.responses import file_response
from mistral_conversations.server.files.store import FileStore
from mistral_conversations.server.files.stored_file import StoredFile
from mistral_conversations.server.web.links import Links
from mistral_conversations.server.web.responses import json_response
from mistral_conversations.server.web.routing import Operation
from mistral_conversations.server.web.uuids import path_ids

__all__ = ["FileOperations"]


@attrs.define(eq=False)
class FileOperations:
    """The operations on files."""

    store: FileStore
    _links: Links

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("POST", routes.FILES, self._upload),
            ("GET", routes.FILES, self._list),
            ("GET", routes.FILE, self._retrieve),
            ("DELETE", routes.FILE, self._delete),
            ("GET", routes.FILE_CONTENT, self._content),
            ("GET", routes.FILE_URL, self._url),
        )

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file, settings = await read_file(request)
        stored = self.store.add(file, source="upload", **settings)
        return json_response(stored.body())

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = read_listing(request)
        return json_response(file_page(self.store.files(), query))

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        return json_response({**self._find(request).body(), "deleted": False})

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        file = self._find(request)
        self.store.remove(file.id)
        return json_response({"id": file.id, "object": "file", "deleted": True})

    async def _content(self, request: web.Request) -> web.StreamResponse:
        content = self._find(request).file.content
        return web.Response(body=content, content_type="application/octet-stream")

    async def _url(self, request: web.Request) -> web.StreamResponse:
        file = self._find(request)
        lifetime = timedelta(hours=read_lifetime(request))
        respond = partial(file_response, self.store, file.id)
        return json_response({"url": self._links.create(request, respond, lifetime)})

    def _find(self, request: web.Request) -> StoredFile:
        (file_id,) = path_ids(request, "file_id")
        return self.store.find(file_id)
