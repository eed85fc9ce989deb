"""Requests about agents that are not as the description asks for."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.for_each import for_each
from tests.support.local.agent_caller import AGENTS, AgentCaller
from tests.support.local.answer_forms import problems, quiet
from tests.support.local.http_caller import Reply

__all__ = ["quiet"]

pytestmark = pytest.mark.usefixtures("quiet")

WHOLE = {"model": "mistral-small-latest", "name": "desk"}


def _found(reply: Reply) -> set[tuple[Any, ...]]:
    return {(problem["type"], *problem["loc"]) for problem in problems(reply)}


WRONG: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({"instructions": 7}, ("string_type", "instructions")),
    ({"description": []}, ("string_type", "description")),
    ({"tools": None}, ("list_type", "tools")),
    ({"tools": [{}]}, ("union_tag_not_found", "tools", 0)),
    ({"tools": [{"type": "hammer"}]}, ("union_tag_invalid", "tools", 0)),
    (
        {"tools": [{"type": "document_library", "library_ids": []}]},
        ("too_short", "tools", 0, "document_library", "library_ids"),
    ),
    (
        {"tools": [{"type": "web_search"}, {"type": "web_search_premium"}]},
        ("value_error", "tools"),
    ),
    ({"completion_args": None}, ("model_attributes_type", "completion_args")),
    (
        {"completion_args": {"temperature": 2}},
        ("less_than_equal", "completion_args", "temperature"),
    ),
    (
        {"completion_args": {"heat": 1}},
        ("extra_forbidden", "completion_args", "heat"),
    ),
    ({"guardrails": {}}, ("list_type", "guardrails")),
    ({"handoffs": []}, ("too_short", "handoffs")),
    ({"handoffs": [None]}, ("string_type", "handoffs", 0)),
    ({"metadata": []}, ("dict_type", "metadata")),
    ({"version_message": 5}, ("string_type", "version_message")),
    ({"version_message": "m" * 501}, ("string_too_long", "version_message")),
    ({"source": "playground"}, ("extra_forbidden", "source")),
]


@pytest.mark.parametrize(("settings", "found"), WRONG)
def test_wrong_setting_is_refused(
    caller: AgentCaller, settings: dict[str, Any], found: tuple[Any, ...]
) -> None:
    kind, *place = found
    expected = {(kind, "body", *place)}
    assert _found(caller.post(AGENTS, {**WHOLE, **settings})) == expected
    assert caller.listed() == []
    agent_id = caller.made()
    reply = caller.send("PATCH", f"{AGENTS}/{agent_id}", settings)
    assert _found(reply) == expected
    assert caller.ask("GET", agent_id).json["versions"] == [0]


def test_agent_needs_a_model_and_a_name(caller: AgentCaller) -> None:
    missing = {("missing", "body", "model"), ("missing", "body", "name")}
    assert _found(caller.post(AGENTS, {})) == missing
    nulls = caller.post(AGENTS, {"model": None, "name": None})
    assert _found(nulls) == {
        ("string_type", "body", "model"),
        ("string_type", "body", "name"),
    }


def test_only_an_update_takes_deployment_chat(caller: AgentCaller) -> None:
    body = {**WHOLE, "deployment_chat": True}
    extra = {("extra_forbidden", "body", "deployment_chat")}
    assert _found(caller.post(AGENTS, body)) == extra
    agent_id = caller.made()
    assert caller.update(agent_id, deployment_chat=True)["deployment_chat"] is True
    reply = caller.send("PATCH", f"{AGENTS}/{agent_id}", {"deployment_chat": 1})
    assert _found(reply) == {("bool_type", "body", "deployment_chat")}


def test_longest_message_of_a_version_is_taken(caller: AgentCaller) -> None:
    agent = caller.create(version_message="m" * 500)
    assert agent["version_message"] == "m" * 500


@for_each("body", [None, b"", b"{", [], "text", 5])
def test_body_that_is_no_object_is_refused(caller: AgentCaller, body: object) -> None:
    for method, path in (("POST", AGENTS), ("PATCH", f"{AGENTS}/{caller.made()}")):
        problems(caller.send(method, path, body))


QUERIES: list[tuple[str, str, str]] = [
    *[("page", value, "int_type") for value in ("", "x", "1.5", " 1", "1e3", "null")],
    ("page", "-1", "greater_than_equal"),
    *[("page_size", value, "int_type") for value in ("", "x", "true")],
    ("page_size", "0", "greater_than_equal"),
    ("page_size", "1001", "less_than_equal"),
    *[("deployment_chat", value, "bool_type") for value in ("", "x", "2", "null")],
    *[("metadata", value, "dict_type") for value in ("", "x", "[]", "3", "{")],
    *[("sources", value, "literal_error") for value in ("", "web", "API")],
]


@for_each(("name", "value", "kind"), QUERIES)
def test_wrong_query_of_a_list_is_refused(
    caller: AgentCaller, name: str, value: str, kind: str
) -> None:
    paths = [AGENTS, f"{AGENTS}/pages"] if name != "page" else [AGENTS]
    for path in paths:
        [problem] = problems(caller.get(f"{path}?{name}={quote(value)}"))
        assert problem["type"] == kind
        assert problem["loc"][:2] == ["query", name]


def test_each_of_several_sources_is_checked(caller: AgentCaller) -> None:
    reply = caller.get(f"{AGENTS}?sources=api&sources=a&sources=b")
    assert _found(reply) == {
        ("literal_error", "query", "sources", 1),
        ("literal_error", "query", "sources", 2),
    }


@for_each(
    ("rest", "found"),
    [
        ("?page_size=101", ("less_than_equal", "page_size")),
        ("?page_size=0", ("greater_than_equal", "page_size")),
        ("?page=x", ("int_type", "page")),
        ("?page=-1", ("greater_than_equal", "page")),
    ],
)
def test_wrong_query_of_versions_is_refused(
    caller: AgentCaller, rest: str, found: tuple[str, str]
) -> None:
    kind, name = found
    reply = caller.ask("GET", caller.made(), f"/versions{rest}")
    assert _found(reply) == {(kind, "query", name)}


def test_switch_needs_the_number_of_a_version(caller: AgentCaller) -> None:
    agent_id = caller.made()
    missing = caller.ask("PATCH", agent_id, "/version")
    assert _found(missing) == {("missing", "query", "version")}
    for version in ("", "prod", "0.0"):
        reply = caller.ask("PATCH", agent_id, "/version", version=version)
        assert _found(reply) == {("int_type", "query", "version")}


ALIASES: list[tuple[str, str]] = [
    ("", "string_too_short"),
    ("a" * 65, "string_too_long"),
    *[(alias, "string_pattern_mismatch") for alias in ("A", "1", "-a", "a-", "a_")],
    *[(alias, "string_pattern_mismatch") for alias in ("a b", "a\n", "é", "aé", "0")],
]


@for_each(("alias", "kind"), ALIASES)
def test_wrong_alias_is_refused(caller: AgentCaller, alias: str, kind: str) -> None:
    agent_id = caller.made()
    put = caller.ask("PUT", agent_id, "/aliases", alias=alias, version=0)
    deleted = caller.ask("DELETE", agent_id, "/aliases", alias=alias)
    assert _found(put) == _found(deleted) == {(kind, "query", "alias")}


@pytest.mark.parametrize("alias", ["a", "a" * 64, "a1", "a-1", "prod_2-x", "a--b"])
def test_alias_of_the_pattern_is_taken(caller: AgentCaller, alias: str) -> None:
    agent_id = caller.made()
    put = caller.ask("PUT", agent_id, "/aliases", alias=alias, version=0)
    assert (put.status, put.json["alias"]) == (200, alias)
    assert caller.ask("GET", agent_id, f"/versions/{alias}").json["version"] == 0


def test_alias_needs_all_its_parameters(caller: AgentCaller) -> None:
    agent_id = caller.made()
    assert _found(caller.ask("PUT", agent_id, "/aliases")) == {
        ("missing", "query", "alias"),
        ("missing", "query", "version"),
    }
    assert _found(caller.ask("DELETE", agent_id, "/aliases")) == {
        ("missing", "query", "alias")
    }


def test_body_is_checked_before_the_agent_is_found(caller: AgentCaller) -> None:
    problems(caller.ask("PATCH", "ag_unknown", "/version"))
    problems(caller.send("PATCH", f"{AGENTS}/ag_unknown", {"name": 5}))


@for_each(
    ("method", "rest"),
    [
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/pages"),
        ("PUT", "/ag_1"),
        ("GET", "/ag_1/version"),
        ("POST", "/ag_1/versions"),
        ("DELETE", "/ag_1/versions/0"),
        ("POST", "/ag_1/aliases"),
    ],
)
def test_wrong_method_is_refused(caller: AgentCaller, method: str, rest: str) -> None:
    reply = caller.send(method, f"{AGENTS}{rest}")
    if (method, rest) == ("POST", "/pages"):
        assert reply.status in {404, 405}
    assert (reply.status, reply.json) == (405, {"detail": "Method Not Allowed"})


def test_key_is_asked_for(caller: AgentCaller) -> None:
    reply = caller.send("GET", AGENTS, headers={"Authorization": ""})
    assert reply.status == 401
