"""Checks of parameters, and their conversion to JSON or a query.

Each kind of call has a table of checks by parameter name.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, get_args

from mistral_conversations._checks import check_flag, check_int
from mistral_conversations._wire.converter import to_plain
from mistral_conversations._wire.json import check_json, encode_json, exact
from mistral_conversations._wire.routes import check_id
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.tools import Authorization, CustomConnector, Tools

__all__ = [
    "SETTINGS",
    "Check",
    "Checks",
    "Parameters",
    "a_bool",
    "a_count",
    "a_mapping",
    "a_text",
    "a_time",
    "a_version",
    "an_id",
    "an_int",
    "check_required",
    "each",
    "given",
    "never_null",
    "not_empty",
    "one",
    "or_null",
    "to_body",
    "to_json",
    "to_query",
]

Check: TypeAlias = Callable[[str, Any], None]
Checks: TypeAlias = Mapping[str, Check]
Parameters: TypeAlias = Mapping[str, Any]


def given(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters that are not None."""
    return {name: value for name, value in parameters.items() if value is not None}


def check_required(parameters: Parameters, checks: Checks, *names: str) -> None:
    """Check parameters that must not be None.

    Raises:
        TypeError, ValueError: as for `to_body`.
    """
    for name in names:
        checks[name](name, parameters[name])


def to_body(parameters: Parameters, checks: Checks) -> bytes:
    """Write parameters as the JSON object of a body.

    Raises:
        TypeError: a parameter, named in the message, has another type.
        ValueError: JSON cannot represent a parameter, named in the message.
    """
    return encode_json(
        {name: to_json(name, value, checks) for name, value in parameters.items()}
    )


def to_query(parameters: Parameters, checks: Checks) -> dict[str, str | list[str]]:
    """Convert the parameters that are not None to those of a query.

    Raises:
        TypeError, ValueError: as for `to_body`.
    """
    return {
        name: _query_value(to_json(name, value, checks))
        for name, value in given(parameters).items()
    }


def to_json(name: str, value: Any, checks: Checks) -> Any:
    """Convert a parameter to JSON's plain types.

    Raises:
        TypeError, ValueError: as for `to_body`.
    """
    checks[name](name, value)
    plain = _plain(value, name)
    check_json(plain, name)
    return plain


def _plain(value: Any, place: str) -> Any:
    """Convert models, sequences and mappings of any class to JSON's plain types."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int):  # or a proxy, which `check_json` rejects
        return exact(value) if issubclass(type(value), str | int) else value
    if isinstance(value, Sequence):
        return [_plain(item, f"{place}[{i}]") for i, item in enumerate(value)]
    return to_plain(value, place)


def _query_value(value: Any) -> str | list[str]:
    if isinstance(value, str | list):
        return value
    return encode_json(value).decode()


def one(what: str, *kinds: type) -> Check:
    """Check that a parameter is of one of `kinds`; a bool is no int."""

    def check(name: str, value: Any) -> None:
        fits = isinstance(value, kinds)
        if not fits or (isinstance(value, bool) and bool not in kinds):
            raise TypeError(f"{name} must be {what}, not {type(value).__name__}")

    return check


def each(what: str, *kinds: type) -> Check:
    """Check that a parameter is a list or tuple with items of `kinds`."""
    check_item = one(what, *kinds)

    def check(name: str, value: Any) -> None:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise TypeError(
                f"{name} must be a list or tuple, not {type(value).__name__}"
            )
        for index, item in enumerate(value):
            check_item(f"{name}[{index}]", item)

    return check


def not_empty(check: Check) -> Check:
    """Reject an empty list, where it would mean the same as a missing one."""

    def check_items(name: str, value: Any) -> None:
        check(name, value)
        if not value:
            raise ValueError(f"{name} is empty: leave it out or pass at least one item")

    return check_items


def a_count(least: int, most: int | None = None) -> Check:
    """Check that a parameter is an int, at least `least`, and at most `most`."""
    return partial(check_int, least=least, most=most)


def never_null(check: Check, remedy: str) -> Check:
    """Check a parameter that the API description does not allow to be null.

    Args:
        check: the check of other values.
        remedy: what to pass instead, for the message.
    """

    def check_set(name: str, value: Any) -> None:
        if value is None:
            raise TypeError(f"{name} cannot be null: {remedy}")
        check(name, value)

    return check_set


def a_time(name: str, value: Any) -> None:
    """Check that a parameter is a time with a time zone."""
    if not isinstance(value, datetime):
        raise TypeError(f"{name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ValueError(
            f"{name} has no time zone: pass an aware datetime, such as "
            "datetime.now(UTC)"
        )


def or_null(check: Check) -> Check:
    """Check a parameter that may also be None, which is sent as null."""

    def check_or_null(name: str, value: Any) -> None:
        if value is not None:
            check(name, value)

    return check_or_null


a_text = one("a str", str)
an_id = check_id
a_bool = check_flag
an_int = check_int
a_version = one("an int or a str", int, str)
a_mapping = one("a mapping", Mapping)

_each_tool = each(
    "a tool (WebSearchTool, FunctionTool, ...) or a mapping", *get_args(Tools), Mapping
)


_authorization = or_null(
    one(
        "an APIKeyAuth, an OAuth2TokenAuth or a mapping",
        *get_args(Authorization),
        Mapping,
    )
)


def _tools(name: str, value: Any) -> None:
    _refuse_functions(name, value)
    _each_tool(name, value)
    for index, tool in enumerate(value):
        if isinstance(tool, CustomConnector):
            _authorization(f"{name}[{index}].authorization", tool.authorization)


def _refuse_functions(name: str, value: Any) -> None:
    for index, tool in enumerate(value if isinstance(value, list | tuple) else ()):
        if callable(tool) and not isinstance(tool, type | Mapping):
            raise TypeError(
                f"{name}[{index}] is a function, which only run() and run_stream() "
                "take: pass function_tool(...).declaration"
            )


SETTINGS: Checks = {
    "model": an_id,
    "instructions": a_text,
    "tools": _tools,
    "completion_args": one("a CompletionArgs or a mapping", CompletionArgs, Mapping),
    "guardrails": each("a GuardrailConfig or a mapping", GuardrailConfig, Mapping),
    "name": a_text,
    "description": a_text,
    "metadata": a_mapping,
}
"""The parameters that both conversations and agents have."""
