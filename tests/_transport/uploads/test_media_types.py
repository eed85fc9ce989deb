"""The media type of an upload, whatever the machine knows."""

import mimetypes
from collections.abc import Mapping

import pytest

from mistral_conversations import AsyncLibraries
from mistral_conversations._transport.uploads.media_types import media_type
from tests.support.clients import answers
from tests.support.for_each import for_each
from tests.support.raw_server import http, raw_server
from tests.support.upload_servers import part_of

OFFICE = "application/vnd.openxmlformats-officedocument"

TYPES: Mapping[str, str] = {
    "a.docx": f"{OFFICE}.wordprocessingml.document",
    "A.DOCX": f"{OFFICE}.wordprocessingml.document",
    "a.b.docx": f"{OFFICE}.wordprocessingml.document",
    "a.xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "a.pptx": f"{OFFICE}.presentationml.presentation",
    "a.doc": "application/msword",
    "a.xls": "application/vnd.ms-excel",
    "a.ppt": "application/vnd.ms-powerpoint",
    "a.odt": "application/vnd.oasis.opendocument.text",
    "a.ods": "application/vnd.oasis.opendocument.spreadsheet",
    "a.odp": "application/vnd.oasis.opendocument.presentation",
    "a.rtf": "application/rtf",
    "a.pdf": "application/pdf",
    "a.epub": "application/epub+zip",
    "a.md": "text/markdown",
    "README.markdown": "text/markdown",
    "a.csv": "text/csv",
    "a.tsv": "text/tab-separated-values",
    "a.json": "application/json",
    "a.jsonl": "application/jsonl",
    "a.txt": "text/plain",
    "a.html": "text/html",
    "a.htm": "text/html",
    "a.xml": "application/xml",
    "a.png": "image/png",
    "a.jpg": "image/jpeg",
    "a.jpeg": "image/jpeg",
    "a.webp": "image/webp",
    "a.svg": "image/svg+xml",
    "a.tiff": "image/tiff",
    "a.mp3": "audio/mpeg",
    "a.zip": "application/zip",
    "a.tar.gz": "application/gzip",
    "a.docx.gz": "application/gzip",
    "a.unheard-of": "application/octet-stream",
    "docx": "application/octet-stream",
    ".docx": "application/octet-stream",
    "http://a.test/a.md": "text/markdown",
}


@pytest.fixture(params=["nothing", "nonsense"])
def _machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for a machine without a mime.types, or with a wrong one."""
    known = mimetypes.MimeTypes()  # what Python itself knows
    if request.param == "nonsense":
        for suffix in (".docx", ".md", ".csv", ".json", ".txt", ".png", ".xml"):
            known.add_type("x/nonsense", suffix)
    monkeypatch.setattr(mimetypes, "_db", known)


@pytest.mark.usefixtures("_machine")
@for_each("name", TYPES)
def test_media_type_does_not_depend_on_the_machine(name: str) -> None:
    assert media_type(name) == TYPES[name]


def test_machine_may_know_more() -> None:
    assert media_type("a.tar") == "application/x-tar"


@pytest.mark.anyio
@pytest.mark.usefixtures("_machine")
async def test_upload_names_the_media_type() -> None:
    async with (
        raw_server(answers(http(500))) as server,
        AsyncLibraries("key", base_url=server.base_url, retries=0) as client,
    ):
        with pytest.raises(Exception, match="500"):
            await client.documents.upload("library", b"a", name="a.docx")
        assert part_of(server.requests[0]).content_type == TYPES["a.docx"]
