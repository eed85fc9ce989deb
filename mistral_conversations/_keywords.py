"""Errors for keyword arguments that a client or an operation does not take."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar, cast

__all__ = ["checked_keywords", "explained", "refuse_unknown"]

M = TypeVar("M", bound=Callable[..., Any])

_NAMES: Final = "_keyword_names"
_LONGEST_VALUE = 60

_INPUTS = "pass the text or the entries as inputs"
_PAGES = "use page and page_size, or list_all() for every conversation"
_REMEDIES: Mapping[str, str] = {
    **dict.fromkeys(
        ("messages", "message", "prompt", "input", "content", "contents"), _INPUTS
    ),
    **dict.fromkeys(("system", "system_prompt"), "use instructions"),
    **dict.fromkeys(("functions", "connectors"), "use tools"),
    **dict.fromkeys(("agent", "assistant_id"), "use agent_id"),
    **dict.fromkeys(("http_headers", "extra_headers"), "use headers"),
    **dict.fromkeys(("timeout_ms", "request_timeout"), "use timeout, in seconds"),
    **dict.fromkeys(("retry_config", "max_retries"), "use retries"),
    **dict.fromkeys(("server_url", "url", "endpoint"), "use base_url"),
    **dict.fromkeys(("client", "async_client", "http_client"), "use session"),
    "limit": "use page_size",
    "after": "use page, or list_all() for every conversation",
    "offset": _PAGES,
    "max_connections": "use limit",
    "verify": "use ssl",
    "proxies": "use proxy",
}
_KEPT = frozenset(
    {"model", "agent_id", "agent_version", "instructions", "tools", "guardrails"}
    | {"name", "description", "metadata"}
)
_ALIASES = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "seed": "random_seed",
    "stop_sequences": "stop",
}


def explained(method: M) -> M:
    """Decorate an operation: an unknown keyword raises an error with a remedy."""
    names = _names_of(method)

    async def run(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        refuse_unknown(made, kwargs)
        return await method(*args, **kwargs)

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        refuse_unknown(made, kwargs)
        return method(*args, **kwargs)

    made: Any = wraps(method)(run if inspect.iscoroutinefunction(method) else call)
    setattr(made, _NAMES, names)
    return cast("M", made)


def refuse_unknown(method: Any, given: Mapping[str, Any]) -> None:
    """Raise a TypeError for keywords that an explained operation does not take.

    Args:
        method: the operation, or its blocking twin; another function is not checked.
        given: the keyword arguments.
    """
    __tracebackhide__ = True
    names = getattr(method, _NAMES, None)
    if names is not None and not given.keys() <= names:
        unknown = {name: value for name, value in given.items() if name not in names}
        raise TypeError(_refusal(method.__qualname__, unknown, names))


def checked_keywords(init: M) -> M:
    """Decorate the constructor of a client: an unknown keyword names the client."""
    names = _names_of(init)

    @wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        unknown = dict.fromkeys(kwargs.keys() - names)
        try:
            if unknown:
                raise TypeError(_refusal(type(self).__name__, unknown, names))
            init(self, *args, **kwargs)
        finally:
            del args, kwargs  # the key is in them, and a traceback may show it

    return cast("M", checked)


def _names_of(function: Any) -> frozenset[str]:
    """Return the names of the parameters; `inspect.signature` would slow the import."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    return frozenset(code.co_varnames[:count]) - {"self"}


def _refusal(called: str, unknown: Mapping[str, Any], names: frozenset[str]) -> str:
    """Return the message for unknown keywords: what to use instead of the first."""
    settings = _settings(unknown) if "completion_args" in names else {}
    name = next(iter(settings or unknown))
    if settings:
        args = ", ".join(f'"{key}": {value}' for key, value in settings.values())
        remedy = f": use completion_args={{{args}}}"
    else:
        remedy = _remedy(called.rpartition(".")[2], name, names)
    return f"{called}() takes no `{name}`{remedy}"


def _settings(unknown: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the settings of an answer among unknown keywords, by what was given."""
    from attrs import fields_dict  # noqa: PLC0415 - only for an error

    from mistral_conversations.models.completion import (  # noqa: PLC0415
        CompletionArgs,
    )

    known = fields_dict(CompletionArgs).keys() - {"extra"}
    renamed = {name: _ALIASES.get(name, name) for name in unknown}
    return {
        name: (key, _shown(unknown[name]))
        for name, key in renamed.items()
        if key in known
    }


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) and value.isalnum() else repr(value)
    return text if len(text) <= _LONGEST_VALUE else "..."


def _remedy(operation: str, name: str, names: frozenset[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for an error

    if name == "stream" and "inputs" in names:
        return f": use {operation}_stream()"
    if name in _KEPT and operation.startswith(("append", "restart")):
        return f": a conversation keeps the {name} that it was started with"
    if name == "conversation_id" and operation.startswith("start"):
        return ": use append()"
    words = _REMEDIES.get(name, "")
    if words and (words == _INPUTS or words.split()[1].strip(",") in names):
        return f": {words}"
    close = get_close_matches(name, names, n=1)
    return f": did you mean `{close[0]}`?" if close else ""
