"""The intake of a request: its body as it arrives, and what a cassette has of it."""

import asyncio
from functools import cached_property
from hashlib import sha256
from typing import Any, Self

from aiohttp import web

from mistral_conversations._wire.json import decode_json, encode_json
from mistral_conversations.server.cassettes.exchange import RequestFacts
from mistral_conversations.server.cassettes.forms import FormFacts
from mistral_conversations.server.cassettes.paths import Redaction
from mistral_conversations.server.web.failures import too_large
from mistral_conversations.server.web.routing import ask_for_body
from mistral_conversations.server.web.secrets import Secrets

__all__ = ["Intake"]

# The service's limit for a file.
_MOST_BYTES = 512 * 1024 * 1024


class Intake:
    """The body of one request.

    The parts of an upload are described while it passes; any other body is kept.

    Args:
        request: the request.
        redaction: changes what is compared and written.
        keeps_uploads: whether an upload is kept, too.
    """

    def __init__(
        self, request: web.Request, redaction: Redaction, *, keeps_uploads: bool = False
    ) -> None:
        self._request = request
        self._begun = asyncio.get_running_loop().time()
        self._redaction = redaction
        self.secrets: Secrets = Secrets.of(request.headers)
        """The key of the request, which no cassette has."""

        self.is_upload: bool = request.content_type == "multipart/form-data"
        self._form = (
            FormFacts(request.headers["Content-Type"]) if self.is_upload else None
        )
        self._hash = sha256()
        self._size = 0
        self._is_asked = False
        self._keeps = keeps_uploads or not self.is_upload
        self._kept: list[bytes] = []

    @property
    def body(self) -> bytes | None:
        """The body; None if an upload was not kept."""
        return b"".join(self._kept) if self._keeps else None

    def seconds(self) -> float:
        """Return the seconds since the request arrived, to the millisecond."""
        return round(asyncio.get_running_loop().time() - self._begun, 3)

    def __aiter__(self) -> Self:
        """Return this object, which has one reader at a time."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes of the body.

        Raises:
            RefusalError: a body that is kept has too many bytes.
        """
        if not self._is_asked:
            self._is_asked = True
            await ask_for_body(self._request)
        data = await self._request.content.readany()
        if not data:
            raise StopAsyncIteration
        self._take(data)
        return data

    async def read(self) -> None:
        """Read what has not been read yet of the body.

        Raises:
            RefusalError: as above.
        """
        async for _ in self:
            pass
        self._kept = [b"".join(self._kept)]  # once, since the body may be large

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._form is not None:
            self._hash.update(data)
            self._form.feed(data)
        if self._keeps:
            if self._size > _MOST_BYTES:
                raise too_large(_MOST_BYTES)
            self._kept.append(data)

    @cached_property
    def facts(self) -> RequestFacts:
        """What a cassette has of the request, for use once the body is read."""
        text, query = self.secrets.text, self._request.query.items()
        return RequestFacts(
            self._request.method,
            text(self._request.rel_url.raw_path),
            tuple((text(name), text(value)) for name, value in query),
            self._body(),
        )

    def _body(self) -> dict[str, Any]:
        if self._form is not None:
            form = self._form.facts()
            if form is not None:
                return self._redacted("form", form)
            return _described(self._size, self._hash.hexdigest())
        body = self.body
        if not body:
            return {}
        try:
            value = decode_json(body)
        except ValueError:
            return self._text(body)
        return self._redacted("json", value)

    def _text(self, body: bytes) -> dict[str, Any]:
        try:
            return self._redacted("text", body.decode())
        except UnicodeDecodeError:
            return _described(len(body), sha256(body).hexdigest())

    def _redacted(self, kind: str, value: Any) -> dict[str, Any]:
        """Return a value as it will be read from the cassette."""
        redacted = self._redaction.apply(self.secrets.value(value))
        return {kind: decode_json(encode_json(redacted))}


def _described(size: int, digest: str) -> dict[str, Any]:
    return {"bytes": {"size": size, "sha256": digest}}
