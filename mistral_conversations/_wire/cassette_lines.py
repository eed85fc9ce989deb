"""The lines of a cassette as JSON text, whose bodies keep every byte."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from mistral_conversations._wire.json import (
    check_depth,
    decode_json,
    encode_json,
)

__all__ = ["CassetteLine", "JSONField", "json_field", "read_line", "write_line"]

JSONField: TypeAlias = tuple[str, bytes]
"""The name of a field, and its value as JSON text."""

# A field has the name of the class.
_Bytes: TypeAlias = bytes

_Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
_Status: TypeAlias = Annotated[int, msgspec.Meta(ge=200, le=599)]
_Token: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
]
_OneLine: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[^\r\n\x00]*\Z")]
_Path: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[!-~]*\Z")]


class CassetteLine(msgspec.Struct, gc=False):
    """One line; which fields it has depends on what it is about."""

    cassette: int | None = None
    """The version of the cassette, in its first line."""

    id: _Count | None = None
    """The number of the exchange."""

    method: _Token | None = None
    """Of a request, with `path`, `query` and a body."""

    path: _Path = "/"
    query: tuple[tuple[str, str], ...] = ()

    at: _Seconds = 0.0
    """Seconds after the request arrived."""

    status: _Status | None = None
    """Of an answer, with `headers`, and its body unless it is streamed."""

    headers: dict[_Token, _OneLine] = {}
    event: _OneLine | None = None
    """The type of an event, with `data`."""

    data: msgspec.Raw = msgspec.Raw()
    end: Literal["complete", "cut", "left"] | None = None
    json: msgspec.Raw = msgspec.Raw()
    text: str | None = None
    base64: _Bytes | None = None
    form: Any = None
    bytes: Any = None

    def body(self) -> dict[str, Any]:
        """Return the body of a request by its kind; empty without one."""
        if len(self.json):
            return {"json": decode_json(b"%b" % self.json)}
        kinds = {"text": self.text, "form": self.form, "bytes": self.bytes}
        return {name: value for name, value in kinds.items() if value is not None}

    def content(self) -> _Bytes | None:
        """Return the bytes of an answer, or of a part of a stream; None without any."""
        if len(self.json):
            return b"%b" % self.json
        return self.base64 if self.text is None else self.text.encode()


_decoder = msgspec.json.Decoder(CassetteLine)
_strict = msgspec.json.Decoder()


def read_line(line: bytes) -> CassetteLine:
    """Read a line.

    Raises:
        ValueError: it is not a line of a cassette.
    """
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def write_line(fields: dict[str, Any], last: JSONField | None = None) -> bytes:
    """Write a line.

    Args:
        fields: its first fields, in plain JSON types.
        last: the field after them.
    """
    line = encode_json(fields)
    if last is not None:
        name, value = last
        line = b'%b,"%b":%b}' % (line[:-1], name.encode(), value)
    return line + b"\n"


def json_field(data: bytes) -> JSONField:
    """Return a body as the field of a line from which every byte can be read again.

    It is `json` for JSON text in one line, `text` for other text in UTF-8, and `base64`
    for anything else.
    """
    if _is_one_value(data):
        return "json", data
    try:
        return "text", encode_json(data.decode())
    except UnicodeDecodeError:
        return "base64", encode_json(data)


def _is_one_value(data: bytes) -> bool:
    """Return whether text is strict JSON, which a line can contain as it is."""
    if b"\n" in data or b"\r" in data or data.strip() != data:
        return False
    try:
        check_depth(data, _strict.decode(data))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True
