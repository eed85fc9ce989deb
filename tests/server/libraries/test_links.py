"""Signed URLs: of files, and of their texts."""

from typing import Any

import pytest

from mistral_conversations.server import LocalServer, Trouble
from tests.support.local.library_caller import Librarian, on_a_shelf

HALF_AN_HOUR = 30 * 60


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("sky.pdf", "application/pdf"),
        ("sky.html", "text/html"),
        ("sky.unheard", "application/octet-stream"),
    ],
)
def test_signed_url_gives_the_file_without_a_key(name: str, content_type: str) -> None:
    with LocalServer(api_key="right") as server:
        librarian = Librarian(server.base_url, "right")
        document = librarian.add(librarian.create(), b"\0\xff", name)
        reply = librarian.get(f"{document}/signed-url")
        assert reply.status == 200
        file = librarian.fetch(reply.json)
        with_a_wrong_key = Librarian(server.base_url, "wrong").send("GET", reply.json)
    assert file.status == with_a_wrong_key.status == 200
    assert file.headers["content-type"] == content_type
    assert file.body == b"\0\xff"


def test_signed_url_of_the_text_gives_the_text(librarian: Librarian) -> None:
    document = librarian.add(librarian.create(), b"\xef\xbb\xbfBl\xc3\xa4u", "a.html")
    url = librarian.get(f"{document}/extracted-text-signed-url").json
    reply = librarian.fetch(url)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.body.decode() == "Bläu"


@pytest.mark.parametrize("rest", ["signed-url", "extracted-text-signed-url"])
def test_signed_url_expires_after_half_an_hour(rest: str) -> None:
    with on_a_shelf() as (_, librarian, hands):
        document = librarian.add(librarian.create(), "Blue")
        url = librarian.get(f"{document}/{rest}").json
        hands.forward(HALF_AN_HOUR - 1)
        later = librarian.get(f"{document}/{rest}").json
        assert later != url
        assert librarian.fetch(url).status == 200
        hands.forward(1)
        assert librarian.fetch(url).status == 404
        assert librarian.fetch(later).status == 200


def test_signed_url_can_be_had_before_the_text() -> None:
    with on_a_shelf(processing=9) as (_, librarian, hands):
        document = librarian.add(librarian.create(), "Blue")
        url = librarian.get(f"{document}/signed-url").json
        assert librarian.fetch(url).body == b"Blue"
        assert librarian.get(f"{document}/extracted-text-signed-url").status == 404
        hands.forward(9)
        text = librarian.get(f"{document}/extracted-text-signed-url").json
        librarian.send("POST", f"{document}/reprocess")
        assert librarian.fetch(text).status == 404


def test_unknown_token_is_not_found(librarian: Librarian) -> None:
    reply = librarian.fetch(f"{librarian.base_url}/files/x")
    assert reply.status == 404
    assert "unknown, or has expired" in reply.json["message"]


def test_signed_url_of_a_deleted_document_is_not_found(librarian: Librarian) -> None:
    document = librarian.add(librarian.create(), "Blue")
    url = librarian.get(f"{document}/signed-url").json
    librarian.send("DELETE", document)
    assert librarian.fetch(url).status == 404


def test_signed_url_names_the_server_as_the_caller_does(librarian: Librarian) -> None:
    document = librarian.add(librarian.create(), "Blue")
    told: dict[str, Any] = {"Host": "libraries.example:8080"}
    url = librarian.send("GET", f"{document}/signed-url?x=1", None, told).json
    assert url.startswith("http://libraries.example:8080/files/")
    assert "?" not in url


def test_signed_url_can_get_into_trouble() -> None:
    with LocalServer() as server:
        librarian = Librarian(server.base_url)
        document = librarian.add(librarian.create(), "Blue")
        url = librarian.get(f"{document}/signed-url").json
        server.inflict(Trouble(status=503))
        assert librarian.fetch(url).status == 503
        assert librarian.fetch(url).status == 200
