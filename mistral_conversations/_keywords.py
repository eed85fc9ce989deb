"""Errors for keyword arguments that a client or an operation does not take."""

from collections.abc import Mapping
from typing import Any, NoReturn

__all__ = ["keywords_of", "refuse_positions", "refuse_unknown"]

_LONGEST_VALUE = 60

_INPUTS = "pass the text or the entries as inputs"
_PAGES = frozenset(
    {"after", "before", "cursor", "offset", "page", "page_token", "starting_after"}
)
_PAGE = "use page, or list_all() for every page"
_TOKENS = frozenset({"cursor", "page_token"})
_CONVERSATIONS = frozenset({"conversation_id", "conversation", "thread_id"})
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
    **dict.fromkeys(_PAGES, _PAGE),
    **dict.fromkeys(("limit", "per_page"), "use page_size"),
    **dict.fromkeys(("filename", "file_name"), "use name"),
    **dict.fromkeys(("path", "destination", "output"), "use to"),
    **dict.fromkeys(("result_type", "response_format"), "use output_type"),
    **dict.fromkeys(("response_model", "text_format"), "use output_type"),
    **dict.fromkeys(("output_schema", "output_model"), "use output_type"),
    **dict.fromkeys(("deps", "state", "run_context", "ctx"), "use context"),
    **dict.fromkeys(("approval", "on_approval", "confirm"), "use approve"),
    "max_connections": "use limit",
    "verify": "use ssl",
    "proxies": "use proxy",
}
_LIMITS_OF_RUN: Mapping[str, str] = {
    **dict.fromkeys(("max_turns", "max_steps", "max_iterations"), "max_turns"),
    **dict.fromkeys(("max_calls", "max_tool_calls", "max_function_calls"), "max_calls"),
    "max_calls_per_turn": "max_calls_per_turn",
}
"""The limits of a run, by the names that they have here and elsewhere."""

_OPTIONS_OF_RUN = frozenset(
    {"keep_tool_choice", "max_concurrency", "max_corrections", "max_failures"}
    | {"on_error", "threads"}
)
_OF_RUN = frozenset({"approve", "limits", "output_type", "max_turns"})

_OF_CHAT: Mapping[str, str] = {
    "store": "a chat is always stored; run() with store=False is not",
    "inputs": "pass it to chat.send()",
    "from_entry_id": "use chat.fork()",
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


def keywords_of(function: Any) -> frozenset[str]:
    """Return the names of the parameters; `inspect.signature` would slow the import."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    return frozenset(code.co_varnames[:count]) - {"self"}


def refuse_unknown(
    called: str, given: Mapping[str, Any], keywords: frozenset[str]
) -> NoReturn:
    """Raise a TypeError that says what to use instead of an unknown keyword.

    Args:
        called: the qualified name of the operation, or the name of the client.
        given: the keyword arguments.
        keywords: those that it takes.
    """
    __tracebackhide__ = True
    unknown = {name: value for name, value in given.items() if name not in keywords}
    raise TypeError(_refusal(called, unknown, keywords))


def refuse_positions(called: str, count: int) -> NoReturn:
    """Raise a TypeError for more positional arguments than a client takes."""
    __tracebackhide__ = True
    known = "takes only api_key" if count else "takes nothing"
    raise TypeError(f"{called}() {known} by position: pass the others by name")


def _refusal(called: str, unknown: Mapping[str, Any], names: frozenset[str]) -> str:
    """Return the message for unknown keywords: what to use instead of the first."""
    settings = _settings(unknown, names) if "completion_args" in names else {}
    name = next(iter(settings or unknown))
    if settings:
        args = ", ".join(f'"{key}": {value}' for key, value in settings.values())
        remedy = f"use completion_args={{{args}}}"
        if "limits" in names and "max_tokens" in unknown:
            remedy += ", or limits=RunLimits(max_tokens=...) for all answers together"
    else:
        operation = called.rpartition(".")[2]
        known = _OF_CHAT.get(name, "") if operation == "chat" else ""
        remedy = known or _remedy(operation, name, names) or _closest(name, names)
    return f"{called}() takes no `{name}`" + (f": {remedy}" if remedy else "")


def _settings(
    unknown: Mapping[str, Any], names: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """Return the settings of an answer among unknown keywords, by what was given."""
    known = _names_of_settings()
    if "output_type" in names:
        known -= {"response_format"}
    renamed = {name: _ALIASES.get(name, name) for name in unknown}
    return {
        name: (key, _shown(unknown[name]))
        for name, key in renamed.items()
        if key in known
    }


def _names_of_settings() -> frozenset[str]:
    from attrs import fields_dict  # noqa: PLC0415 - only for an error

    from mistral_conversations.models.completion import (  # noqa: PLC0415
        CompletionArgs,
    )

    return frozenset(fields_dict(CompletionArgs)) - {"extra"}


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) and value.isalnum() else repr(value)
    return text if len(text) <= _LONGEST_VALUE else "..."


def _remedy(operation: str, name: str, names: frozenset[str]) -> str:
    """Return what to use instead of a keyword that is known from elsewhere."""
    if name == "stream" and "inputs" in names:
        plain = operation.removesuffix("_stream")
        if operation == plain:
            return f"use {operation}_stream()"
        return f"leave it out, {operation}() always streams; {plain}() does not"
    if name in _KEPT and operation.startswith(("append", "restart")):
        return f"a conversation keeps the {name} that it was started with"
    if name in _CONVERSATIONS and operation.startswith("start"):
        return "use append()"
    if name in _PAGES and operation == "list_all":
        return "leave it out, list_all() reads every page"
    return _other_keyword(name, names)


def _other_keyword(name: str, names: frozenset[str]) -> str:
    ids = [each for each in names if each.endswith("_id")]
    if name == "id" and len(ids) == 1:
        return f"use {ids[0]}"
    if name in _PAGES and (tokens := names & _TOKENS):
        return f"use {min(tokens)}, or list_all() for every page"
    if names & {"inputs", "limits"} and (remedy := _about_runs(name, names)):
        return remedy
    words = _REMEDIES.get(name, "")
    usable = words == _INPUTS or words.partition(" ")[2].partition(",")[0] in names
    return words if usable else ""


def _about_runs(name: str, names: frozenset[str]) -> str:
    """Return what to use instead of a keyword that concerns runs."""
    if "limits" not in names:
        return "use run() or run_stream()" if name in _OF_RUN else ""
    if name in _LIMITS_OF_RUN:
        return f"use limits=RunLimits({_LIMITS_OF_RUN[name]}=...)"
    if name in _OPTIONS_OF_RUN:
        return f"use options=RunOptions({name}=...)"
    return "use conversation_id" if name in _CONVERSATIONS else ""


def _closest(name: str, names: frozenset[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for an error

    known = names | (_names_of_settings() if "completion_args" in names else set())
    close = get_close_matches(name, known, n=1)
    if not close:
        return ""
    is_setting = close[0] not in names
    return f"did you mean `{close[0]}`{' of completion_args' * is_setting}?"
