"""Each answer of the operations on libraries, checked against the schemas."""

import re
from collections.abc import Mapping

import attrs

from mistral_conversations.server import LocalServer
from tests.support.api_description import api_folder, described_paths, problems
from tests.support.local.answer_schemas import misfits as misfits_of_errors
from tests.support.local.forms import form
from tests.support.local.http_caller import Reply
from tests.support.local.library_caller import NOBODY, Clock, LibraryCaller
from tests.support.local.library_schemas import ANSWERS, misfits

FUTURE = {
    ("DELETE", "/v1/libraries/{library_id}", 204),
    ("DELETE", "/v1/libraries/{library_id}/share", 204),
}
"""Answers that the service announces for a later version."""

SHARED = {"share_with_uuid": NOBODY, "share_with_type": "User"}


@attrs.frozen
class Reader(LibraryCaller):
    """A caller that keeps every answer, with its method and route."""

    answers: list[tuple[str, str, Reply]] = attrs.field(factory=list)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        reply = LibraryCaller.send(self, method, path, body, headers)
        route = re.sub("(?<=/v1/libraries/)[^/?]+", "{library_id}", path)
        route = re.sub("(?<=/documents/)[^/?]+", "{document_id}", route)
        self.answers.append((method, route.partition("?")[0], reply))
        return reply


def _use_document(reader: Reader, document: str, clock: Clock) -> None:
    for rest in ("", "/status", "/signed-url", "/text_content"):
        reader.get(f"{document}{rest}")
    clock.forward(5)
    reader.put(document, {"name": "x", "attributes": {"a": [1]}})
    reader.send("PATCH", document, {"expires_at": "2027-01-01"})
    for rest in (
        *("", "/status", "/text_content"),
        *("/signed-url", "/extracted-text-signed-url"),
    ):
        reader.get(f"{document}{rest}")


def _use_all() -> Reader:
    with LocalServer(processing=5) as server:
        clock = Clock()
        server._service.libraries.store.clock = clock
        reader = Reader(server.base_url)
        library = reader.create(description="All about skies.", chunk_size=512)
        documents = [
            reader.add(library, content, name)
            for content, name in (("Blue", "a.txt"), ("", "b.pdf"), (b"\0", "c.bin"))
        ]
        reader.upload(library, form(b"Blue"))
        for document in documents:
            _use_document(reader, document, clock)
        reader.get(f"{library}/documents?page_size=2")
        reader.create(name="Seas")
        for query in ("", "?page_size=1", "?page=1&page_size=1&search=s"):
            reader.get(f"/v1/libraries{query}")
        for level in ("Viewer", "Editor"):
            reader.put(f"{library}/share", {**SHARED, "level": level})
        reader.get(f"{library}/share")
        reader.put(library, {"name": "Seas"})
        reader.send("PATCH", library, {"name": "Lakes"})
        reader.get(library)
        reader.send("DELETE", f"{library}/share", SHARED)
        reader.send("POST", f"{documents[0]}/reprocess")
        reader.get(documents[0])
        reader.send("DELETE", documents[0])
        reader.send("DELETE", library)
    return reader


def _refuse_all() -> Reader:
    with LocalServer() as server:
        reader = Reader(server.base_url)
        for method, route, _ in ANSWERS:
            for id_ in ("x", NOBODY):
                path = route.format(library_id=id_, document_id=id_)
                reader.send(method, path, {} if method[0] == "P" else None)
        library = reader.create()
        reader.get(f"{library}/documents?page=x&sort_order=y")
        reader.upload(library, b"no form")
        [owner] = reader.get(f"{library}/share").json["data"]
        reader.send("DELETE", f"{library}/share", owner)
    return reader


def _refused(reader: Reader, status: int) -> list[tuple[str, str, Reply]]:
    return [answer for answer in reader.answers if answer[2].status == status]


def test_every_answer_fits() -> None:
    reader = _use_all()
    used = set()
    for method, route, reply in reader.answers:
        if reply.status == 404:
            assert route.endswith(("text_content", "extracted-text-signed-url"))
            assert misfits_of_errors(reply.json, "ServiceError") == []
            continue
        used.add((method, route, reply.status))
        name = ANSWERS[method, route, reply.status]
        if name is None:
            assert reply.body == b""
        else:
            assert misfits(reply.json, name) == []
    assert used == ANSWERS.keys()


def test_every_answer_fits_the_description() -> None:
    paths = described_paths()
    for method, route, reply in [*_use_all().answers, *_refused(_refuse_all(), 422)]:
        responses = paths[route][method.lower()]["responses"]
        if reply.status in {404, 204}:
            assert reply.status == 404 or "204" in responses
            continue
        described = responses[str(reply.status)]["content"]["application/json"]
        assert problems(reply.json, described["schema"]) == []


def test_every_published_operation_is_there() -> None:
    api_folder()
    published = {
        (method.upper(), route, int(status))
        for route, operations in described_paths().items()
        if route.startswith("/v1/libraries")
        for method, operation in operations.items()
        for status in operation["responses"]
        if status != "422"
    }
    assert published - ANSWERS.keys() == FUTURE
    assert ANSWERS.keys() <= published


def test_every_refusal_fits() -> None:
    reader = _refuse_all()
    for status, name in (
        (422, "HTTPValidationError"),
        (404, "ServiceError"),
        (403, "ServiceError"),
    ):
        refused = _refused(reader, status)
        assert refused
        for _, _, reply in refused:
            assert misfits_of_errors(reply.json, name) == []
    assert {reply.status for _, _, reply in reader.answers} <= {
        *(200, 201, 403, 404, 422)
    }
