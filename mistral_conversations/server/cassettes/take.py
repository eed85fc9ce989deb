"""`Take`, one exchange while it is recorded: its lines, without secrets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from mistral_conversations._wire.cassette_lines import (
    JSONField,
    json_field,
    write_line,
)
from mistral_conversations._wire.json import decode_json, encode_json
from mistral_conversations._wire.sse import SSEDecoder
from mistral_conversations.server.cassettes.exchange import End
from mistral_conversations.server.cassettes.frames import (
    FrameCutter,
    text_frame,
    usual_parts,
)
from mistral_conversations.server.cassettes.intake import Intake
from mistral_conversations.server.cassettes.paths import Redaction
from mistral_conversations.server.cassettes.writer import CassetteWriter

__all__ = ["Take"]

# The headers of answers that a cassette has.
_KEPT = frozenset(
    {
        "allow",
        "content-disposition",
        "content-type",
        "date",
        "location",
        "mistral-correlation-id",
        "retry-after",
        "x-kong-request-id",
    }
)
_KEPT_PREFIX = "x-ratelimit-"


@attrs.define(eq=False)
class Take:
    """Writes one exchange to a cassette.

    Its methods do not raise, since the caller must get the answer of the service: the
    writer keeps an error, and raises it when the recording ends.
    """

    _number: int
    _writer: CassetteWriter
    _redaction: Redaction
    _intake: Intake
    _request: bytes | None = attrs.field(default=None, init=False)
    """The line of the request; empty once it is written."""

    _cutter: FrameCutter = attrs.field(factory=FrameCutter, init=False)
    _is_stream: bool = attrs.field(default=False, init=False)
    _has_ended: bool = attrs.field(default=False, init=False)
    _head: dict[str, Any] = attrs.field(factory=dict, init=False)
    _body: list[bytes] = attrs.field(factory=list, init=False)
    _lines: list[bytes] = attrs.field(factory=list, init=False)

    def prepare(self) -> None:
        """Prepare the line of the request, which is written with the next one."""
        with self._failing_later():
            facts = self._intake.facts
            query = {"query": facts.query} if facts.query else {}
            fields = {"method": facts.method, "path": facts.path, **query}
            line = {"id": self._number, **fields, **facts.body}
            self._request = write_line(line)

    def head(self, status: int, headers: Mapping[str, str], *, is_stream: bool) -> None:
        """Take the head of the answer, which is written with what follows."""
        self._is_stream = is_stream
        kept = {
            name.lower(): self._intake.secrets.text(value)
            for name, value in headers.items()
            if name.lower() in _KEPT or name.lower().startswith(_KEPT_PREFIX)
        }
        self._head = {"status": status, "headers": kept}
        if is_stream:
            with self._failing_later():
                self._line(self._head)

    def data(self, data: bytes) -> None:
        """Take bytes of the answer; the events that they complete are written."""
        if not self._is_stream:
            self._body.append(data)
            return
        with self._failing_later():
            for frame in self._masked(self._cutter.feed(data)):
                self._frame(frame)
            self._write()

    def end(self, end: End) -> None:
        """Write how the exchange ended, with an answer that is not streamed."""
        if self._has_ended:
            return
        self._has_ended = True
        if self._request is None:
            self.prepare()
        with self._failing_later():
            if self._is_stream or not self._head:
                rest = self._cutter.rest()
                if rest and not self._redaction:
                    self._line({}, self._field(rest, is_whole=False))
                self._line({"end": end})
            else:
                is_whole = end == "complete"
                fields = self._head if is_whole else {**self._head, "end": end}
                body = b"".join(self._body)
                self._line(fields, self._field(body, is_whole=is_whole))
            self._write()
            self._writer.exchanges += 1

    @contextmanager
    def _failing_later(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - of the function that redacts, too
            self._writer.fail(error)

    def _line(self, fields: dict[str, Any], last: JSONField | None = None) -> None:
        head = {"id": self._number, "at": self._intake.seconds()}
        self._lines.append(write_line({**head, **fields}, last))

    def _write(self) -> None:
        if self._request is None:  # an upload, answered before its end
            return
        self._writer.write(b"".join([self._request, *self._lines]))
        self._request = b""
        self._lines.clear()

    def _masked(self, frames: Sequence[bytes]) -> Iterable[bytes]:
        # One search in all of them is much cheaper than one in each.
        secrets = self._intake.secrets
        found = secrets.may_be_in(b"".join(frames))
        return map(secrets.data, frames) if found else frames

    def _frame(self, frame: bytes) -> None:
        if self._redaction:
            self._redacted_frame(frame)
            return
        parts = usual_parts(frame)
        if parts is not None:
            event, data = parts
            name, value = json_field(data)
            if name == "json":
                self._line({"event": event}, ("data", value))
                return
        self._line({}, json_field(frame))

    def _redacted_frame(self, frame: bytes) -> None:
        """Write the events of a frame; whatever else it has is left out."""
        for event in SSEDecoder().feed(frame):
            name, value = self._field(event.data.encode(), is_whole=True)
            if name == "json":
                self._line({"event": event.event}, ("data", value))
            else:
                text: str = decode_json(value)
                self._line({}, json_field(text_frame(event.event, text)))

    def _field(self, body: bytes, *, is_whole: bool) -> JSONField:
        """Return a body as a field of a line, without secrets, and redacted.

        A part of a body cannot be redacted, and is left out where the whole would be.
        """
        body = self._intake.secrets.data(body)
        if not self._redaction:
            return json_field(body)
        if not is_whole:
            return json_field(b"")
        try:
            value = decode_json(body)
        except ValueError:
            return self._text_field(body)
        return "json", encode_json(self._redaction.apply(value))

    def _text_field(self, body: bytes) -> JSONField:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return json_field(body)
        return "text", encode_json(self._redaction.apply(text))
