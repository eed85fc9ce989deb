"""A file in a form, as bytes, parsed by Python's email package."""

from email import policy
from email.parser import BytesParser

from mistral_conversations._wire.multipart import Form, file_form
from tests.support.for_each import for_each

BOUNDARY = "b0undary"


def form(filename: str = "sky.txt", content_type: str = "text/plain") -> Form:
    return file_form("file", filename, content_type, BOUNDARY)


def test_a_form_is_these_bytes() -> None:
    assert form() == Form(
        head=(
            b"--b0undary\r\n"
            b'Content-Disposition: form-data; name="file"; filename="sky.txt"\r\n'
            b"Content-Type: text/plain\r\n"
            b"\r\n"
        ),
        tail=b"\r\n--b0undary--\r\n",
        content_type="multipart/form-data; boundary=b0undary",
    )


def test_texts_come_before_the_file() -> None:
    texts = {"purpose": "batch", "expiry": "24"}
    made = file_form("file", "sky.txt", "text/plain", BOUNDARY, texts)
    assert made._replace(head=b"") == form()._replace(head=b"")
    assert (
        made.head
        == (
            b"--b0undary\r\n"
            b'Content-Disposition: form-data; name="purpose"\r\n'
            b"\r\n"
            b"batch\r\n"
            b"--b0undary\r\n"
            b'Content-Disposition: form-data; name="expiry"\r\n'
            b"\r\n"
            b"24\r\n"
        )
        + form().head
    )


@for_each(
    "contents", [b"", b"Blue.", b"\r\n", b"--b0undar\r\n--", bytes(range(256)) * 3]
)
def test_the_file_is_found_between_head_and_tail(contents: bytes) -> None:
    made = form("sky.bin", "application/octet-stream")
    head = f"Content-Type: {made.content_type}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(
        head + made.head + contents.replace(b"\n", b"?") + made.tail
    )
    (part,) = message.iter_parts()
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_content_disposition() == "form-data"
    assert part.get_param("name", header="content-disposition") == "file"
    assert part.get_filename() == "sky.bin"
    assert part.get_payload(decode=True) == contents.replace(b"\n", b"?")


@for_each(
    ("filename", "written"),
    [
        ("été & ciel.pdf", "été & ciel.pdf"),
        ('a"b.txt', "a%22b.txt"),
        ("a\r\nX-Evil: 1.txt", "a%0D%0AX-Evil: 1.txt"),
        ("a\\b;c=d%22.txt", "a\\b;c=d%22.txt"),
        ("空.txt", "空.txt"),
        ("a\x0b\x1b\x7f.txt", "a%0B%1B%7F.txt"),
        ("a\x85\u2028b", "a%C2%85%E2%80%A8b"),
    ],
)
def test_a_filename_stays_one_text(filename: str, written: str) -> None:
    first, disposition, kind, *rest = form(filename).head.split(b"\r\n")
    assert disposition.decode() == (
        f'Content-Disposition: form-data; name="file"; filename="{written}"'
    )
    assert (first, kind) == (b"--b0undary", b"Content-Type: text/plain")
    assert rest == [b"", b""]
