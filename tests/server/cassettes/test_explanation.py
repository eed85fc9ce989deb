from typing import Any

import pytest

from mistral_conversations.server.cassettes.exchange import RequestFacts
from mistral_conversations.server.cassettes.matching import Rules
from tests.server.cassettes.test_matching import FORM, matcher, request, sent
from tests.support.cpu_time import cpu_seconds

HEAD = "POST /v1/conversations was not recorded. Record it again"
NEAREST = "The nearest recorded request is on line"


def test_the_nearest_request_and_what_differs() -> None:
    found = matcher(
        sent(inputs="Other", model="n", stream=False, name="x"),
        sent(inputs="Hello", model="m", stream=True),
        request({"text": "Hallo"}),
    )
    assert found.explain(sent(inputs="Hallo", model="m")) == (
        f"{HEAD}, or ignore what differs: "
        f'ignore=["$.inputs", "$.stream"]. {NEAREST} 4 of the cassette:\n'
        '- $.inputs: recorded "Hello", sent "Hallo"\n'
        "- $.stream: only in the recording, true"
    )


@pytest.mark.parametrize(
    ("recorded", "other", "texts"),
    [
        (request(path="/v1/a/b"), request(path="/v1/a/c"),
         ['path: recorded "/v1/a/b", sent "/v1/a/c"']),
        (request(method="GET"), request(), ['method: recorded "GET", sent "POST"']),
        (request(query=[("page", "0"), ("x y", "1")]),
         request(query=[("page", "1"), ("a", "2"), ("a", "3")]),
         ['query.page: recorded "0", sent "1"',
          "query['x y']: only in the recording, \"1\"",
          'query.a: only in the request, ["2", "3"]']),
        (sent(a=1), request(), ["body: recorded JSON, sent no body"]),
        (request({"bytes": {"size": 1}}), request({"form": FORM}),
         ["body: recorded bytes, sent a form"]),
        (request({"text": "a"}), request({"text": "b"}),
         ['body: recorded "a", sent "b"']),
        (request({"bytes": {"size": 1, "sha256": "a"}}),
         request({"bytes": {"size": 2, "sha256": "a"}}),
         ["body.size: recorded 1, sent 2"]),
        (request({"json": {"a": 1}}, path="/v1/a"), request({"json": {"a": 2}}),
         ['path: recorded "/v1/a", sent "/v1/conversations"',
          "$.a: recorded 1, sent 2"]),
    ],
)  # fmt: skip
def test_what_no_path_ignores_must_be_recorded_again(
    recorded: RequestFacts, other: RequestFacts, texts: list[str]
) -> None:
    head, *lines = matcher(recorded).explain(other).split("\n- ")
    assert lines == texts
    assert "Record it again. The nearest recorded request is on line 2" in head


def test_the_fields_of_a_form_can_be_ignored() -> None:
    other = {**FORM, "file": {"filename": "a.txt", "size": 2, "sha256": "cd"}}
    text = matcher(request({"form": FORM})).explain(request({"form": other}))
    assert 'ignore=["$.file.sha256"]' in text
    assert text.endswith('- $.file.sha256: recorded "ab", sent "cd"')


def test_only_what_is_compared_is_shown() -> None:
    rules = Rules.of(["$.inputs", "$..id", "$.a"], ["$..at"], None)
    found = matcher(
        sent(inputs={"at": 1, "text": "a", "id": 1}, b={"id": 2}, model="m", a=1),
        rules=rules,
    )
    sent_now = sent(inputs={"at": 2, "text": "b", "id": 1}, b={"id": 3}, model="n")
    assert found.explain(sent_now).split("\n- ")[1:] == [
        '$.inputs.text: recorded "a", sent "b"',
        "($..id)[0]: recorded 2, sent 3",
        "$.a: only in the recording, 1",
    ]


def test_an_unused_request_comes_before_a_used_one() -> None:
    found = matcher(sent(a=1, b=2), sent(a=5, b=6), sent(a=7, b=8))
    assert found.take(sent(a=1, b=2))
    assert f"{NEAREST} 4 of the cassette:" in found.explain(sent(a=1, b=3))
    assert found.take(sent(a=5, b=6))
    assert found.take(sent(a=7, b=8))
    text = found.explain(sent(a=1, b=3))
    assert f"{NEAREST} 2 of the cassette, which was used already:" in text


def test_the_fewest_differences_come_first_and_then_the_order() -> None:
    long = [{"role": "user", "content": str(index)} for index in range(9)]
    found = matcher(
        sent(inputs=[*reversed(long)]),
        sent(inputs=[*long[:4], {"role": "user", "content": "x"}, *long[5:]]),
        sent(inputs=[*long[:4], {"role": "user", "content": "y"}, *long[5:]]),
        request({"text": "a"}),
    )
    text = found.explain(sent(inputs=long))
    assert text.split("\n- ")[1:] == ['$.inputs[4].content: recorded "x", sent "4"']


def test_a_part_that_differs_is_nearer_than_one_that_is_missing() -> None:
    found = matcher(
        sent(inputs="a", model="m"),
        sent(inputs="a", model="m", completion_args={"temperature": 0.1}, name="n"),
    )
    sent_now = sent(
        inputs="b", model="m", completion_args={"temperature": 0.2}, name="o"
    )
    text = found.explain(sent_now)
    assert f"{NEAREST} 4 of the cassette:" in text
    assert "- $.completion_args.temperature: recorded 0.1, sent 0.2" in text


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/v1/conversations/c_9/history", 4),
        ("/v1/conversations/c_9", 2),
        ("/v1/files/f_1", 6),
        ("/other", 8),
    ],
)
def test_another_path_is_the_nearest_if_none_is_equal(path: str, line: int) -> None:
    found = matcher(
        *(
            request(path=each, method="GET")
            for each in [
                "/v1/conversations/c_1",
                "/v1/conversations/c_1/history",
                "/v1/files/f_2",
                "/v1",
            ]
        )
    )
    text = found.explain(request(path=path, method="GET"))
    assert f"{NEAREST} {line} of the cassette:\n- path: recorded" in text


def test_many_differences_are_cut_and_their_members_suggested() -> None:
    recorded = sent(a=[*range(50)], b={"c d": 1}, c=1)
    other = sent(a=[*range(50, 100)], b={"c d": 2}, c=1)
    head, *lines = matcher(recorded).explain(other).split("\n- ")
    assert 'ignore=["$.a", "$.b"].' in head
    assert len(lines) == 11
    assert lines[-1] == "…"
    members = {str(number): number for number in range(50)}
    text = matcher(sent(**members)).explain(sent())
    assert "ignore=[\"$['0']\", \"$['1']\", \"$['2']\", …]." in text


def test_a_request_that_was_sent_too_often() -> None:
    found = matcher(*[sent(a=1)] * 7, sent(a=2))
    for _ in range(7):
        assert found.take(sent(a=1))
    assert found.explain(sent(a=1)) == (
        "POST /v1/conversations was sent more often than it was recorded: the 7 "
        "answers on lines 2, 4, 6, 8, 10, … of the cassette were used already. Record "
        "it again."
    )
    assert found.take(sent(a=2))
    assert found.explain(sent(a=2)) == (
        "POST /v1/conversations was sent more often than it was recorded: the answer "
        "on line 16 of the cassette was used already. Record it again."
    )


def test_an_empty_cassette() -> None:
    text = "GET /a?b=%C3%A9+c was not recorded: the cassette has no requests. Record"
    sent_now = request(path="/a", method="GET", query=[("b", "é c")])
    assert matcher().explain(sent_now) == f"{text} it again."


HOSTILE = ["\x1b[31m", "\u202e", "\ud83d", "a\nb", "\0", "x" * 5_000, "<script>"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_request_is_explained_on_printable_lines(text: str) -> None:
    hostile = request({"json": {text: [text]}}, f"/{text}", text, [(text, text)])
    found = matcher(hostile, sent(a=1), request({"text": text}))
    explained = "".join(
        [
            found.explain(sent(**{text: text})),
            found.explain(request({"text": text * 2}, f"/{text}", "GET")),
            matcher(sent(a=1)).explain(hostile),
            *found.unused(),
        ]
    )
    explained.encode()
    assert not {"\x1b", "\u202e", "\0"} & {*explained}
    assert "a\nb" not in explained
    assert len(explained) < 7_000


def large(text: str) -> Any:
    items = [{"role": "user", "content": f"{text} {index}"} for index in range(10_000)]
    return {"inputs": items, "model": "m"}


def test_an_explanation_among_large_bodies_takes_little_time() -> None:
    found = matcher(*(sent(**large(text)) for text in "abc"))
    other = sent(**large("d"))
    assert cpu_seconds(lambda: found.explain(other)) < 1
    assert len(found.explain(other)) < 2_000


def test_an_explanation_among_many_requests_takes_little_time() -> None:
    many = [sent(inputs=f"{index}", model="m", n=index % 2) for index in range(4_000)]
    found = matcher(*many)
    other = sent(inputs="3999", model="n", n=1)
    assert cpu_seconds(lambda: found.explain(other)) < 1
    assert f"{NEAREST} 8000" in found.explain(other)
