"""A caller for libraries that writes forms by hand, and a clock to set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from mistral_conversations.server import LocalServer
from tests.support.local.forms import FORM, form
from tests.support.local.http_caller import Caller, Reply

__all__ = ["NOBODY", "Clock", "LibraryCaller", "library_server"]

NOBODY = "0e8f1a52-7c1d-4e6f-9a41-000000000000"


@attrs.frozen
class LibraryCaller(Caller):
    def create(self, **settings: Any) -> str:
        """Create a library, and return its path."""
        reply = self.post("/v1/libraries", {"name": "Skies", **settings})
        assert reply.status == 201
        return f"/v1/libraries/{reply.json['id']}"

    def put(self, path: str, body: object) -> Reply:
        return self.send("PUT", path, body)

    def upload(self, library: str, body: bytes) -> Reply:
        return self.send("POST", f"{library}/documents", body, FORM)

    def add(self, library: str, content: str | bytes, name: str = "notes.txt") -> str:
        """Upload a new document, and return its path."""
        raw = content.encode() if isinstance(content, str) else content
        disposition = f'form-data; name="file"; filename="{name}"'
        reply = self.upload(library, form(raw, disposition, None))
        assert reply.status == 201
        return f"{library}/documents/{reply.json['id']}"


@attrs.define
class Clock:
    """A clock that stands still until it is set forward."""

    now: datetime = datetime(2026, 7, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@contextmanager
def library_server(
    *arguments: Any, **settings: Any
) -> Iterator[tuple[LocalServer, LibraryCaller, Clock]]:
    """Run a server whose libraries use the test's clock."""
    clock = Clock()
    with LocalServer(*arguments, **settings) as server:
        server._service.libraries.store.clock = server._service.links.clock = clock
        yield server, LibraryCaller(server.base_url), clock
