"""Parameters of calls: what is checked, what is sent for them."""

import re
from collections import UserDict, UserList
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, cast

import pytest
from hypothesis import given as given_by
from hypothesis import strategies as st

from mistral_conversations import (
    CompletionArgs,
    CustomConnector,
    GuardrailConfig,
    ModerationLLMV2Config,
    UnknownTool,
    WebSearchTool,
)
from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.parameters import (
    SETTINGS,
    Check,
    a_bool,
    a_count,
    a_mapping,
    a_text,
    a_version,
    an_int,
    each,
    given,
    one,
    or_null,
    to_body,
    to_json,
    to_query,
)
from tests.support.comparison import json_differences, thorough
from tests.support.for_each import for_each

CHECKS: Mapping[str, Check] = {
    **SETTINGS,
    "flag": a_bool,
    "count": a_count(1),
    "number": an_int,
    "version": a_version,
    "words": each("a str", str),
    "nothing": or_null(a_text),
}


def body(**parameters: Any) -> Any:
    return decode_json(to_body(parameters, CHECKS))


def query(**parameters: Any) -> dict[str, str | list[str]]:
    return to_query(parameters, CHECKS)


def test_what_is_none_is_left_out_and_what_is_false_is_not() -> None:
    falses: dict[str, Any] = {"a": False, "b": 0, "c": "", "d": [], "e": {}}
    assert given({**falses, "f": None}) == falses


@for_each(
    ("parameter", "value", "sent"),
    [
        ("tools", (WebSearchTool(),), [{"type": "web_search"}]),
        ("tools", UserList([{"type": "new"}]), [{"type": "new"}]),
        ("tools", [UnknownTool(type="new", raw={"type": "new"})], [{"type": "new"}]),
        ("tools", [UserDict({"type": "new"})], [{"type": "new"}]),
        ("tools", [], []),
        ("completion_args", CompletionArgs(stop="x", max_tokens=3),
            {"stop": "x", "max_tokens": 3}),
        ("completion_args", MappingProxyType({"stop": ("a",)}), {"stop": ["a"]}),
        ("completion_args", {"stop": None}, {"stop": None}),
        ("completion_args", CompletionArgs(), {}),
        ("guardrails", [GuardrailConfig(moderation_llm_v2=ModerationLLMV2Config())],
            [{"moderation_llm_v2": {}}]),
        ("metadata", {"a": {"b": [1, None, "é"]}}, {"a": {"b": [1, None, "é"]}}),
        ("metadata", {"at": datetime(2026, 7, 1, tzinfo=UTC)},
            {"at": "2026-07-01T00:00:00Z"}),
        ("flag", False, False),
        ("count", 1, 1),
        ("number", -5, -5),
        ("version", 0, 0),
        ("version", "stable", "stable"),
        ("words", ("a", "b"), ["a", "b"]),
        ("nothing", None, None),
        ("nothing", "a", "a"),
    ],
)  # fmt: skip
def test_a_parameter_in_the_body(parameter: str, value: Any, sent: Any) -> None:
    assert body(**{parameter: value}) == {parameter: sent}


metadata = st.dictionaries(
    st.text(),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


@thorough
@given_by(metadata)
def test_metadata_is_sent_as_it_is(value: dict[str, Any]) -> None:
    assert json_differences(value, body(metadata=value)["metadata"]) == []
    assert (
        json_differences(value, decode_json(str(query(metadata=value)["metadata"])))
        == []
    )


@for_each(
    ("parameter", "value", "sent"),
    [
        ("flag", True, "true"),
        ("flag", False, "false"),
        ("number", -5, "-5"),
        ("count", 1, "1"),
        ("version", 0, "0"),
        ("version", "stable", "stable"),
        ("name", "", ""),
        ("name", "a&b=ü", "a&b=ü"),
        ("words", ("a", "b"), ["a", "b"]),
        ("words", [], []),
        ("metadata", {"a": "é", "b": [1, None]}, '{"a":"é","b":[1,null]}'),
        ("metadata", {}, "{}"),
    ],
)
def test_a_parameter_in_the_query(parameter: str, value: Any, sent: Any) -> None:
    assert query(**{parameter: value}) == {parameter: sent}
    assert query(**{parameter: value, "model": None}) == {parameter: sent}


@for_each(
    ("parameter", "value", "message"),
    [
        ("name", 5, "^name must be a str, not int"),
        ("name", b"a", "^name must be a str, not bytes"),
        ("name", None, "^name must be a str, not NoneType"),
        ("flag", 1, "^flag must be a bool, not int"),
        ("flag", "true", "^flag must be a bool, not str"),
        ("count", True, "^count must be an int, not bool"),
        ("count", "1", "^count must be an int, not str"),
        ("number", 1.0, "^number must be an int, not float"),
        ("version", 1.5, "^version must be an int or a str, not float"),
        ("version", True, "^version must be an int or a str, not bool"),
        ("words", "ab", "^words must be a list or tuple, not str"),
        ("words", b"ab", "^words must be a list or tuple, not bytes"),
        ("words", {"a", "b"}, "^words must be a list or tuple, not set"),
        ("words", (w for w in "ab"), "^words must be a list or tuple, not generator"),
        ("words", ["a", None], r"^words\[1\] must be a str, not NoneType"),
        ("nothing", 5, "^nothing must be a str, not int"),
        ("tools", "web_search", "^tools must be a list or tuple, not str"),
        ("tools", {"type": "web_search"}, "^tools must be a list or tuple, not dict"),
        ("tools", WebSearchTool(), "^tools must be a list or tuple, not WebSearchTool"),
        ("tools", [WebSearchTool(), "x"], r"^tools\[1\] must be .*not str"),
        (
            "tools",
            [CustomConnector(connector_id="c", authorization=cast("Any", "v"))],
            r"^tools\[0\]\.authorization must be an APIKeyAuth, .* mapping, not str",
        ),
        ("completion_args", [], "^completion_args must be .*not list"),
        ("completion_args", {"stop": {1}}, r"^completion_args\.stop is of type set"),
        ("guardrails", [WebSearchTool()], r"^guardrails\[0\] must be .*WebSearchTool"),
        ("metadata", [("a", 1)], r"^metadata must be a mapping, not list"),
        ("metadata", {"a": [object()]}, r"^metadata\.a\[0\] is of type object"),
        ("metadata", {1: 2}, "^metadata has the key 1"),
        ("metadata", {(1, 2): 3}, r"^metadata has the key \(1, 2\): JSON keys must"),
    ],
)
def test_another_type_is_refused_by_the_parameters_name(
    parameter: str, value: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        body(**{parameter: value})
    if value is not None:
        with pytest.raises(TypeError, match=message):
            query(**{parameter: value})


LOOP: dict[str, Any] = {}
LOOP["again"] = LOOP
LIST: list[Any] = []
LIST.append(LIST)


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("count", 0, "^count must be 1 or more, not 0"),
        ("count", -(2**70), "^count must be 1 or more"),
        ("metadata", {"a": float("inf")}, r"^metadata\.a is inf"),
        ("metadata", {"a": 2**14_280}, r"^metadata\.a is an integer of more"),
        ("number", 2**14_280, "^number is an integer of more than 14,280 bits"),
        ("name", "\ud800", "^name cannot be sent as UTF-8"),
        ("words", ["\ud800"], r"^words\[0\] cannot be sent as UTF-8"),
        ("metadata", LOOP, "^metadata is nested too deeply"),
        ("metadata", {"a": LIST}, "^metadata is nested too deeply"),
        ("metadata", deep(5000), "^metadata is nested too deeply"),
        ("completion_args", LOOP, "^completion_args is nested too deeply"),
        ("tools", [LOOP], r"^tools\[0\] is nested too deeply"),
    ],
)
def test_what_json_cannot_hold_is_refused_by_its_place(
    parameter: str, value: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        body(**{parameter: value})
    with pytest.raises(ValueError, match=message):
        query(**{parameter: value})


def test_a_parameter_without_a_check_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="other"):
        to_json("other", 1, CHECKS)


def test_what_is_checked_is_not_changed() -> None:
    given_tools = [{"type": "new", "a": {"b": (1, 2)}}]
    to_body({"tools": given_tools}, CHECKS)
    assert given_tools == [{"type": "new", "a": {"b": (1, 2)}}]


@for_each("tools", [[print], ({"type": "web_search"}, print)])
def test_a_function_is_for_runs_only(tools: Any) -> None:
    place = re.escape(f"tools[{len(tools) - 1}]")
    with pytest.raises(TypeError, match=rf"^{place} is a function, .* only run\(\)"):
        to_json("tools", tools, SETTINGS)


def test_several_kinds_are_named_together() -> None:
    check = one("a mapping, or JSON text", str, Mapping)
    check("filters", {})
    check("filters", "{}")
    with pytest.raises(TypeError, match=r"^filters must be a mapping, or JSON text, n"):
        check("filters", [])
    a_mapping("metadata", MappingProxyType({}))
