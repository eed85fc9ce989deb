"""Each answer of the operations on files, checked against the description."""

from collections.abc import Iterator

from mistral_conversations.server import LocalServer, execute
from tests.support.api_description import described_paths, problems, schemas
from tests.support.local.answer_schemas import misfits
from tests.support.local.file_caller import FileCaller
from tests.support.local.http_caller import Reply
from tests.support.local.library_caller import NOBODY

FILE = "/v1/files/{file_id}"


def _answers() -> Iterator[tuple[str, str, Reply]]:
    """Use every operation; yield its method, its route and its answer."""
    with LocalServer([execute("image_generation")]) as server:
        caller = FileCaller(server.base_url)
        caller.start()
        yield "post", "/v1/files", caller.upload(expiry="1", visibility="user")
        for purpose in ("fine-tune", "batch", "ocr"):
            yield "post", "/v1/files", caller.upload(b"{}", "sky.pdf", purpose=purpose)
        for query in ("", "?include_total=false"):
            yield "get", "/v1/files", caller.get(f"/v1/files{query}")
        for file in server.files:
            path = f"/v1/files/{file.id}"
            yield "get", FILE, caller.get(path)
            yield "get", f"{FILE}/url", caller.get(f"{path}/url")
            yield "get", f"{FILE}/content", caller.get(f"{path}/content")
            yield "delete", FILE, caller.send("DELETE", path)


def test_every_answer_fits_the_description() -> None:
    paths, used = described_paths(), set()
    for method, route, reply in _answers():
        used.add((method, route))
        assert reply.status == 200
        [(content_type, media)] = paths[route][method]["responses"]["200"][
            "content"
        ].items()
        assert reply.headers["content-type"] == content_type
        if content_type == "application/json":
            assert problems(reply.json, media["schema"]) == []
            name = media["schema"]["$ref"].rpartition("/")[2]
            assert reply.json.keys() == schemas()[name]["properties"].keys()
    assert used == {
        (method, route)
        for route, operations in paths.items()
        if route.startswith("/v1/files")
        for method in operations
    }


def test_every_refusal_has_the_service_s_shape(caller: FileCaller) -> None:
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/url"),
                         ("GET", "/content")):  # fmt: skip
        unknown = caller.send(method, f"/v1/files/{NOBODY}{rest}")
        invalid = caller.send(method, f"/v1/files/x{rest}")
        assert (unknown.status, invalid.status) == (404, 422)
        assert misfits(unknown.json, "ServiceError") == []
        assert misfits(invalid.json, "HTTPValidationError") == []
