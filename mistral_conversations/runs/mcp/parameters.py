"""The parameters of MCP tools: which ones, under which names, approved by whom."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

import attrs

from mistral_conversations._checks import (
    check_flag,
    check_int,
    check_seconds,
    on_field,
)
from mistral_conversations.runs.functions.overrides import Overrides

__all__ = ["MCPApproval", "Selection", "name_for_model", "options_of", "texts"]

MCPApproval: TypeAlias = bool | Collection[str] | Callable[..., Any]
"""Whether calls wait for an approval, of which tools, or what decides it."""

_LONGEST = 64
_ODD = re.compile(r"[^A-Za-z0-9_-]")
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,40}")


def name_for_model(prefix: str, name: str) -> str:
    """Return the name of a tool as the service accepts it.

    Other characters than A-Z, a-z, 0-9, `_` and `-` become `_`. A name of more than 64
    characters is cut, and ends in a digest of the whole name: the same in any process.
    """
    made = prefix + (_ODD.sub("_", name) or "_")
    if len(made) <= _LONGEST:
        return made
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{made[: _LONGEST - 9]}_{digest}"


def _check_prefix(_: object, __: object, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise TypeError(f"prefix must be a str, not {type(value).__name__}")
    if not _PREFIX.fullmatch(value):
        raise ValueError(
            "prefix must have 1 to 40 of the characters A-Z, a-z, 0-9, _ and -, not "
            f"{value!r}"
        )


def _names_of(name: str, value: Any) -> frozenset[str]:
    """Return a collection of names.

    Raises:
        TypeError: it is none, such as a single str.
    """
    names: Any = None if isinstance(value, str | bytes) else value
    if not isinstance(names, Collection) or not all(isinstance(n, str) for n in names):
        raise TypeError(
            f"{name} must be a list of the names of tools, not {_shown(value)}"
        )
    return frozenset(names)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else type(value).__name__


def _approval(value: Any) -> Any:
    if isinstance(value, bool) or callable(value):
        return value
    if isinstance(value, str | bytes) or not isinstance(value, Collection):
        raise TypeError(
            "requires_approval must be a bool, a list of the names of tools, or a "
            f"function, not {_shown(value)}"
        )
    return _names_of("requires_approval", value)


def _included(value: Any) -> frozenset[str] | None:
    return None if value is None else _names_of("include", value)


def _excluded(value: Any) -> frozenset[str] | None:
    return None if value is None else _names_of("exclude", value)


@attrs.frozen(kw_only=True)
class Selection:
    """Which tools of a server a run has, under which names, and how it calls them."""

    prefix: str | None = attrs.field(default=None, validator=_check_prefix)
    include: frozenset[str] | None = attrs.field(default=None, converter=_included)
    exclude: frozenset[str] | None = attrs.field(default=None, converter=_excluded)
    requires_approval: Any = attrs.field(default=False, converter=_approval)
    sequential: bool = attrs.field(default=False, validator=on_field(check_flag))
    timeout: float | None = attrs.field(
        default=60, validator=on_field(check_seconds, optional=True)
    )
    max_failures: int | None = attrs.field(
        default=None, validator=on_field(check_int, least=1, optional=True)
    )
    max_result_chars: int = attrs.field(
        default=400_000, validator=on_field(check_int, least=1)
    )

    def has(self, name: str) -> bool:
        """Return whether a run has the tool of a name, which is the server's."""
        if self.include is not None and name not in self.include:
            return False
        return self.exclude is None or name not in self.exclude

    def overrides(self, name: str, description: str, parameters: Any) -> Overrides:
        """Return how a tool is described and called.

        Raises:
            TypeError, ValueError: the service would not accept its description.
        """
        approval = self.requires_approval
        if isinstance(approval, frozenset):
            approval = name in approval
        return Overrides(
            name=name_for_model(self.prefix or "", name),
            description=description,
            parameters=parameters,
            sequential=self.sequential,
            timeout=self.timeout,
            requires_approval=approval,
            max_failures=self.max_failures,
        )

    def refuse_unknown(self, names: Iterable[str]) -> None:
        """Reject a name that the server does not list: it may be misspelt.

        Raises:
            ValueError: the message has the name, and the parameter.
        """
        known = set(names)
        for parameter in ("include", "exclude", "requires_approval"):
            given = getattr(self, parameter)
            if isinstance(given, frozenset) and (unknown := sorted(given - known)):
                listed = ", ".join(sorted(known)) or "none"
                raise ValueError(
                    f"{parameter} of MCPTools has {unknown[0]!r}, which the server "
                    f"does not list; its tools are: {listed}"
                )


def options_of(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of `MCPTools` among those of a function."""
    return {field.name: given[field.name] for field in attrs.fields(Selection)}


def texts(name: str, value: Any) -> dict[str, str] | None:
    """Return a mapping of texts, such as headers.

    Raises:
        TypeError, ValueError: it is none; the message has the name, and no value.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping, not {type(value).__name__}")
    for key, text in value.items():
        if not (isinstance(key, str) and isinstance(text, str)):
            raise TypeError(f"{name} must map texts to texts; see {key!r}")
        if any(odd in key + text for odd in "\0\r\n"):
            raise ValueError(f"{name} has a line break or NUL character at {key!r}")
    return dict(value)
