"""`function_tool`: functions as tools, their schemas, and validated calls."""

import abc
import asyncio
import functools
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typing_extensions import TypeAliasType

from mistral_conversations import ArgumentsError, to_dict
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.functions.function_tool import function_tool
from mistral_conversations.runs.functions.python_function import PythonFunction
from tests.runs import postponed
from tests.support.comparison import thorough
from tests.support.for_each import for_each

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONTEXT: RunContext[str] = RunContext(
    context="mine", conversation_id="conv_1", turn=1, tool_call_id="1", stop=print
)

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


@attrs.define
class Place:
    """A place."""

    city: str
    near: "list[Place]" = attrs.field(factory=list)


def weather(
    city: str, unit: Literal["c", "f"] = "c", *, days: Annotated[int, "how many"] = 3
) -> str:
    """Return the weather.

    Args:
        city: the city.
        days: the days.
    """
    return f"{days} days in {city} in {unit}"


async def slow(city: str) -> str:
    """Return the weather later."""
    await asyncio.sleep(0)
    return city


def called(tool: Any, arguments: Any) -> Any:
    """Validate the arguments and call, as a run does."""
    function = function_tool(tool)
    result = function.call(function.validated(arguments), CONTEXT)
    if function.is_async:
        assert inspect.iscoroutine(result)
        return asyncio.run(result)
    return result


def properties(tool: Any) -> dict[str, Any]:
    schema = dict(function_tool(tool).declaration.function.parameters)
    Draft202012Validator.check_schema(schema)
    found: dict[str, Any] = schema["properties"]
    return found


def test_a_function_is_declared() -> None:
    assert to_dict(function_tool(weather).declaration) == {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Return the weather.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {**STRING, "description": "the city."},
                    "unit": {**STRING, "enum": ["c", "f"], "default": "c"},
                    "days": {**INTEGER, "description": "how many", "default": 3},
                },
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }


def test_overrides_replace_what_the_function_says() -> None:
    tool = function_tool(
        weather,
        name="get-weather",
        description="Weather!",
        strict=True,
        sequential=True,
        timeout=5,
        requires_approval=True,
        on_error="raise",
        max_failures=1,
    )
    function = tool.declaration.function
    assert (function.name, function.description) == ("get-weather", "Weather!")
    assert function.strict is True
    assert (tool.name, tool.description) == ("get-weather", "Weather!")
    assert (tool.sequential, tool.timeout, tool.requires_approval) == (True, 5, True)
    assert (tool.on_error, tool.max_failures) == ("raise", 1)


def test_without_overrides_the_options_of_the_run_count() -> None:
    tool = function_tool(weather)
    assert (tool.sequential, tool.timeout, tool.requires_approval) == (
        False,
        None,
        False,
    )
    assert (tool.on_error, tool.max_failures) == (None, None)


def test_a_tool_is_made_again_with_further_overrides() -> None:
    tool = function_tool(weather, name="first", timeout=5)
    again = function_tool(tool, name="second")
    assert (again.name, again.timeout) == ("second", 5)
    assert tool.name == "first"


def test_a_decorated_function_stays_a_function() -> None:
    @function_tool
    def double(number: int) -> int:
        """Double a number."""
        return 2 * number

    @function_tool(name="twice")
    def triple(number: int) -> int:
        return 3 * number

    assert isinstance(double, PythonFunction)
    assert (double(2), triple(2)) == (4, 6)
    assert (double.name, triple.name) == ("double", "twice")
    assert double.__name__ == "double"
    assert double.__doc__ == "Double a number."
    assert str(inspect.signature(double)) == "(number: int) -> int"
    assert repr(double) == "<PythonFunction 'double'>"


class Shop:
    """Sell things."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    @function_tool(timeout=5)
    def price(self, number: int) -> int:
        return self.factor * number

    @function_tool
    async def later(self, number: int) -> int:
        return self.factor * number

    def plain(self, number: int) -> int:
        return self.factor * number

    async def plain_later(self, number: int) -> int:
        return self.factor * number

    @classmethod
    @function_tool
    def of_class(cls, number: int) -> str:
        return f"{cls.__name__} {number}"

    @function_tool
    @classmethod
    def tool_of_class(cls, number: int) -> str:
        return f"{cls.__name__} {number}"

    def add(self, first: int, number: int) -> int:
        return first + number

    bound_once = functools.partialmethod(add, 5)

    @staticmethod
    @function_tool
    def static(number: int) -> int:
        return number

    @function_tool
    @staticmethod
    def tool_of_static(number: int) -> int:
        return number

    def __call__(self, number: int) -> int:
        """Multiply."""
        return self.factor * number


class Async:
    async def __call__(self, number: int) -> int:
        return number


def returns_awaitable(number: int) -> Awaitable[int]:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    future.set_result(number)
    return future


class Special(Shop):
    def plain(self, number: int) -> int:
        return -number


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) + 1

    return wrapper


@decorated
def add_one(number: int) -> int:
    return number


def add(first: int, number: int, *, third: int = 0) -> int:
    return first + number + third


async def add_later(first: int, number: int) -> int:
    return first + number


SHOP = Shop(3)


@for_each(
    "tool,name,result",
    [
        (SHOP.price, "price", 6),
        (SHOP.later, "later", 6),
        (SHOP.plain, "plain", 6),
        (Special(3).plain, "plain", -2),
        (Special(3).later, "later", 6),
        (SHOP.plain_later, "plain_later", 6),
        (SHOP.of_class, "of_class", "Shop 2"),
        (Shop.of_class, "of_class", "Shop 2"),
        (SHOP.tool_of_class, "tool_of_class", "Shop 2"),
        (Shop.tool_of_class, "tool_of_class", "Shop 2"),
        (SHOP.static, "static", 2),
        (Shop.static, "static", 2),
        (SHOP.tool_of_static, "tool_of_static", 2),
        (Shop.tool_of_static, "tool_of_static", 2),
        (SHOP, "Shop", 6),
        (Async(), "Async", 2),
        (add_one, "add_one", 3),
        (functools.partial(add, 5), "add", 7),
        (functools.partial(add, first=5, third=1), "add", 8),
        (functools.partial(functools.partial(add, 5), third=1), "add", 8),
        (functools.partial(add_later, 5), "add_later", 7),
        (functools.partial(function_tool(add), 5), "add", 7),
        (functools.partial(function_tool(add_later), 5), "add_later", 7),
        (functools.partial(SHOP.later), "later", 6),
        (functools.lru_cache(add_one), "add_one", 3),
        (SHOP.bound_once, "add", 7),
        (function_tool(SHOP.price), "price", 6),
    ],
)
def test_every_kind_of_callable_is_a_tool(tool: Any, name: str, result: Any) -> None:
    function = function_tool(tool)
    assert function.name == name
    if name != "add":
        assert list(properties(tool)) == ["number"]
    assert called(tool, {"number": 2}) == result


def test_a_method_called_directly_has_its_object() -> None:
    assert SHOP.price(2) == 6
    assert SHOP.price.timeout == 5
    assert Shop.tool_of_static(2) == 2
    assert functools.partial(SHOP.price)(2) == 6


@attrs.define
class Counter:
    start: int

    @function_tool
    def count(self, number: int) -> int:
        return self.start + number


@attrs.define
class Doubled(Counter):
    @function_tool
    def count(self, number: int) -> int:
        return 2 * super().count(number)


def test_a_method_of_a_class_with_slots_finds_its_parent() -> None:
    assert called(Doubled(1).count, {"number": 2}) == 6


class Pricing(abc.ABC):
    @function_tool
    @abc.abstractmethod
    def price(self, item: str) -> int: ...

    @function_tool
    @functools.cache  # noqa: B019
    def looked_up(self, item: str) -> str:
        return item * 2


class FixedPricing(Pricing):
    @function_tool
    def price(self, item: str) -> int:
        return len(item)


def test_a_tool_may_be_abstract_or_cached() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Pricing()  # type: ignore[abstract]
    assert called(FixedPricing().price, {"item": "ab"}) == 2
    assert called(FixedPricing().looked_up, {"item": "ab"}) == "abab"
    with pytest.raises(TypeError, match="looked_up is a method"):
        Pricing.looked_up.check_bound()


def test_an_argument_that_partial_has_bound_is_hidden() -> None:
    assert list(properties(functools.partial(add, first=5))) == ["number", "third"]
    assert list(properties(functools.partial(add, 1, third=5))) == ["number"]
    with pytest.raises(ArgumentsError, match="there is no parameter 'first'"):
        called(functools.partial(add, first=5), {"number": 1, "first": 2})


def test_a_partial_of_a_tool_keeps_its_overrides() -> None:
    tool = function_tool(functools.partial(function_tool(add, timeout=5), 1))
    assert tool.timeout == 5


def test_a_plain_function_may_return_an_awaitable() -> None:
    async def await_it() -> Any:
        tool = function_tool(returns_awaitable)
        assert not tool.is_async
        return await tool.call({"number": 5}, CONTEXT)

    assert asyncio.run(await_it()) == 5


@for_each(
    "tool",
    [Shop.price, Shop.plain, function_tool(Shop.price), function_tool(Shop.plain)],
)
def test_a_method_without_its_object_is_an_error(tool: Any) -> None:
    function = function_tool(tool)
    remedy = r"is a method: pass the method of an object, such as tools=\[thing\.p"
    with pytest.raises(TypeError, match=remedy):
        function.declaration  # noqa: B018
    with pytest.raises(TypeError, match=remedy):
        Toolset.of([tool])
    with pytest.raises(TypeError, match=remedy):
        function.validated("{}")
    with pytest.raises(TypeError, match=remedy):
        function.call({}, CONTEXT)


def no_annotation(city) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    pass


def unknown_type(city: object) -> None:
    pass


def many(*cities: str) -> None:
    pass


def any_name(**cities: str) -> None:
    pass


def generator(city: str) -> Iterator[str]:
    yield city


async def async_generator(city: str) -> "AsyncIterator[str]":
    yield city


class Generates:
    def __call__(self, city: str) -> Iterator[str]:
        yield city


def twice(one: RunContext[Any], other: RunContext[Any]) -> None:
    pass


def context_or_text(context: RunContext[Any] | str) -> None:
    pass


def contexts(*contexts: RunContext[Any]) -> None:
    pass


class OwnContext(RunContext[Any]):
    pass


def own_context(context: OwnContext) -> None:
    pass


async def coroutine() -> None:
    pass


def école() -> None:  # noqa: PLC2401
    pass


OTHER: Any = {"town": "Rome"}


class Undefined:
    """What `type Undefined = Missing` makes, in Python 3.12."""

    @property
    def __value__(self) -> Any:
        raise NameError("name 'Missing' is not defined")


def takes_undefined(city: list[Undefined()]) -> None:  # type: ignore[valid-type]
    pass


def local_class() -> Callable[..., Any]:
    class Local:
        pass

    def function(local: "Local") -> None:
        pass

    return function


@for_each(
    "tool,kind,problem",
    [
        (5, TypeError, "takes a function, not int"),
        ([weather], TypeError, "takes a function, not list"),
        (Place, TypeError, "Place is a class: pass a function that returns"),
        (lambda city: city, ValueError, "pass function_tool(..., name=...)"),
        (école, ValueError, "'école' cannot be the name of a function"),
        (
            no_annotation,
            TypeError,
            "the parameter 'city' of no_annotation() has no annotation: annotate it",
        ),
        (unknown_type, TypeError, "'city' of unknown_type() is annotated object"),
        (many, TypeError, "many() takes *cities, which cannot be described"),
        (any_name, TypeError, "any_name() takes **cities"),
        (generator, TypeError, "generator() is a generator: pass a function"),
        (async_generator, TypeError, "async_generator() is a generator"),
        (Generates(), TypeError, "Generates() is a generator"),
        (functools.partial(generator), TypeError, "generator() is a generator"),
        (twice, TypeError, "twice() takes RunContext twice, as 'one' and 'other'"),
        (
            context_or_text,
            TypeError,
            "'context' of context_or_text() must be annotated",
        ),
        (contexts, TypeError, "'contexts' of contexts() must be annotated RunContext"),
        (own_context, TypeError, "'context' of own_context() must be annotated"),
        (
            takes_undefined,
            TypeError,
            "cannot be resolved (name 'Missing' is not defined",
        ),
        (local_class(), TypeError, "annotated 'Local', which cannot be resolved"),
        (postponed.unresolved, TypeError, "'Missing', which cannot be resolved"),
        (print, TypeError, "print() takes *"),
        (len, TypeError, "the parameter 'obj' of len() has no annotation"),
        (getattr, TypeError, "getattr() has no signature"),
        (functools.partial(weather, **OTHER), TypeError, "has incorrect arguments"),
    ],
)
def test_what_cannot_be_a_tool_is_an_error(
    tool: Any, kind: type[Exception], problem: str
) -> None:
    with pytest.raises(kind) as caught:
        function_tool(tool)
    assert problem in str(caught.value)


def test_the_result_of_a_function_is_no_tool() -> None:
    result = coroutine()
    with pytest.raises(TypeError, match="pass it without calling it"):
        function_tool(result)  # type: ignore[call-overload]
    result.close()


def field_as_default(number: int = pydantic.Field(default=5)) -> None:
    pass


def test_a_field_of_pydantic_as_a_default_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"annotate it Annotated\[\.\.\., Field"):
        function_tool(field_as_default)


def test_a_strict_schema_has_no_further_keys_in_any_object() -> None:
    def visit(place: Place) -> None:
        pass

    strict = function_tool(visit, strict=True).declaration.function.parameters
    assert strict["properties"]["place"]["additionalProperties"] is False
    assert strict["$defs"]["Place"]["additionalProperties"] is False
    lax = function_tool(visit).declaration.function.parameters
    assert "additionalProperties" not in lax["properties"]["place"]


def test_arguments_of_another_type_are_an_error() -> None:
    with pytest.raises(TypeError, match="JSON text or a mapping, not list"):
        function_tool(weather).validated([])  # type: ignore[arg-type]


@for_each(
    "overrides,kind,problem",
    [
        ({"name": ""}, ValueError, "'' cannot be the name"),
        ({"name": "a b"}, ValueError, "'a b' cannot be the name"),
        ({"name": "a" * 65}, ValueError, "1 to 64"),
        ({"name": "a\n"}, ValueError, "cannot be the name"),
        ({"name": 5}, TypeError, "name must be a str, not int"),
        ({"description": 5}, TypeError, "description must be a str, not int"),
        ({"strict": 1}, TypeError, "strict must be a bool, not int"),
        ({"sequential": None}, TypeError, "sequential must be a bool"),
        ({"timeout": 0}, ValueError, "timeout must be more than 0 seconds"),
        ({"timeout": "5"}, TypeError, "timeout must be seconds or None, not str"),
        ({"requires_approval": "yes"}, TypeError, "a bool or a function, not str"),
        ({"on_error": "ignore"}, ValueError, 'on_error must be "tell", "raise"'),
        ({"max_failures": 0}, ValueError, "max_failures must be 1 or more"),
        ({"parameters": "{}"}, TypeError, "parameters must be a JSON Schema, a dict"),
        ({"parameters": {}}, ValueError, "a JSON Schema of an object"),
        (
            {"parameters": {"type": "object", "properties": None}},
            ValueError,
            'a dict as "properties"',
        ),
        ({"parameters": {"type": "object", "x": {1}}}, TypeError, "parameters.x"),
        (
            {"parameters": {"type": "object", "properties": {"town": {}}}},
            ValueError,
            "parameters has the property 'town', which weather() does not take",
        ),
        ({"retries": 5}, TypeError, "function_tool() got an unexpected keyword"),
    ],
)
def test_an_override_is_checked(
    overrides: dict[str, Any], kind: type[Exception], problem: str
) -> None:
    with pytest.raises(kind) as caught:
        function_tool(weather, **overrides)
    assert problem in str(caught.value)


GIVEN = {"type": "object", "properties": {"city": {"minLength": 1}}, "required": []}


def test_a_given_schema_replaces_the_annotations() -> None:
    tool = function_tool(weather, parameters=GIVEN)
    assert tool.declaration.function.parameters == GIVEN
    assert tool.validated('{"city": 5}') == {"city": 5}
    assert tool.call({"city": 5}, CONTEXT) == "3 days in 5 in c"
    with pytest.raises(ArgumentsError, match=r"city is missing; there is no .* 'town'"):
        tool.validated({"town": "Rome"})


def test_a_given_schema_is_copied() -> None:
    given: dict[str, Any] = {"type": "object", "properties": {}}
    tool = function_tool(weather, parameters=given)
    given["properties"]["city"] = {}
    assert tool.declaration.function.parameters["properties"] == {}


def test_a_given_schema_suits_any_function() -> None:
    def anything(context: RunContext[str], /, untyped: "Missing" = 5, **others: Any):  # type: ignore[no-untyped-def,name-defined] # noqa: ANN202,F821
        return context.context, untyped, others

    tool = function_tool(anything, parameters=GIVEN)
    assert called(tool, {"city": "Rome"}) == ("mine", 5, {"city": "Rome"})
    assert function_tool(tool, name="other").validated({"a": 1}) == {"a": 1}


def positions(
    first: int, second: int = 2, context: RunContext[Any] | None = None, /, *, last: int
) -> tuple[Any, ...]:
    return first, second, context, last


def test_positions_are_filled() -> None:
    assert called(positions, {"first": 1, "last": 4}) == (1, 2, CONTEXT, 4)
    given = {"first": 1, "second": 3, "last": 4}
    assert called(positions, given) == (1, 3, CONTEXT, 4)


def takes_context(city: str, context: RunContext[str]) -> Any:
    return city, context


def takes_bare_context(context: RunContext, city: str) -> Any:  # type: ignore[type-arg]
    return city, context


def takes_optional_context(
    city: str,
    context: Optional[RunContext[str]] = None,  # noqa: UP045
) -> Any:
    return city, context


def takes_annotated_context(
    city: str, context: Annotated[RunContext[str] | None, "the run"]
) -> Any:
    return city, context


def takes_named_context(city: str, context: "RunContext[str]") -> Any:
    return city, context


Context = TypeAliasType("Context", RunContext[str])


def takes_aliased_context(city: str, context: Context | None = None) -> Any:
    return city, context


@for_each(
    "tool",
    [
        takes_aliased_context,
        takes_context,
        takes_bare_context,
        takes_optional_context,
        takes_annotated_context,
        takes_named_context,
        postponed.takes_context,
    ],
)
def test_the_context_is_filled_and_hidden(tool: Any) -> None:
    assert list(properties(tool)) == ["city"]
    assert called(tool, {"city": "Rome"}) == ("Rome", CONTEXT)
    with pytest.raises(ArgumentsError, match="no parameter 'context'"):
        called(tool, {"city": "Rome", "context": 5})


def test_postponed_annotations_are_resolved() -> None:
    found = properties(postponed.visit)
    assert found["place"]["properties"]["city"] == STRING
    place = called(postponed.visit, {"place": {"city": "Rome"}, "days": "5"})
    assert place == (postponed.Place("Rome"), 5)


def defaults(  # noqa: PLR0917
    flag: bool = True,
    place: Place = Place("Rome"),  # noqa: B008
    day: date = date(2026, 1, 2),
    number: float = float("inf"),
    other: Any = object(),  # noqa: B008
    text: str = None,  # type: ignore[assignment] # noqa: RUF013
    keyword: int | None = None,
) -> tuple[Any, ...]:
    return flag, place, day, number, other, text, keyword


def test_a_default_is_described_if_json_can_hold_it() -> None:
    found = properties(defaults)
    assert {name: each.get("default", "no") for name, each in found.items()} == {
        "flag": True,
        "place": {"city": "Rome", "near": []},
        "day": "2026-01-02",
        "number": "no",
        "other": "no",
        "text": None,
        "keyword": None,
    }
    assert "required" not in function_tool(defaults).declaration.function.parameters
    assert found["text"]["anyOf"] == [STRING, {"type": "null"}]


def test_the_function_has_its_own_defaults() -> None:
    tool = function_tool(defaults)
    assert tool.validated("") == {}
    assert called(tool, {}) == defaults()
    assert called(tool, {"text": None})[5] is None


def test_names_of_parameters_collide_with_nothing() -> None:
    def odd(type: str, title: int, self: int, cls: int, properties: int) -> list[Any]:
        return [type, title, self, cls, properties]

    assert properties(odd) == {
        "type": STRING,
        **dict.fromkeys(["title", "self", "cls", "properties"], INTEGER),
    }
    given = {"type": "a", "title": 1, "self": 2, "cls": 3, "properties": 4}
    assert called(odd, given) == ["a", 1, 2, 3, 4]


def test_two_classes_of_one_name_are_described_apart() -> None:
    here = Place

    def both(one: list[here], two: list[postponed.Place], three: here) -> None:  # type: ignore[valid-type]
        pass

    schema = function_tool(both).declaration.function.parameters
    assert schema["properties"]["one"]["items"] == {"$ref": "#/$defs/Place"}
    assert schema["properties"]["two"]["items"] == {"$ref": "#/$defs/Place_2"}
    near = schema["properties"]["three"]["properties"]["near"]
    assert near["items"] == {"$ref": "#/$defs/Place"}
    assert schema["$defs"].keys() == {"Place", "Place_2"}
    assert "near" not in schema["$defs"]["Place_2"]["properties"]


@for_each(
    "arguments,problem",
    [
        ("{}", "do not fit: city is missing"),
        ('{"city": 5}', "city: expected a string, got an integer"),
        ('{"city": "a", "days": "x"}', "days: expected an integer, got a string"),
        ('{"city": "a", "unit": "k"}', 'use "c" or "f"'),
        (
            '{"town": "a", "days": null}',
            (
                "city is missing; there is no parameter 'town': the parameters are "
                "city, unit, days; days: expected an integer, got null"
            ),
        ),
        ('{"city": ', "the arguments of 'weather' are not JSON"),
        ("[]", "must be a JSON object, not list"),
        ("null", "must be a JSON object, not null"),
    ],
)
def test_unusable_arguments_are_an_error_for_the_model(
    arguments: str, problem: str
) -> None:
    with pytest.raises(ArgumentsError) as caught:
        function_tool(weather).validated(arguments)
    assert problem in str(caught.value)
    assert caught.value.body == arguments


def test_arguments_and_their_problems_have_the_order_of_the_parameters() -> None:
    def move(a: int, b: int, c: int, d: int, *, e: int, f: int) -> None: ...

    tool = function_tool(move)
    assert "".join(tool.validated(dict.fromkeys("fedcba", 1))) == "abcdef"
    with pytest.raises(ArgumentsError) as caught:
        tool.validated(dict.fromkeys("fedcba", "x"))
    assert re.findall(r"(\w): expected", str(caught.value)) == list("abcdef")


def test_a_function_without_parameters_takes_none() -> None:
    def nothing() -> str:
        return "done"

    assert called(nothing, "") == "done"
    assert called(nothing, "{}") == "done"
    with pytest.raises(ArgumentsError, match="no parameter 'a': it takes none"):
        called(nothing, '{"a": 1}')


def search(
    text: str,
    limit: Annotated[int, msgspec.Meta(ge=1, le=9)] = 5,
    tags: list[str] | None = None,
) -> Any:
    return text, limit, tags


VALUES = st.one_of(
    st.none(), st.text(), st.integers(-1, 10), st.lists(st.text(max_size=2), max_size=2)
)


@settings(thorough, max_examples=100)
@given(
    st.dictionaries(st.sampled_from(["text", "limit", "tags", "other"]), VALUES),
)
def test_what_fits_the_schema_is_accepted_and_nothing_else(
    arguments: dict[str, Any],
) -> None:
    """Except for numbers in texts, which are read."""
    tool = function_tool(search)
    validator = Draft202012Validator(tool.declaration.function.parameters)
    text = json.dumps(arguments)
    if validator.is_valid(arguments):
        assert tool.validated(text) == arguments
    elif not isinstance(arguments.get("limit"), str):
        with pytest.raises(ArgumentsError, match="do not fit"):
            tool.validated(text)
