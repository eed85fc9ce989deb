"""The rules that select requests for trouble."""

import threading
from typing import Any

import pytest

from mistral_conversations.server import LocalServer, RecordedRequest, Trouble, say
from tests.support.local.http_caller import START, Caller
from tests.support.local.raw_caller import PATH, connect, stream

DOWN, BUSY = Trouble(status=503), Trouble(status=429)


def statuses(server: LocalServer, count: int) -> list[int]:
    """Return the statuses of a number of starts."""
    return [Caller(server.base_url).start().status for _ in range(count)]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("trouble", None, TypeError),
        ("trouble", Trouble, TypeError),
        ("trouble", {"status": 503}, TypeError),
        ("times", "1", TypeError),
        ("times", True, TypeError),
        ("times", 1.0, TypeError),
        ("times", 0, ValueError),
        ("times", -1, ValueError),
        ("when", True, TypeError),
        ("when", PATH, TypeError),
    ],
)
def test_inflict_refuses_by_name_and_inflicts_nothing(
    server: LocalServer, name: str, value: object, error: type[Exception]
) -> None:
    parameters: dict[str, Any] = {"trouble": DOWN, "times": 1, "when": None}
    with pytest.raises(error, match=rf"^{name} must be"):
        server.inflict(**{**parameters, name: value})
    assert statuses(server, 1) == [200]


def test_trouble_is_for_one_request_by_default(server: LocalServer) -> None:
    server.inflict(DOWN)
    assert statuses(server, 3) == [503, 200, 200]


def test_times_is_for_so_many_requests(server: LocalServer) -> None:
    server.inflict(DOWN, times=2)
    assert statuses(server, 4) == [503, 503, 200, 200]


def test_times_none_is_for_all_until_forgiven(server: LocalServer) -> None:
    server.inflict(DOWN, times=None)
    assert statuses(server, 5) == [503] * 5
    server.forgive()
    assert statuses(server, 2) == [200, 200]


def test_forgive_forgets_all_rules(server: LocalServer) -> None:
    server.forgive()
    server.inflict(DOWN, times=3)
    server.inflict(BUSY, times=None, when=lambda _: True)
    server.forgive()
    assert statuses(server, 1) == [200]
    server.inflict(BUSY)
    assert statuses(server, 2) == [429, 200]


def test_oldest_rule_comes_first_and_a_request_has_one_trouble(
    server: LocalServer,
) -> None:
    server.inflict(DOWN, times=2)
    server.inflict(BUSY)
    assert statuses(server, 4) == [503, 503, 429, 200]


def test_same_trouble_can_be_inflicted_twice(server: LocalServer) -> None:
    server.inflict(DOWN)
    server.inflict(DOWN)
    assert statuses(server, 3) == [503, 503, 200]


def test_rule_that_does_not_fit_leaves_the_request_to_the_next(
    server: LocalServer,
) -> None:
    server.inflict(DOWN, when=lambda request: request.method == "GET")
    server.inflict(BUSY, times=2)
    assert statuses(server, 1) == [429]
    assert Caller(server.base_url).get(PATH).status == 503
    assert Caller(server.base_url).get(PATH).status == 429
    assert Caller(server.base_url).get(PATH).status == 200


def test_when_receives_the_request_and_times_counts_matches(
    server: LocalServer,
) -> None:
    seen: list[RecordedRequest] = []

    def streams(request: RecordedRequest) -> bool:
        seen.append(request)
        return request.method == "POST" and request.json.get("stream") is True

    server.inflict(DOWN, times=2, when=streams)
    found = []
    for streamed in (False, True, False, True, True):
        with connect(server.base_url) as line:
            line.ask(stream=streamed)
            found.append(line.read().status)
    assert found == [200, 503, 200, 503, 200]
    assert tuple(seen) == server.requests[:4], (
        "a rule that is used up calls no function"
    )


def test_when_sees_path_query_and_headers_but_no_key(server: LocalServer) -> None:
    seen: list[RecordedRequest] = []

    def spy(request: RecordedRequest) -> bool:
        seen.append(request)
        return False

    server.inflict(DOWN, when=spy)
    Caller(server.base_url, key="canary").get(f"{PATH}?page=3")
    assert (seen[0].path, dict(seen[0].query)) == (PATH, {"page": "3"})
    assert "canary" not in repr(dict(seen[0].headers))


def test_requests_in_trouble_are_recorded(server: LocalServer) -> None:
    server.inflict(DOWN)
    server.inflict(Trouble(cut="reset"))
    server.inflict(Trouble(stall=True, after_events=1))
    statuses(server, 1)
    with stream(server.base_url, inputs="second") as line:
        assert line.read().end == "reset"
    with stream(server.base_url, inputs="third") as line:
        line.read_events(1)
        asked = [request.json["inputs"] for request in server.requests]
        assert asked == [START["inputs"], "second", "third"]


def test_requests_that_are_refused_anyhow_use_up_trouble(server: LocalServer) -> None:
    server.inflict(Trouble(drip=True), times=2)
    server.inflict(DOWN)
    caller = Caller(server.base_url)
    assert caller.get("/v1/nowhere").status == 404
    assert caller.start(inputs=5).status == 422
    assert statuses(server, 2) == [503, 200]


def test_trouble_can_be_inflicted_before_the_server_runs_and_while_it_rests() -> None:
    server = LocalServer([say("one"), say("two")])
    server.inflict(DOWN)
    with server:
        assert statuses(server, 2) == [503, 200]
    server.inflict(BUSY)
    with server:
        assert statuses(server, 2) == [429, 200]


def test_servers_share_no_trouble(server: LocalServer) -> None:
    with LocalServer() as other:
        other.inflict(DOWN)
        assert statuses(server, 1) == [200]
        assert statuses(other, 1) == [503]


def test_times_holds_for_requests_at_once(server: LocalServer) -> None:
    server.inflict(DOWN, times=5)
    found: list[int] = []

    def ask() -> None:
        found.extend(statuses(server, 5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] * 15 + [503] * 5


# --- a `when` that goes wrong


@pytest.mark.parametrize("streamed", [False, True])
def test_when_that_raises_is_a_500_of_the_service(
    server: LocalServer, *, streamed: bool
) -> None:
    def fail(_: RecordedRequest) -> bool:
        raise KeyError("canary")

    server.inflict(DOWN, when=fail)
    answer = Caller(server.base_url).start(stream=streamed)
    assert answer.status == 500
    assert answer.json["object"] == "Error"
    assert answer.json["type"] == "invalid_request_error"
    assert len(server.requests) == 1
    server.forgive()
    assert statuses(server, 1) == [200]


def test_when_may_forgive(server: LocalServer) -> None:
    def once(_: RecordedRequest) -> bool:
        server.forgive()
        return True

    server.inflict(DOWN, when=once)
    assert statuses(server, 2) == [503, 200]
