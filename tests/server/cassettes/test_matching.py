import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations.server.cassettes.exchange import Exchange, RequestFacts
from mistral_conversations.server.cassettes.matching import Matcher, Rules
from tests.server.cassettes.test_fingerprints import shuffled
from tests.support.comparison import thorough
from tests.support.odd_json import nested, odd_values

ALL = Rules.of(None, (), None)


def request(
    body: Mapping[str, Any] | None = None,
    path: str = "/v1/conversations",
    method: str = "POST",
    query: Sequence[tuple[str, str]] = (),
) -> RequestFacts:
    return RequestFacts(method, path, query, body or {})


def sent(**members: Any) -> RequestFacts:
    return request({"json": members})


def matcher(*requests: RequestFacts, rules: Rules = ALL) -> Matcher:
    exchanges = [
        Exchange(number, 2 * number, each) for number, each in enumerate(requests, 1)
    ]
    return Matcher(exchanges, rules)


def matches(recorded: RequestFacts, other: RequestFacts, rules: Rules = ALL) -> bool:
    return matcher(recorded, rules=rules).take(other) is not None


FORM = {"file": {"filename": "a.txt", "size": 2, "sha256": "ab"}, "purpose": "ocr"}
REQUESTS = [
    request(),
    request(method="GET"),
    request(path="/v1/conversations/"),
    request(path="/v1/%63onversations"),
    request(query=[("a", "1")]),
    request(query=[("a", "1"), ("a", "1")]),
    request(query=[("a", "1"), ("a", "2")]),
    request(query=[("a", ""), ("1", "")]),
    request({"json": None}),
    request({"json": ""}),
    request({"json": "{}"}),
    request({"json": {}}),
    request({"json": []}),
    request({"json": True}),
    request({"json": 1}),
    request({"json": {"a": None}}),
    request({"json": {"a": 1}}),
    request({"json": {"a": True}}),
    request({"json": {"kind": "json"}}),
    request({"json": {"$": None}}),
    request({"json": FORM}),
    request({"form": FORM}),
    request({"form": {**FORM, "purpose": "batch"}}),
    request({"form": {}}),
    request({"text": ""}),
    request({"text": "{}"}),
    request({"text": " {}"}),
    request({"bytes": {"size": 2, "sha256": "ab"}}),
    request({"bytes": {"size": 2, "sha256": "ac"}}),
]


def test_different_requests_do_not_match() -> None:
    for recorded in REQUESTS:
        found = [other for other in REQUESTS if matches(recorded, other)]
        assert found == [recorded]


@pytest.mark.parametrize(
    ("recorded", "other"),
    [
        (sent(a=1, b={"c": 2, "d": 3.0}), sent(b={"d": 3, "c": 2}, a=1.0)),
        (sent(a=float("nan")), sent(a=float("nan"))),
        (sent(a=10**400), sent(a=10**400)),
        (request(query=[("b", "2"), ("a", "1"), ("a", "0")]),
         request(query=[("a", "0"), ("a", "1"), ("b", "2")])),
        (request({"form": {"purpose": "ocr", "file": {"size": 2}}}),
         request({"form": {"file": {"size": 2}, "purpose": "ocr"}})),
    ],
)  # fmt: skip
def test_equal_requests_match(recorded: RequestFacts, other: RequestFacts) -> None:
    assert matches(recorded, other)
    assert matches(other, recorded)


def test_equal_requests_are_answered_in_their_order() -> None:
    exchanges = [
        Exchange(number, 0, sent(inputs=text))
        for number, text in [(4, "a"), (1, "b"), (3, "a"), (2, "a")]
    ]
    found = Matcher(exchanges, ALL)
    numbers = [
        taken.number if (taken := found.take(sent(inputs=text))) else None
        for text in "aabaab"
    ]
    assert numbers == [2, 3, 1, 4, None, None]


@pytest.mark.parametrize(
    ("match", "ignore", "recorded", "other"),
    [
        (["$.inputs"], (), sent(inputs="a", model="m"), sent(inputs="a")),
        (["$.inputs[-1].content"], (), sent(inputs=[{"content": "a"}]),
         sent(inputs=[{"content": "b"}, {"content": "a", "id": 1}])),
        (["$..id"], (), sent(a={"id": 1}, b={"id": 2}),
         sent(b={"id": 2, "c": 1}, a={"id": 1})),
        (["$.none"], (), sent(inputs="a"), sent(inputs="b")),
        ([], (), sent(inputs="a"), request({"bytes": {"size": 1}})),
        ([], (), request({"text": "a"}), request()),
        (None, ["$.at"], sent(at=1), sent(at=2)),
        (None, ["$.at"], sent(at=1), sent()),
        (None, ["$..at", "$.inputs[*].id"], sent(inputs=[{"id": 1}, {"at": {}}]),
         sent(inputs=[{"at": 2}, {"id": 2}])),
        (None, ["$"], sent(at=1), request({"json": "text"})),
        (["$.inputs"], ["$..at"], sent(inputs={"at": 1}, a=1), sent(inputs={"at": 2})),
        (None, ["$.file.sha256"], request({"form": FORM}),
         request({"form": {**FORM, "file": {"filename": "a.txt", "size": 2}}})),
    ],
)  # fmt: skip
def test_rules_compare_less(
    match: Any, ignore: Any, recorded: RequestFacts, other: RequestFacts
) -> None:
    rules = Rules.of(match, ignore, None)
    assert matches(recorded, other, rules)
    assert matches(other, recorded, rules)
    assert not matches(recorded, other)


@pytest.mark.parametrize(
    ("match", "ignore", "recorded", "other"),
    [
        (["$.inputs"], (), sent(inputs="a"), sent(inputs="b")),
        (["$.inputs"], (), sent(inputs="a"), sent()),
        (["$.inputs"], (), sent(inputs=None), sent()),
        (["$.inputs"], (), sent(inputs="a"), request({"text": '{"inputs": "a"}'})),
        (["$.a", "$.b"], (), sent(a=1), sent(b=1)),
        ([], (), request(method="GET"), request()),
        ([], (), request(query=[("a", "1")]), request()),
        (None, ["$.at"], sent(at=1, a=1), sent(at=1, a=2)),
        (None, ["$"], sent(at=1), request({"text": "a"})),
        (["$"], (), request({"text": "a"}), request({"text": "b"})),
        (None, ["$"], request({"bytes": {"size": 1}}), request({"bytes": {"size": 2}})),
    ],
)
def test_rules_compare_what_is_left(
    match: Any, ignore: Any, recorded: RequestFacts, other: RequestFacts
) -> None:
    rules = Rules.of(match, ignore, None)
    assert not matches(recorded, other, rules)
    assert not matches(other, recorded, rules)
    assert matches(other, other, rules)


def test_parameters_are_checked() -> None:
    for position, name in enumerate(["match", "ignore", "redact"]):
        parameters: list[Any] = [None, (), None]
        parameters[position] = 1
        with pytest.raises(TypeError, match=f"^{name} must be"):
            Rules.of(*parameters)
        parameters[position] = ["inputs"]
        with pytest.raises(ValueError, match=rf"^{name}\[0\] is not a JSON path"):
            Rules.of(*parameters)
    assert Rules.of(None, None, ()) == ALL
    assert not ALL.redaction
    assert Rules.of(None, (), ["$.a"]).redaction


def test_a_body_that_is_too_deep_for_a_path_is_a_value_error() -> None:
    deep = request({"json": nested(100_000)})
    with pytest.raises(ValueError, match="ignore: a body is nested too deeply"):
        matcher(deep, rules=Rules.of(None, ["$[?@..a]"], None))


def test_what_was_not_used_is_described() -> None:
    found = matcher(
        sent(inputs="Hello", model="m"),
        request({"text": "a\nb"}),
        request(path="/v1/models", method="GET"),
        sent(inputs="x" * 100),
    )
    assert found.take(request({"text": "a\nb"}))
    assert found.unused() == [
        'exchange 1 (line 2): POST /v1/conversations {"inputs": "Hello", "model": "m"}',
        "exchange 3 (line 6): GET /v1/models",
        f'exchange 4 (line 8): POST /v1/conversations {{"inputs": "{"x" * 47}…',
    ]
    assert matcher().unused() == []


POLL = request(path="/v1/batch/jobs/b_1", method="GET")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_last_answer_is_repeated_to_a_request_that_only_reads(method: str) -> None:
    poll = request(path="/v1/batch/jobs/b_1", method=method)
    exchanges = [Exchange(number, 0, poll) for number in (1, 2, 3)]
    found = Matcher(exchanges, ALL)
    taken = [found.take(poll) for _ in range(5)]
    assert [each.number for each in taken if each] == [1, 2, 3, 3, 3]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "get"])
def test_no_answer_is_repeated_to_a_request_that_changes_something(method: str) -> None:
    found = matcher(request(method=method))
    assert found.take(request(method=method))
    assert found.take(request(method=method)) is None


def test_what_only_reads_may_be_used_more_seldom_but_must_be_used() -> None:
    other = request(path="/v1/models", method="GET")
    found = matcher(POLL, POLL, other, request(), request(), POLL)
    assert len(found.unused()) == 6
    assert found.take(POLL)
    assert found.take(request())
    assert found.unused() == [
        "exchange 3 (line 6): GET /v1/models",
        "exchange 5 (line 10): POST /v1/conversations",
    ]


bodies = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"json": odd_values}),
    st.fixed_dictionaries({"form": st.dictionaries(st.text(), st.text(), max_size=2)}),
    st.fixed_dictionaries({"text": st.sampled_from(["", "a"])}),
)
requests = st.builds(
    request,
    bodies,
    st.sampled_from(["/v1/a", "/v1/b"]),
    st.sampled_from(["GET", "POST"]),
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12")), max_size=3),
)
rules = st.builds(
    Rules.of,
    st.sampled_from([None, None, [], ["$.a"], ["$..type", "$"]]),
    st.lists(st.sampled_from(["$.a", "$..type", "$[0]", "$..[?@.a]", "$"]), max_size=2),
    st.none(),
)


@thorough
@given(requests, rules, st.randoms(use_true_random=False))
def test_a_request_matches_itself_in_another_order(
    recorded: RequestFacts, rules: Rules, order: random.Random
) -> None:
    body = {kind: shuffled(value, order) for kind, value in recorded.body.items()}
    query = [*recorded.query]
    order.shuffle(query)
    other = request(body, recorded.path, recorded.method, query)
    assert matches(recorded, other, rules)


@thorough
@given(st.lists(requests, max_size=6), rules)
def test_each_exchange_answers_once_and_what_is_left_is_explained(
    recorded: list[RequestFacts], rules: Rules
) -> None:
    found = matcher(*recorded, rules=rules)
    taken = [found.take(each) for each in recorded]
    assert sorted(each.number for each in taken if each) == [
        *range(1, len(recorded) + 1)
    ]
    assert found.unused() == []
    for each in recorded:
        assert (found.take(each) is None) == (each.method == "POST")
        assert "was sent more often than it was recorded" in found.explain(each)


@thorough
@given(requests, requests, requests, rules)
def test_matching_is_an_equivalence(
    one: RequestFacts, two: RequestFacts, three: RequestFacts, rules: Rules
) -> None:
    assert matches(one, two, rules) == matches(two, one, rules)
    if matches(one, two, rules) and matches(two, three, rules):
        assert matches(one, three, rules)


@thorough
@given(requests, requests, rules)
def test_a_request_that_does_not_match_is_explained(
    recorded: RequestFacts, other: RequestFacts, rules: Rules
) -> None:
    found = matcher(recorded, rules=rules)
    text = found.explain(other)
    text.encode()
    assert len(text) < 4_000
    if found.take(other) is None:
        assert "on line 2 of the cassette:\n- " in text
