"""What the model reads of what a function returned."""

import datetime as dt
import enum
import io
import math
import threading
from collections import UserString
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import msgspec
import pydantic
import pytest

from mistral_conversations import (
    ConversationResponse,
    DocumentURLChunk,
    ImageURL,
    ImageURLChunk,
    MessageOutputEntry,
    RunResult,
    TextChunk,
    ToolFileChunk,
    ToolResult,
)
from mistral_conversations.runs.functions.results import Answer, text_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(12_337)
PNG_URL = "data:image/png;base64,iVBORw0KGgo="


@attrs.frozen
class Point:
    x: int
    label: str | None = None


class Colour(enum.Enum):
    RED = "red"


class TextColour(enum.StrEnum):
    RED = "red"


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not this"


class Bare:
    """An object of which nothing can be said."""


class Broken:
    def __str__(self) -> str:
        raise LookupError("no text")


class ShownOnly:
    """Such as a response of `requests`, whose text lies elsewhere."""

    def __repr__(self) -> str:
        return "<Response [200]>"


DATA: list[tuple[Any, str]] = [
    ("as it is", "as it is"),
    ("", ""),
    ('{"a": 1}', '{"a": 1}'),
    (Text("inside"), "inside"),
    (TextColour.RED, "red"),
    (None, "null"),
    (True, "true"),
    (5, "5"),
    (10**30, str(10**30)),
    (1.5, "1.5"),
    (math.nan, "null"),
    (Colour.RED, '"red"'),
    ([], "[]"),
    ((1, "a", None), '[1,"a",null]'),
    ({"a": {"b": [1.5]}}, '{"a":{"b":[1.5]}}'),
    ({"a": 1}.values(), "[1]"),
    (UserString("a"), "a"),
    ([UserString("a")], '["a"]'),
    ({"a": 1}.keys(), '["a"]'),
    ({1: 2}, '{"1":2}'),
    (range(3), "[0,1,2]"),
    (frozenset([1]), "[1]"),
    (Point(1), '{"x":1,"label":null}'),
    (msgspec.defstruct("S", [("a", int)])(1), '{"a":1}'),
    (dt.date(2026, 8, 1), '"2026-08-01"'),
    (Decimal("1.10"), '"1.10"'),
    (Path("a/b.txt"), '"a/b.txt"'),
    (Fraction(1, 3), '"1/3"'),
    ([IPv4Address("10.0.0.1")], '["10.0.0.1"]'),
    (LookupError("gone"), '"gone"'),
    ("half \ud83d", "half \ufffd"),
    ("\ud83d\ude00", "\U0001f600"),
    (["half \ud83d"], '["half \ufffd"]'),
    ("long " * 500_000, "long " * 500_000),
]

MEDIA: list[tuple[Any, str]] = [
    (PNG, "[image/png, 12,345 bytes]"),
    (bytearray(PNG), "[image/png, 12,345 bytes]"),
    (memoryview(PNG), "[image/png, 12,345 bytes]"),
    (memoryview(PNG)[::2], "[application/octet-stream, 6,173 bytes]"),
    (b"", "[application/octet-stream, 0 bytes]"),
    (b"x", "[application/octet-stream, 1 byte]"),
    (b"%PDF-1.7", "[application/pdf, 8 bytes]"),
    (b"RIFF\0\0\0\0WAVEfmt ", "[audio/wav, 16 bytes]"),
    (b"ID3\x04", "[audio/mpeg, 4 bytes]"),
    (b"OggS", "[audio/ogg, 4 bytes]"),
    (io.BytesIO(PNG), "[image/png, 12,345 bytes]"),
    (io.StringIO("its text"), "its text"),
    (TextChunk(text="its text"), "its text"),
    (ImageURLChunk(image_url=PNG_URL), "[image/png, 8 bytes]"),
    (ImageURLChunk(image_url=ImageURL(url=PNG_URL)), "[image/png, 8 bytes]"),
    (ImageURLChunk(image_url="https://a.b/c.png"), "[image, https://a.b/c.png]"),
    (ImageURLChunk(image_url="data:"), "[image]"),
    (
        DocumentURLChunk(document_url="https://a.b/c", document_name="c.pdf"),
        "[document, c.pdf, https://a.b/c]",
    ),
    (
        ToolFileChunk(tool="code_interpreter", file_id="f1", file_name="a.csv"),
        "[file, a.csv, f1]",
    ),
    (ToolResult("inner"), "inner"),
]


@pytest.mark.parametrize(("value", "text"), DATA, ids=lambda each: str(type(each)))
def test_data_becomes_text_or_json(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(("value", "text"), MEDIA, ids=lambda each: str(type(each)))
def test_media_becomes_one_line_also_inside_other_data(value: Any, text: str) -> None:
    def quoted(text: str) -> str:
        return f'"{text}"'

    assert text_of(value) == text
    assert text_of([value]) == f"[{quoted(text)}]"
    assert text_of({"deep": ({"a": value},)}) == f'{{"deep":[{{"a":{quoted(text)}}}]}}'
    point = Point(1, value)
    assert text_of(point) == f'{{"x":1,"label":{quoted(text)}}}'


def test_open_file_is_named_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(bytes(1234))
    with path.open("rb") as file:
        assert text_of(file) == "[application/pdf, report.pdf, 1,234 bytes]"
    assert text_of(file) == "[application/pdf, report.pdf]"


def generator() -> Any:
    yield 1


async def async_generator() -> Any:
    yield 1


itself: list[Any] = []
itself.append(itself)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (generator(), "generator"),
        (async_generator(), "async_generator"),
        (map(str, [1]), "map"),
        (len, "builtin_function_or_method"),
        (Point, "type"),
        (math, "module"),
        (threading.Lock(), "lock"),
        (Bare(), "Bare"),
        (ShownOnly(), "ShownOnly"),
        ([ShownOnly()], "ShownOnly"),
        (itself, "contains itself"),
        (object(), "object"),
    ],
    ids=lambda each: str(type(each)),
)
def test_what_is_no_data_is_a_type_error(value: Any, problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        text_of(value)


def test_error_of_an_object_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError, match="no text"):
        text_of({"a": Broken()})


def test_tool_result_keeps_its_metadata_out_of_the_text() -> None:
    value = {"image": PNG}
    answer = Answer.of(ToolResult(value, metadata={"secret": 1}))
    assert answer.value is value
    assert answer.metadata == {"secret": 1}
    assert answer.text == '{"image":"[image/png, 12,345 bytes]"}'
    assert text_of([ToolResult(1, metadata="hidden")]) == "[1]"


def test_tool_result_is_compared_printed_and_hashed() -> None:
    result = ToolResult([1], metadata={"a": 1})
    assert result == ToolResult([1], metadata={"a": 1})
    assert repr(result) == "ToolResult(value=[1], metadata={'a': 1})"
    assert hash(result) == hash(ToolResult([1], metadata={"a": 1}))


def test_result_of_another_run_is_its_output_or_text() -> None:
    message = MessageOutputEntry(content="hello")
    response = ConversationResponse(conversation_id="conv_1", outputs=(message,))
    result = RunResult(conversation_id="conv_1", response=response)
    assert text_of(response) == text_of(result) == "hello"
    assert text_of(attrs.evolve(result, output=Point(1))) == '{"x":1,"label":null}'
    assert text_of([result, response]) == '["hello","hello"]'


class Picture(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)

    content: bytes
    shown: Any = None


def test_media_in_a_pydantic_model_become_lines() -> None:
    shown = in_library("PIL", format="PNG", **IMAGE)
    assert text_of([Picture(content=PNG, shown=shown)]) == (
        '[{"content":"[image/png, 12,345 bytes]",'
        '"shown":"[image/png, 640 x 480 pixels]"}]'
    )
    assert text_of(Picture(content=b"text")) == '{"content":"text","shown":null}'
    with pytest.raises(TypeError, match="type Bare"):
        text_of(Picture(content=b"", shown=Bare()))


def in_library(name: str, /, **attributes: Any) -> Any:
    """Return an object of a class that looks as if it were in a library."""
    return type("Some", (), {"__module__": f"{name}.inner", **attributes})()


def method(value: Any) -> Callable[..., Any]:
    return lambda _: value


FIGURE = {"dpi": 100.0, "get_size_inches": method((6.4, 4.8))}
IMAGE = {"size": (640, 480), "getbands": method("RGB")}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (in_library("PIL", format="PNG", **IMAGE), "[image/png, 640 x 480 pixels]"),
        (in_library("PIL", format=None, **IMAGE), "[image, 640 x 480 pixels]"),
        (in_library("matplotlib", **FIGURE), "[figure, 640 x 480 pixels]"),
        (
            in_library("matplotlib", figure=in_library("matplotlib", **FIGURE)),
            "[figure, 640 x 480 pixels]",
        ),
        (
            in_library("IPython", data=b"RIFFsizeWAVE", mimetype="audio/x-wav"),
            "[audio/x-wav, 12 bytes]",
        ),
        (in_library("pandas", to_csv=method("a,b\n1,2\n")), "a,b\n1,2\n"),
        (in_library("polars", write_csv=method("a,b\n1,2\n")), "a,b\n1,2\n"),
    ],
)
def test_objects_of_libraries_are_recognized_without_importing_them(
    value: Any, text: str
) -> None:
    assert text_of(value) == text
    subclass = type("Sub", (type(value),), {"__module__": "mine"})
    assert text_of(subclass()) == text


@pytest.mark.parametrize("library", ["PIL", "matplotlib", "IPython", "pandas", "mcp"])
def test_other_objects_of_libraries_are_no_media(library: str) -> None:
    with pytest.raises(TypeError, match="Some"):
        text_of(in_library(library))
    assert text_of(in_library(library, __str__=method("own"))) == '"own"'


def part(kind: str, **attributes: Any) -> Any:
    return in_library("mcp", type=kind, **attributes)


PARTS = [
    (part("text", text="hello"), "hello"),
    (part("image", data="AAAA", mimeType="image/png"), "[image/png, 3 bytes]"),
    (part("audio", data="AAA=", mime_type="audio/wav"), "[audio/wav, 2 bytes]"),
    (
        part("resource", resource=in_library("mcp", text="inside", uri="file:///b")),
        "[text/plain, file:///b, 6 bytes]\ninside",
    ),
    (
        part("resource", resource=in_library("mcp", blob="AA==", uri="file:///a")),
        "[application/octet-stream, file:///a, 1 byte]",
    ),
    (
        part("resource_link", name="a", uri="file:///a", size=5, mimeType="text/csv"),
        "[text/csv, a, file:///a, 5 bytes]",
    ),
    (
        part("resource_link", name="a", uri="file:///a", size=None),
        "[resource, a, file:///a]",
    ),
]


def test_what_mcp_tools_return_is_text_and_lines() -> None:
    for content, text in PARTS:
        assert text_of(content) == text
    contents = [content for content, _ in PARTS]
    result = in_library("mcp_types", content=contents)
    assert text_of(result) == "\n".join(text for _, text in PARTS)


def test_arrays_are_lists() -> None:
    module = ModuleType("numpy")
    array = type("ndarray", (), {"tolist": method([1, 2]), "__module__": "numpy"})
    vars(module)["ndarray"] = array
    assert text_of({"a": array()}) == '{"a":[1,2]}'
