"""Uploads: forms written by hand, as browsers and other clients write them."""

import hashlib

import pytest

from tests.support.for_each import for_each
from tests.support.local.forms import BOUNDARY, form
from tests.support.local.library_caller import LibraryCaller

ALL_BYTES = bytes(range(256)) * 3


def _disposition(filename: str) -> str:
    return f'form-data; name="file"; filename="{filename}"'


def test_upload_is_answered_before_it_is_processed(caller: LibraryCaller) -> None:
    library = caller.create()
    reply = caller.upload(library, form(b"Blue, mostly."))
    assert reply.status == 201
    body = reply.json
    assert len(body.pop("id")) == 36
    assert body.pop("created_at").endswith("Z")
    assert body.pop("uploaded_by_id") == caller.get(library).json["owner_id"]
    assert body == {
        "library_id": library.rpartition("/")[2],
        "hash": hashlib.md5(b"Blue, mostly.").hexdigest(),
        "mime_type": "text/plain",
        "extension": "txt",
        "size": 13,
        "name": "notes.txt",
        "process_status": "in_progress",
        "processing_status": "Running",
        "uploaded_by_type": "Workspace",
        "summary": None,
        "last_processed_at": None,
        "number_of_pages": None,
        "tokens_processing_main_content": None,
        "tokens_processing_summary": None,
        "tokens_processing_total": 0,
        "expires_at": None,
        "url": None,
        "attributes": None,
    }


def test_same_bytes_are_the_same_document(caller: LibraryCaller) -> None:
    library, other = caller.create(), caller.create()
    first = caller.upload(library, form(b"Blue"))
    again = caller.upload(library, form(b"Blue", _disposition("other.md")))
    assert again.status == 200
    assert again.json["id"] == first.json["id"]
    assert again.json["name"] == "notes.txt"
    assert again.json["processing_status"] == "Completed"
    assert caller.upload(other, form(b"Blue")).status == 201
    assert caller.get(library).json["nb_documents"] == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        ALL_BYTES,
        b"\r\n",
        b"\r",
        b"\n\r\n\r\n",
        b"--",
        f"\r\n--{BOUNDARY}x--\r\nmore".encode(),
        f"\r\n-{BOUNDARY}\r\n".encode(),
        b"Content-Type: text/html\r\n\r\nbody",
        b"x" * 3_000_000,
    ],
    ids=range(10),
)
def test_bytes_arrive_as_they_were(caller: LibraryCaller, content: bytes) -> None:
    document = caller.add(caller.create(), content, "sky.bin")
    assert caller.get(document).json["size"] == len(content)
    url = caller.get(f"{document}/signed-url").json
    assert caller.fetch(url).body == content


@for_each(
    ("disposition", "name", "extension"),
    [
        (_disposition("sky.MD"), "sky.MD", "md"),
        (_disposition("é 日本.txt"), "é 日本.txt", "txt"),
        (_disposition("say %22hi%22.txt"), 'say "hi".txt', "txt"),
        (_disposition("two%0D%0Alines"), "two\r\nlines", None),
        (_disposition("100%.txt"), "100%.txt", "txt"),
        (_disposition("a;b;c; d.txt"), "a;b;c; d.txt", "txt"),
        (_disposition("a=b, c.txt"), "a=b, c.txt", "txt"),
        (_disposition("../up/.env"), "../up/.env", None),
        (_disposition("C:\\sky\\a.tar.gz"), "C:\\sky\\a.tar.gz", "gz"),
        (_disposition('say \\"hi\\".txt'), 'say "hi".txt', "txt"),
        ("form-data; name=file; filename=sky.txt", "sky.txt", "txt"),
        ('FORM-DATA; Name="file"; FileName="sky.txt"', "sky.txt", "txt"),
        (
            "form-data; name=\"file\"; filename*=UTF-8''na%C3%AFve%3B%22.txt",
            'naïve;".txt',
            "txt",
        ),
        (
            f"{_disposition('x.txt')}; filename*=utf-8'en'%F0%9F%98%80%2522.txt",
            "\U0001f600%22.txt",
            "txt",
        ),
        (
            "form-data; name=\"file\"; filename*=iso-8859-1''%E9.txt",
            "é.txt",
            "txt",
        ),
    ],
)
def test_filename_is_read_by_every_way_of_writing(
    caller: LibraryCaller, disposition: str, name: str, extension: str | None
) -> None:
    reply = caller.upload(caller.create(), form(b"x", disposition))
    assert reply.status == 201
    assert reply.json["name"] == name
    assert reply.json["extension"] == extension


@pytest.mark.parametrize(
    ("name", "given", "mime_type"),
    [
        ("a.txt", "text/html; charset=utf-8", "text/html"),
        ("a.txt", None, "text/plain"),
        ("a.md", "application/octet-stream", "text/markdown"),
        ("a.pdf", None, "application/pdf"),
        ("a.unheard", None, "application/octet-stream"),
        ("a", "image/PNG", "image/png"),
        ("a.eml", "message/rfc822", "message/rfc822"),
        ("a.mht", 'multipart/related; boundary="x"', "multipart/related"),
    ],
)
def test_content_type_is_the_given_or_a_guess(
    caller: LibraryCaller, name: str, given: str | None, mime_type: str
) -> None:
    reply = caller.upload(
        caller.create(), form(b"--x\r\n\r\n", _disposition(name), given)
    )
    assert reply.json["mime_type"] == mime_type


def test_file_is_found_among_other_fields(caller: LibraryCaller) -> None:
    other = (
        f"a preamble\r\n--{BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="purpose"\r\n\r\nlibrary\r\n'
        f"--{BOUNDARY}\r\n\r\nof no name\r\n"
    )
    body = other.encode() + form(b"Blue") + b"an epilogue"
    reply = caller.upload(caller.create(), body)
    assert (reply.status, reply.json["size"]) == (201, 4)


WHOLE = form(b"Blue")


@for_each(
    ("body", "type_", "loc"),
    [
        (b"", "value_error", ["body"]),
        (b"no form", "value_error", ["body"]),
        (WHOLE[:-8], "value_error", ["body"]),
        (WHOLE[:20], "value_error", ["body"]),
        (f"--{BOUNDARY}--\r\n".encode(), "missing", ["body", "file"]),
        (WHOLE.replace(b"\r\n\r\n", b"\r\n"), "value_error", ["body"]),
        (form(b"x", "form-data"), "missing", ["body", "file"]),
        (form(b"x", 'form-data; name="f"'), "missing", ["body", "file"]),
        (form(b"x", 'form-data; name="file"'), "value_error", ["body", "file"]),
        (form(b"x", _disposition("")), "value_error", ["body", "file"]),
    ],
)
def test_form_without_a_file_is_refused(
    caller: LibraryCaller, body: bytes, type_: str, loc: list[str]
) -> None:
    library = caller.create()
    reply = caller.upload(library, body)
    assert reply.status == 422
    [item] = reply.json["detail"]
    assert (item["type"], item["loc"]) == (type_, loc)
    assert caller.get(library).json["nb_documents"] == 0


@for_each(
    ("content_type", "type_"),
    [
        ("multipart/form-data", "value_error"),
        ("multipart/form-data; boundary=", "value_error"),
        ("multipart/form-data; boundary=another", "value_error"),
        (f"multipart/mixed; boundary={BOUNDARY}", "missing"),
        ("application/json", "missing"),
        ("", "missing"),
        ("é", "missing"),
    ],
)
def test_body_that_is_no_form_is_refused(
    caller: LibraryCaller, content_type: str, type_: str
) -> None:
    path = f"{caller.create()}/documents"
    headers = {"Content-Type": content_type}
    reply = caller.send("POST", path, form(b"Blue"), headers)
    assert reply.status == 422
    assert reply.json["detail"][0]["type"] == type_


def test_boundary_may_be_quoted_and_hold_signs_of_expressions(
    caller: LibraryCaller,
) -> None:
    path = f"{caller.create()}/documents"
    body = form(b"Blue").replace(BOUNDARY.encode(), b"a+(b)?:c")
    headers = {"Content-Type": 'Multipart/Form-Data; Boundary="a+(b)?:c"'}
    reply = caller.send("POST", path, body, headers)
    assert (reply.status, reply.json["size"]) == (201, 4)
