"""The calls on agents, built and checked before anything is sent."""

from typing import Any

import pytest

from mistral_conversations import UNSET, CompletionArgs, WebSearchTool
from mistral_conversations._wire import agent_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.json import decode_json
from tests.support.for_each import for_each

CREATED = ["instructions", "tools", "completion_args", "guardrails", "description"]
CREATED += ["handoffs", "metadata", "version_message"]
CREATE: dict[str, Any] = {"model": "m", "name": "n", **dict.fromkeys(CREATED)}
FIELDS = [*CREATE, "deployment_chat"]
LISTED = ["page", "page_size", "deployment_chat", "sources", "name", "search", "id"]
LISTED += ["metadata", "page_token"]


def body_of(call: Call) -> Any:
    assert call.body is not None
    return decode_json(call.body)


def create(**parameters: Any) -> Any:
    call = calls.create({**CREATE, **parameters})
    assert call == Call("POST", "/v1/agents", body=call.body)
    return body_of(call)


def update(**parameters: Any) -> Any:
    call = calls.update("a/b", {**dict.fromkeys(FIELDS, UNSET), **parameters})
    assert call == Call("PATCH", "/v1/agents/a%2Fb", body=call.body)
    return body_of(call)


def listed(**parameters: Any) -> Any:
    call = calls.list_page(routes.AGENT_PAGES, {**dict.fromkeys(LISTED), **parameters})
    assert call == Call("GET", "/v1/agents/pages", call.query)
    return call.query


def test_nothing_that_is_none_is_in_the_body_of_create() -> None:
    assert create() == {"model": "m", "name": "n"}
    empty: dict[str, Any] = {"tools": [], "metadata": {}, "instructions": ""}
    assert create(**empty) == {"model": "m", "name": "n", **empty}


@pytest.mark.parametrize("name", ["model", "name"])
def test_create_needs_a_model_and_a_name(name: str) -> None:
    for wrong in (None, 5, UNSET):
        with pytest.raises(TypeError, match=f"^{name} must be a str, not "):
            create(**{name: wrong})


def test_nothing_that_is_unset_is_in_the_body_of_update() -> None:
    assert update() == {}
    assert update(name="n") == {"name": "n"}
    assert update(deployment_chat=False) == {"deployment_chat": False}


NULLABLE = sorted(set(FIELDS) - {"tools", "completion_args"})


@for_each("name", NULLABLE)
def test_none_is_null_in_the_body_of_update(name: str) -> None:
    assert update(**{name: None}) == {name: None}


@pytest.mark.parametrize("name", ["tools", "completion_args"])
def test_what_cannot_be_null_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} cannot be null: pass an empty one"):
        update(**{name: None})


def test_what_cannot_be_null_can_be_empty() -> None:
    assert update(tools=[], completion_args={}) == {"tools": [], "completion_args": {}}
    assert update(completion_args=CompletionArgs()) == {"completion_args": {}}
    assert update(tools=(WebSearchTool(),)) == {"tools": [{"type": "web_search"}]}


@for_each(
    ("parameter", "value", "message"),
    [
        *[(name, 5, f"^{name} must be a str, not int") for name in (
            "model", "name", "instructions", "description", "version_message")],
        ("tools", "web_search", "^tools must be a list or tuple, not str"),
        ("tools", [5], r"^tools\[0\] must be a tool .*, not int"),
        ("completion_args", [], "^completion_args must be .*, not list"),
        ("guardrails", {}, "^guardrails must be a list or tuple, not dict"),
        ("handoffs", "ag_1", "^handoffs must be a list or tuple, not str"),
        ("handoffs", ["a", None], r"^handoffs\[1\] must be the id of an agent, not N"),
        ("metadata", [], "^metadata must be a mapping, not list"),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_refused_by_its_name(
    parameter: str, value: Any, message: str
) -> None:
    for build in (create, update):
        with pytest.raises(TypeError, match=message):
            build(**{parameter: value})


def test_deployment_chat_is_a_bool() -> None:
    with pytest.raises(TypeError, match=r"^deployment_chat must be a bool, not int"):
        update(deployment_chat=1)


def test_the_query_of_a_list() -> None:
    assert listed() == {}
    assert listed(
        page=0, page_size=1, deployment_chat=False, sources=("api", "new"),
        name="n", search="s", id="i", metadata={"a": 1}, page_token="t",
    ) == {
        "page": "0", "page_size": "1", "deployment_chat": "false",
        "sources": ["api", "new"], "name": "n", "search": "s", "id": "i",
        "metadata": '{"a":1}', "page_token": "t",
    }  # fmt: skip


@for_each(
    ("parameter", "value", "kind", "message"),
    [
        ("page", "0", TypeError, "^page must be an int, not str"),
        ("page", -1, ValueError, "^page must be 0 or more, not -1"),
        ("page_size", 0, ValueError, "^page_size must be 1 or more, not 0"),
        ("page_size", True, TypeError, "^page_size must be an int, not bool"),
        ("page_token", 5, TypeError, "^page_token must be a str, not int"),
        ("deployment_chat", "true", TypeError, "^deployment_chat must be a bool, not"),
        ("sources", "api", TypeError, "^sources must be a list or tuple, not str"),
        ("sources", [1], TypeError, r"^sources\[0\] must be a str, not int"),
        ("name", 5, TypeError, "^name must be a str, not int"),
        ("search", 5, TypeError, "^search must be a str, not int"),
        ("id", 5, TypeError, "^id must be a str, not int"),
        ("metadata", "{}", TypeError, "^metadata must be a mapping, not str"),
    ],
)
def test_a_list_of_other_parameters_is_refused(
    parameter: str, value: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        listed(**{parameter: value})


@for_each(
    ("version", "query"),
    [
        (None, {}),
        (0, {"agent_version": "0"}),
        (7, {"agent_version": "7"}),
        ("stable", {"agent_version": "stable"}),
    ],
)
def test_get_asks_for_a_version_or_an_alias(version: Any, query: Any) -> None:
    assert calls.get("ag_1", version) == Call("GET", "/v1/agents/ag_1", query)


@for_each("version", [1.5, True, ["1"], b"1"])
def test_a_version_is_a_number_or_an_alias(version: Any) -> None:
    with pytest.raises(TypeError, match=r"^agent_version must be an int or a str, not"):
        calls.get("ag_1", version)
    with pytest.raises(TypeError, match=r"^version must be an int or a str, not"):
        calls.get_version("ag_1", version)


@for_each(
    ("version", "segment"), [(0, "0"), (12, "12"), ("3", "3"), ("a/..", "a%2F..")]
)
def test_get_version_has_it_in_the_path(version: Any, segment: str) -> None:
    path = f"/v1/agents/ag_1/versions/{segment}"
    assert calls.get_version("ag_1", version) == Call("GET", path)


def test_calls_on_versions_and_aliases() -> None:
    version = "/v1/agents/ag_1/version"
    aliases = "/v1/agents/ag_1/aliases"
    assert [
        calls.update_version("ag_1", 0),
        calls.list_versions("ag_1", page=None, page_size=None),
        calls.list_versions("ag_1", page=1, page_size=5),
        calls.put_alias("ag_1", "stable", 0),
        calls.list_aliases("ag_1"),
        calls.delete_alias("ag_1", "a&b"),
        calls.delete("ag_1"),
    ] == [
        Call("PATCH", version, {"version": "0"}),
        Call("GET", f"{version}s", {}),
        Call("GET", f"{version}s", {"page": "1", "page_size": "5"}),
        Call("PUT", aliases, {"alias": "stable", "version": "0"}),
        Call("GET", aliases, {}),
        Call("DELETE", aliases, {"alias": "a&b"}),
        Call("DELETE", "/v1/agents/ag_1"),
    ]


@for_each("wrong", [None, "3", 1.0, True])
def test_a_version_to_switch_to_is_an_int(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^version must be an int, not "):
        calls.update_version("ag_1", wrong)
    with pytest.raises(TypeError, match=r"^version must be an int, not "):
        calls.put_alias("ag_1", "stable", wrong)


@for_each("wrong", [None, 3, b"stable"])
def test_an_alias_is_text(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^alias must be a str, not "):
        calls.put_alias("ag_1", wrong, 1)
    with pytest.raises(TypeError, match=r"^alias must be a str, not "):
        calls.delete_alias("ag_1", wrong)
