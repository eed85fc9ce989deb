"""`Overrides`: what a tool made of a function may have beside the function."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Self, TypeAlias

import attrs

from mistral_conversations._checks import check_flag, check_int, check_seconds, on_field
from mistral_conversations._wire.json import check_json
from mistral_conversations.runs.functions.callables import check_name

__all__ = ["Approval", "OnError", "Overrides"]

OnError: TypeAlias = Literal["tell", "raise"]
Approval: TypeAlias = bool | Callable[..., Any]
"""Whether a call waits for an approval, or what decides it."""


def _check_name(_: object, __: object, value: Any) -> None:
    if value is not None:
        check_name(value)


def _check_text(_: object, __: object, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"description must be a str, not {type(value).__name__}")


def _check_schema(_: object, __: object, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        raise TypeError(
            f"parameters must be a JSON Schema, a dict, not {type(value).__name__}"
        )
    check_json(value, "parameters")


def _check_approval(_: object, __: object, value: Any) -> None:
    if not (isinstance(value, bool) or callable(value)):
        raise TypeError(
            "requires_approval must be a bool or a function, not "
            f"{type(value).__name__}"
        )


def _check_on_error(_: object, __: object, value: Any) -> None:
    if value not in ("tell", "raise", None):
        raise ValueError(f'on_error must be "tell", "raise" or None, not {value!r}')


@attrs.frozen(kw_only=True)
class Overrides:
    """What `function_tool` takes beside the function."""

    name: str | None = attrs.field(default=None, validator=_check_name)
    description: str | None = attrs.field(default=None, validator=_check_text)
    parameters: Mapping[str, Any] | None = attrs.field(
        default=None, validator=_check_schema
    )
    strict: bool | None = attrs.field(
        default=None, validator=attrs.validators.optional(on_field(check_flag))
    )
    sequential: bool = attrs.field(default=False, validator=on_field(check_flag))
    timeout: float | None = attrs.field(
        default=None, validator=on_field(check_seconds, optional=True)
    )
    requires_approval: Approval = attrs.field(default=False, validator=_check_approval)
    on_error: OnError | None = attrs.field(default=None, validator=_check_on_error)
    max_failures: int | None = attrs.field(
        default=None, validator=on_field(check_int, least=1, optional=True)
    )

    def over(self, others: Self) -> Self:
        """Return these overrides, and the others where these have the default."""
        changed = attrs.asdict(
            self,
            recurse=False,
            filter=lambda field, value: value != field.default,
        )
        return attrs.evolve(others, **changed)
