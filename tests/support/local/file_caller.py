"""A caller for files that writes forms by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from mistral_conversations.server import LocalServer
from tests.support.local.forms import FORM, form, form_of
from tests.support.local.http_caller import Caller, Reply
from tests.support.local.library_caller import Clock

__all__ = ["FileCaller", "file_server"]


@attrs.frozen
class FileCaller(Caller):
    def upload(
        self,
        content: bytes = b"{}\n{}\n",
        name: str = "requests.jsonl",
        type_: str | None = None,
        **fields: str,
    ) -> Reply:
        disposition = f'form-data; name="file"; filename="{name}"'
        return self.submit(form_of(form(content, disposition, type_), fields))

    def submit(self, body: bytes) -> Reply:
        return self.send("POST", "/v1/files", body, FORM)

    def add(
        self, content: bytes = b"{}", name: str = "requests.jsonl", **fields: str
    ) -> str:
        """Upload a file, and return its path."""
        reply = self.upload(content, name, None, **fields)
        assert reply.status == 200
        return f"/v1/files/{reply.json['id']}"


@contextmanager
def file_server(
    *arguments: Any, **settings: Any
) -> Iterator[tuple[LocalServer, FileCaller, Clock]]:
    """Run a server whose files and links use the test's clock."""
    clock = Clock()
    with LocalServer(*arguments, **settings) as server:
        server._service.files.store.clock = server._service.links.clock = clock
        yield server, FileCaller(server.base_url), clock
