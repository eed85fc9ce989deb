"""The records of requests and conversations, from any thread."""

import threading
from typing import Any

import pytest

from mistral_conversations.server import LocalServer, RecordedRequest, Trouble
from mistral_conversations.server.web.records import Journal
from tests.support.local.async_caller import CONVERSATIONS
from tests.support.local.http_caller import START, Caller

KEY = "canary-of-a-key"


@pytest.fixture
def caller(server: LocalServer) -> Caller:
    return Caller(server.base_url, KEY)


def test_nothing_is_recorded_of_a_server_that_was_not_asked() -> None:
    server = LocalServer()
    assert server.requests == ()
    assert server.conversations == ()


def test_requests_stand_in_the_order_of_their_arrival(
    server: LocalServer, caller: Caller
) -> None:
    path = f"{CONVERSATIONS}/{caller.start().json['conversation_id']}"
    caller.get(f"{path}/history")
    before = server.requests
    caller.send("DELETE", path)
    assert [(request.method, request.path) for request in server.requests] == [
        ("POST", CONVERSATIONS),
        ("GET", f"{path}/history"),
        ("DELETE", path),
    ]
    assert server.requests[:2] == before


def test_path_stands_as_it_came_without_the_query(
    server: LocalServer, caller: Caller
) -> None:
    caller.get(f"{CONVERSATIONS}/a%2Fb%20c?page=1&name=x%20y&name=z")
    [request] = server.requests
    assert request.path == f"{CONVERSATIONS}/a%2Fb%20c"
    assert request.query["name"] == "x y"
    assert request.query["page"] == "1"


def test_headers_are_found_by_any_case(server: LocalServer, caller: Caller) -> None:
    caller.send("GET", CONVERSATIONS, headers={"X-Own-Header": "Own"})
    [request] = server.requests
    assert request.headers["x-own-header"] == request.headers["X-OWN-HEADER"] == "Own"


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer  ", "Basic ", ""])
def test_key_stands_nowhere_in_a_record(
    server: LocalServer, caller: Caller, scheme: str
) -> None:
    secrets = {"authorization": scheme + KEY, "Proxy-Authorization": "Basic " + KEY}
    caller.send("POST", CONVERSATIONS, START, secrets)
    [request] = server.requests
    assert request.headers["Authorization"] == "***"
    assert request.headers["proxy-authorization"] == "***"
    shown = [repr(request), str(request), repr(dict(request.headers.items()))]
    assert KEY not in "".join(shown)


def test_header_that_did_not_come_is_not_recorded(
    server: LocalServer, caller: Caller
) -> None:
    caller.get(CONVERSATIONS)
    assert "Proxy-Authorization" not in server.requests[0].headers


def test_body_is_kept_as_it_was_sent_and_not_shown(
    server: LocalServer, caller: Caller
) -> None:
    raw = b'{ "model":"m",\n "inputs": "\\u00e9 \xc3\xa9" , "name": "canary-of-a-key"}'
    assert caller.post(CONVERSATIONS, raw).status == 200
    [request] = server.requests
    assert request.body == raw
    assert request.json == {"model": "m", "inputs": "é é", "name": KEY}
    assert KEY not in repr(request)


@pytest.mark.parametrize(
    ("body", "read"),
    [(None, None), (b"null", None), ([1, {"a": None}], [1, {"a": None}])],
)
def test_json_of_a_request_is_plain(
    server: LocalServer, caller: Caller, body: Any, read: Any
) -> None:
    caller.send("POST", CONVERSATIONS, body)
    assert server.requests[0].json == read


@pytest.mark.parametrize("body", [b"{", b"plain text", b'"\xff"', b'{"a": 1} x', b" "])
def test_json_of_what_is_none_is_a_value_error(
    server: LocalServer, caller: Caller, body: bytes
) -> None:
    assert caller.post(CONVERSATIONS, body).status == 422
    [request] = server.requests
    assert request.body == body
    for _ in range(2):
        with pytest.raises(ValueError, match=r"."):
            _ = request.json


def test_requests_that_were_refused_are_recorded() -> None:
    with LocalServer([], api_key=KEY) as server:
        caller = Caller(server.base_url, KEY)
        server.inflict(Trouble(status=503), when=lambda asked: "page" in asked.query)
        replies = [
            Caller(server.base_url, "another").start(),
            caller.get("/v1/nothing"),
            caller.get(f"{CONVERSATIONS}/conv_unknown"),
            caller.send("PUT", CONVERSATIONS, {"a": 1}),
            caller.post(CONVERSATIONS, {"inputs": 5}),
            caller.start(),
            caller.get(f"{CONVERSATIONS}?page=1"),
        ]
        recorded = server.requests
    assert [reply.status for reply in replies] == [401, 404, 404, 405, 422, 500, 503]
    assert [(request.method, request.path) for request in recorded] == [
        ("POST", CONVERSATIONS),
        ("GET", "/v1/nothing"),
        ("GET", f"{CONVERSATIONS}/conv_unknown"),
        ("PUT", CONVERSATIONS),
        ("POST", CONVERSATIONS),
        ("POST", CONVERSATIONS),
        ("GET", CONVERSATIONS),
    ]
    assert recorded[0].json is None, "no body is read without a valid key"
    assert recorded[5].json == START
    assert "another" not in repr(recorded[0])
    assert recorded[3].json == {"a": 1}


def test_newest_ten_thousand_requests_are_kept() -> None:
    journal = Journal()
    for number in range(10_001):
        journal.add(RecordedRequest("GET", f"/{number}", {}, {}, b""))
    kept = journal.requests()
    assert len(kept) == 10_000
    assert (kept[0].path, kept[-1].path) == ("/1", "/10000")


def test_requests_are_kept_up_to_64_mebibytes_of_bodies() -> None:
    journal, body = Journal(), bytes(10 * 2**20)
    for number in range(9):
        journal.add(RecordedRequest("POST", f"/{number}", {}, {}, body))
    assert [each.path for each in journal.requests()] == [f"/{n}" for n in range(3, 9)]
    journal.add(RecordedRequest("POST", "/immense", {}, {}, bytes(65 * 2**20)))
    assert [each.path for each in journal.requests()] == ["/immense"]
    journal.add(RecordedRequest("POST", "/small", {}, {}, b"x"))
    assert [each.path for each in journal.requests()] == ["/small"]


def test_request_is_recorded_before_it_is_answered(
    server: LocalServer, caller: Caller
) -> None:
    seen = []

    def model(conversation: Any, request: RecordedRequest) -> str:
        seen.append((server.requests[-1] is request, len(server.conversations)))
        return str(len(conversation.entries))

    server.model = model
    conversation_id = caller.start().json["conversation_id"]
    caller.append(conversation_id, inputs="more")
    assert seen == [(True, 0), (True, 1)]


def test_records_of_conversations_equal_the_answers(
    server: LocalServer, caller: Caller
) -> None:
    caller.start(name="first", metadata={"a": [1]})
    caller.post(CONVERSATIONS, {"inputs": "Hi", "agent_id": "ag_1"})
    first = server.conversations[0]
    caller.restart(first.id, from_entry_id=first.entries[0]["id"], inputs="Other")
    recorded = server.conversations
    listed = caller.get(CONVERSATIONS).json
    assert [record.id for record in recorded] == [body["id"] for body in listed[::-1]]
    for record in recorded:
        assert record.json == caller.get(f"{CONVERSATIONS}/{record.id}").json
        assert list(record.entries) == caller.history(record.id)
    assert recorded[0].json["name"] == recorded[2].json["name"] == "first"
    assert recorded[1].json["agent_id"] == "ag_1"
    assert "model" not in recorded[1].json


def test_conversations_that_are_deleted_or_not_stored_are_absent(
    server: LocalServer, caller: Caller
) -> None:
    kept = caller.start().json["conversation_id"]
    gone = caller.start().json["conversation_id"]
    caller.start(store=False)
    caller.append(kept, inputs="unheard", store=False)
    caller.send("DELETE", f"{CONVERSATIONS}/{gone}")
    [record] = server.conversations
    assert record.id == kept
    assert len(record.entries) == 2


def test_record_of_a_conversation_does_not_change(
    server: LocalServer, caller: Caller
) -> None:
    conversation_id = caller.start().json["conversation_id"]
    [before] = server.conversations
    caller.append(conversation_id, inputs="more")
    [after] = server.conversations
    assert (len(before.entries), len(after.entries)) == (2, 4)
    assert before.json["updated_at"] < after.json["updated_at"]


def test_records_stay_when_the_server_is_left_and_entered_again() -> None:
    server = LocalServer()
    for number in (1, 2):
        with server:
            Caller(server.base_url).start()
        assert len(server.requests) == len(server.conversations) == number


def test_records_can_be_read_while_the_server_works(
    server: LocalServer, caller: Caller
) -> None:
    def work() -> None:
        for _ in range(40):
            caller.start()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    counts = []
    while any(worker.is_alive() for worker in workers):
        conversations = server.conversations
        counts.append(len(conversations))
        assert {len(record.entries) for record in conversations} <= {1, 2}
        assert len(server.requests) >= counts[-1]
        workers[0].join(0.001)
    assert counts == sorted(counts)
    assert len(server.requests) == len(server.conversations) == 120
