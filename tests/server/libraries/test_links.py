"""Signed URLs: of files, and of their texts."""

from typing import Any

import pytest

from mistral_conversations.server import LocalServer, Trouble
from tests.support.local.http_caller import Serve
from tests.support.local.library_caller import LibraryCaller, library_server

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
        caller = LibraryCaller(server.base_url, "right")
        document = caller.add(caller.create(), b"\0\xff", name)
        reply = caller.get(f"{document}/signed-url")
        assert reply.status == 200
        file = caller.fetch(reply.json)
        with_a_wrong_key = LibraryCaller(server.base_url, "wrong").send(
            "GET", reply.json
        )
    assert file.status == with_a_wrong_key.status == 200
    assert file.headers["content-type"] == content_type
    assert file.body == b"\0\xff"


def test_signed_url_of_the_text_gives_the_text(caller: LibraryCaller) -> None:
    document = caller.add(caller.create(), b"\xef\xbb\xbfBl\xc3\xa4u", "a.html")
    url = caller.get(f"{document}/extracted-text-signed-url").json
    reply = caller.fetch(url)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.body.decode() == "Bläu"


@pytest.mark.parametrize("rest", ["signed-url", "extracted-text-signed-url"])
def test_signed_url_expires_after_half_an_hour(rest: str) -> None:
    with library_server() as (_, caller, clock):
        document = caller.add(caller.create(), "Blue")
        url = caller.get(f"{document}/{rest}").json
        clock.forward(HALF_AN_HOUR - 1)
        later = caller.get(f"{document}/{rest}").json
        assert later != url
        assert caller.fetch(url).status == 200
        clock.forward(1)
        assert caller.fetch(url).status == 404
        assert caller.fetch(later).status == 200


def test_signed_url_can_be_had_before_the_text() -> None:
    with library_server(processing=9) as (_, caller, clock):
        document = caller.add(caller.create(), "Blue")
        url = caller.get(f"{document}/signed-url").json
        assert caller.fetch(url).body == b"Blue"
        assert caller.get(f"{document}/extracted-text-signed-url").status == 404
        clock.forward(9)
        text = caller.get(f"{document}/extracted-text-signed-url").json
        caller.send("POST", f"{document}/reprocess")
        assert caller.fetch(text).status == 404


def test_unknown_token_is_not_found(caller: LibraryCaller) -> None:
    reply = caller.fetch(f"{caller.base_url}/files/x")
    assert reply.status == 404
    assert "unknown, or has expired" in reply.json["message"]


def test_signed_url_of_a_deleted_document_is_not_found(caller: LibraryCaller) -> None:
    document = caller.add(caller.create(), "Blue")
    url = caller.get(f"{document}/signed-url").json
    caller.send("DELETE", document)
    assert caller.fetch(url).status == 404


def test_signed_url_names_the_server_as_the_caller_does(serve: Serve) -> None:
    server = serve(allowed_hosts=["libraries.example"])
    caller = LibraryCaller(server.base_url)
    document = caller.add(caller.create(), "Blue")
    headers: dict[str, Any] = {"Host": "libraries.example:8080"}
    url = caller.send("GET", f"{document}/signed-url?x=1", None, headers).json
    assert url.startswith("http://libraries.example:8080/files/")
    assert "?" not in url


def test_signed_url_can_get_into_trouble() -> None:
    with LocalServer() as server:
        caller = LibraryCaller(server.base_url)
        document = caller.add(caller.create(), "Blue")
        url = caller.get(f"{document}/signed-url").json
        server.inflict(Trouble(status=503))
        assert caller.fetch(url).status == 503
        assert caller.fetch(url).status == 200
