"""The text extracted from a file, by its type, name and bytes."""

from mistral_conversations.server.libraries.extraction import extract, pages, summary
from tests.support.for_each import for_each

BINARY = b"\x89\0\xff"


@for_each(
    ("content", "mime_type", "extension", "text"),
    [
        (b"Blue", "text/plain", "txt", "Blue"),
        (b"", "text/plain", None, ""),
        ("Bläu".encode(), "text/markdown", "md", "Bläu"),
        ("Bläu".encode("utf-8-sig"), "text/csv", "csv", "Bläu"),
        ("Bläu".encode("utf-16"), "text/plain", "txt", "Bläu"),
        ("Bläu".encode("latin-1"), "text/plain", "txt", "Bläu"),
        (b"\xff\xfeB", "text/plain", "txt", "ÿþB"),
        (b"a\0b", "text/plain", "txt", "a\0b"),
        (b"<svg/>", "image/svg+xml", "svg", "<svg/>"),
        (b"{}", "application/json", "pdf", "{}"),
        (b"{}", "application/ld+json", None, "{}"),
        (b"def", "application/octet-stream", "py", "def"),
        ("日".encode(), "application/x-unheard", None, "日"),
        (b"%PDF-1.7 text", "application/pdf", "pdf", ""),
        (b"%PDF-1.7 text", "application/octet-stream", "pdf", ""),
        (BINARY, "image/png", None, ""),
        (BINARY, "application/octet-stream", "pptx", ""),
        (BINARY, "application/octet-stream", "bin", None),
        (b"a\0b", "application/octet-stream", None, None),
        (b"\xff\xfe", "application/zip", "zip", None),
    ],
)
def test_extract(
    content: bytes, mime_type: str, extension: str | None, text: str | None
) -> None:
    assert extract(content, mime_type, extension) == text


@for_each(("text", "expected"), [("", None), ("a", 1), ("a\fb", 2), ("a\n\fb\f", 3)])
def test_pages_are_parted_by_form_feeds(text: str, expected: int | None) -> None:
    assert pages(text) == expected


@for_each(
    ("text", "expected"),
    [
        ("", None),
        (" \n\n", None),
        ("## Skies \nBlue", "Skies"),
        ("\n---\nBlue", "---"),
        ("x" * 200, "x" * 200),
        ("x" * 199 + " yz", "x" * 199 + "..."),
    ],
)
def test_summary_is_the_first_line(text: str, expected: str | None) -> None:
    assert summary(text) == expected
