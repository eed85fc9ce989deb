"""A caller for files that writes forms by hand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from mistral_conversations.server import LocalServer
from tests.support.local.http_caller import Caller, Reply
from tests.support.local.library_caller import BOUNDARY, Clock, form

__all__ = ["FileCaller", "file_server", "form_of"]


def form_of(file: bytes, fields: Mapping[str, str]) -> bytes:
    """Write a form of some fields, followed by the form of a file."""
    parts = [
        f"--{BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join(parts).encode() + file


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
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.send("POST", "/v1/files", body, headers)

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
