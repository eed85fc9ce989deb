import copy
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations.server import cassettes
from mistral_conversations.server.cassettes.paths import Paths, Redaction
from tests.support.comparison import thorough
from tests.support.odd_json import nested, odd_values

VALUE = {"a": [{"b": 1, "c": "x"}, {"b": [2, 3]}, "text"], "d e": {"'": 1, "é": None}}

PATHS = [
    "$.a",
    "$.a[*]",
    "$.a[0,0,-1]",
    "$.a[0].b",
    "$..b",
    "$.*",
    "$..*",
    "$..[0]",
    "$..[::2]",
    "$.a[?@.b == 1]",
    "$['d e']['\\'']",
]


def paths(*texts: str) -> Paths:
    return Paths.of("ignore", texts)


@pytest.mark.parametrize(
    ("texts", "value", "left"),
    [
        ([], {"a": 1}, {"a": 1}),
        (["$.a"], {"a": 1, "b": 2}, {"b": 2}),
        (["$.a", "$.c", "$.b.a", "$[0]"], {"a": 1, "b": 2}, {"b": 2}),
        (["$['a', 'b']"], {"a": 1, "b": 2, "c": None}, {"c": None}),
        (["$[0]", "$[2]", "$[2]", "$[-2]", "$[9]", "$[-9]"], [*range(5)], [1, 4]),
        (["$[1:4:2]"], [*range(5)], [0, 2, 4]),
        (["$[*]"], [1, 2], []),
        (["$.*"], {"a": 1}, {}),
        (["$[?@.at > 1]"], [{"at": 1}, {"at": 2}, {}], [{"at": 1}, {}]),
        (["$..id", "$..b"], {"id": 1, "b": {"id": 2}, "a": [{"id": 3}]}, {"a": [{}]}),
        (["$.a.b", "$.a"], {"a": {"b": {"c": 1}}}, {}),
        (["$['\\'', '\\u00e9', '\\ud83d\\ude00']"], {"'": 1, "é": 2, "😀": 3}, {}),
        (["$"], {"a": 1}, None),
        (["$.a", "$"], "text", None),
    ],
)  # fmt: skip
def test_places_are_left_out(texts: list[str], value: Any, left: Any) -> None:
    assert paths(*texts).without(value) == left


@pytest.mark.parametrize("path", ["$[0]", "$..[0:1]", "$[0:1][0:1]", "$.a", "$..*"])
@pytest.mark.parametrize("value", ["[1]", '{"a": 1}', "text", 1, None, True, 0.5])
def test_a_value_that_is_no_container_has_no_places_inside(
    path: str, value: Any
) -> None:
    assert paths(path).without(value) == value
    assert paths(path).masked([value, {"b": value}]) in (
        [value, {"b": value}],
        ["***", {"b": value}],
        ["***", "***"],
    )
    assert paths(path).only(value) == {path: []}


def test_places_are_masked() -> None:
    masked = paths("$.a[1].b", "$..c", "$.a[1]", "$['d e'].é").masked(VALUE)
    assert masked == {
        "a": [{"b": 1, "c": "***"}, "***", "text"],
        "d e": {"'": 1, "é": "***"},
    }
    assert paths("$").masked(VALUE) == "***"
    assert paths("$").masked("text") == "***"
    assert paths("$.none").masked(VALUE) == VALUE


def test_the_values_of_a_path_come_in_one_order_whatever_the_order_of_keys() -> None:
    one = {"b": {"t": 1}, "a": [{"t": 2}, {"t": 3}], "t": None}
    other = {"t": None, "a": [{"t": 2}, {"t": 3}], "b": {"t": 1}}
    only = paths("$..t", "$.a[-1]", "$['t','t']", "$").only
    assert only(one) == only(other)
    assert only(one) == {
        "$..t": [2, 3, 1, None],
        "$.a[-1]": [{"t": 3}],
        "$['t','t']": [None],
        "$": [one],
    }


@thorough
@given(odd_values, st.lists(st.sampled_from(PATHS), max_size=3))
def test_no_method_changes_its_value(value: Any, texts: list[str]) -> None:
    before = copy.deepcopy(value)
    found = paths(*texts)
    found.without(value), found.only(value)
    masked = found.masked(value)
    assert repr(value) == repr(before)
    assert repr(found.masked(masked)) == repr(masked)


@pytest.mark.parametrize("path", ["$.a", "$..a", "$..a..b", "$..*"])
def test_a_value_may_be_as_deep_as_json_may(path: str) -> None:
    value = nested(200)
    found = paths(path)
    found.without(value), found.masked(value), found.only(value)


def test_a_value_deeper_than_python_may_call_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"nested too deeply for the path .*\.\.a"):
        paths("$[?@..a]").masked(nested(100_000))


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("$.a", TypeError, r'not a str: write ignore=\["\$.a"\]'),
        (b"$.a", TypeError, "a sequence of JSON paths, not an object of type bytes"),
        ({"$.a": 1}, TypeError, "not an object of type dict"),
        (iter(["$.a"]), TypeError, "not an object of type list_iterator"),
        (1, TypeError, "not an object of type int"),
        (["$.a", None], TypeError, r"ignore\[1\] must be a JSON path, a str, not"),
        (["$.a", "inputs"], ValueError, r'ignore\[1\] .* "inputs" does not begin'),
        ([""], ValueError, r'ignore\[0\] .* "" does not begin with \$'),
        (["$."], ValueError, r'unexpected end of expression at character 2 of "\$."'),
        (["$.a ", "$.b"], ValueError, r"unexpected trailing whitespace at character 4"),
        (["$.a[?@.b ="], ValueError, "at character 9 of"),
        (["$['\ud83d"], ValueError, r"at character 3 of \"\$\['\\ud83d\""),
        (["$[" + "9" * 5000 + "]"], ValueError, "a number is out of range, in .*…$"),
        (["$[99999999999999999999]"], ValueError, "index out of range at character 2"),
        (["$[?@.a == 1e99999]"], ValueError, "a number is out of range"),
        (["$.a|$.b"], ValueError, "unexpected token '|' at character 3"),
        (["$[?size(@)]"], ValueError, "function 'size' is not defined at character 3"),
        (["$[?count(@.a) == 'x' && @.b ==]"], ValueError, r"is not a JSON path"),
        (["$" + "[?(" * 9000], ValueError, "is not a JSON path"),
        (["$" + "[?!(@.a" + "[?!(@.a" * 900], ValueError, "is not a JSON path"),
    ],
)  # fmt: skip
def test_anything_else_is_rejected(
    value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        Paths.of("ignore", value)
    assert "TOKEN" not in str(caught.value)
    assert len(str(caught.value)) < 300
    str(caught.value).encode()


TOKENS = [*"$.[]'\"?@()*,:-01a!<=~\\é\ud83d", "..", "[?", "match("]


@thorough
@given(st.lists(st.sampled_from(TOKENS)))
def test_any_text_is_a_path_or_a_value_error(tokens: list[str]) -> None:
    with suppress(ValueError):
        Paths.of("match", ["".join(["$", *tokens])]).masked(VALUE)


def test_without_the_library_only_paths_are_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"{cassettes.__name__}.json_path"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(cassettes, "json_path", raising=False)
    monkeypatch.setitem(sys.modules, "jsonpath_rfc9535", None)
    message = r"redact needs .* pip install 'mistral-conversations\[cassettes\]'"
    with pytest.raises(ModuleNotFoundError, match=message):
        Redaction.of(["$.a"])
    assert Paths.of("ignore", []).without(VALUE) == VALUE
    assert Paths.of("ignore", None).only(VALUE) == {}
    assert Redaction.of(None).apply(VALUE) == VALUE
    assert Redaction.of(lambda value: value).apply(VALUE) == VALUE


def without_b(value: Any) -> Any:
    value["a"][0].pop("b")
    return value


def test_a_redaction_is_none_or_paths_or_a_function() -> None:
    assert Redaction.of(None).apply(VALUE) is VALUE
    assert Redaction.of(["$..b"]).apply(VALUE)["a"][1] == {"b": "***"}
    before = copy.deepcopy(VALUE)
    assert Redaction.of(without_b).apply(VALUE)["a"][0] == {"c": "x"}
    assert before == VALUE


def test_paths_leave_a_text_as_it_is() -> None:
    assert Redaction.of(["$.a", "$..[0:1]"]).apply('{"a": 1}') == '{"a": 1}'


def test_a_redaction_is_true_if_it_changes_anything() -> None:
    assert Redaction.of(["$.a"])
    assert Redaction.of(without_b)
    assert not Redaction.of([])
    assert not Redaction.of(None)


def test_what_a_function_returns_becomes_plain_json() -> None:
    class Name(str):
        __slots__ = ()

    result = Redaction.of(lambda _: {"a": (Name("x"), 10**30, "\ud83d")}).apply({})
    assert result == {"a": ["x", 10**30, "\ud83d"]}
    assert type(result["a"][0]) is str


async def later(value: Any) -> Any:
    return value


def generated(value: Any) -> Iterator[Any]:
    yield value


async def generated_later(value: Any) -> AsyncIterator[Any]:
    yield value


class Later:
    async def __call__(self, value: Any) -> Any:
        return value


@pytest.mark.parametrize(
    "redact",
    [later, partial(later), Later(), generated, generated_later, dict, Later],
)
def test_a_function_must_be_plain(redact: Any) -> None:
    with pytest.raises(
        TypeError, match="redact must be JSON paths or a plain function"
    ):
        Redaction.of(redact)


@pytest.mark.parametrize("redact", ["$.a", 1, {}, b"$", [1], {"$.a"}])
def test_anything_but_paths_or_a_function_is_rejected(redact: Any) -> None:
    with pytest.raises(TypeError, match="redact"):
        Redaction.of(redact)


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        (lambda _: None, {"a": 1}, "redact returned None"),
        (lambda value: value.clear(), {"a": 1}, "redact returned None"),
        (lambda _: {"a": {1}}, {}, r"what redact returned.a is of type set"),
        (lambda _: {1: 2}, {}, r"what redact returned has the key 1"),
        (lambda _: 1, "text", "redact must return a str for a str"),
        (lambda _: float("nan"), {}, "what redact returned is nan"),
    ],
)
def test_a_function_must_return_json(
    function: Callable[[Any], Any], value: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        Redaction.of(function).apply(value)


def test_a_function_may_return_null_for_null() -> None:
    assert Redaction.of(lambda value: value).apply(None) is None


def test_a_function_sees_null_for_numbers_that_json_cannot_represent() -> None:
    value = {"a": [float("nan"), float("-inf"), 1e308]}
    assert Redaction.of(lambda value: value).apply(value) == {"a": [None, None, 1e308]}
