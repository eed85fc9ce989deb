"""The `completion_args` of a run, an object or a mapping."""

from collections.abc import Mapping
from typing import Any

import attrs

from mistral_conversations.models.completion import CompletionArgs, ResponseFormat

__all__ = ["formatted", "setting", "unforced"]

_FREE = ("auto", "none")


def setting(args: Any, name: str) -> Any:
    """Return one of `completion_args`; None without it."""
    return args.get(name) if isinstance(args, Mapping) else getattr(args, name, None)


def unforced(args: Any) -> Any:
    """Change a `tool_choice` that forces a call, in whatever form, to `auto`."""
    choice = setting(args, "tool_choice")
    if choice is None or (isinstance(choice, str) and choice in _FREE):
        return args
    return _changed(args, "tool_choice", "auto")


def formatted(args: Any, response_format: ResponseFormat) -> Any:
    """Set the format of the answer."""
    args = CompletionArgs() if args is None else args
    return _changed(args, "response_format", response_format)


def _changed(args: Any, name: str, value: Any) -> Any:
    if isinstance(args, Mapping):
        return {**args, name: value}
    if isinstance(args, CompletionArgs):
        return attrs.evolve(args, **{name: value})
    return args  # of a wrong type, which the operation refuses
