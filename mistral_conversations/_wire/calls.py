"""The calls of the API, built and checked before anything is sent."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, get_args

from mistral_conversations._wire import routes
from mistral_conversations._wire.converter import unstructure
from mistral_conversations._wire.inputs import inputs_to_json
from mistral_conversations._wire.json import check_json, encode_json
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.conversations import ToolCallConfirmation
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.tools import Tools

__all__ = ["Call", "append", "delete", "get", "list_page", "restart", "start"]

Check: TypeAlias = Callable[[str, Any], None]
Parameters: TypeAlias = Mapping[str, Any]


class Call(NamedTuple):
    """One call: what goes on the wire, whatever carries it."""

    method: str
    path: str
    """Below the base URL, percent-encoded."""

    query: Mapping[str, str] = MappingProxyType({})
    body: bytes | None = None
    """JSON text."""

    stream: bool = False
    """Whether the answer is to be an event stream."""

    conversation_id: str | None = None
    """The conversation that the answer belongs to, where that is known before."""


def start(inputs: Any, parameters: Parameters, *, stream: bool) -> Call:
    """POST /v1/conversations."""
    if parameters["model"] is not None and parameters["agent_id"] is not None:
        raise ValueError(
            "model and agent_id are both given: a conversation is with either one"
        )
    if inputs is None:
        raise TypeError("inputs must be text or entries, not None")
    return _post(routes.CONVERSATIONS, inputs, parameters, stream=stream)


def append(
    conversation_id: str, inputs: Any, parameters: Parameters, *, stream: bool
) -> Call:
    """POST /v1/conversations/{conversation_id}."""
    path = routes.path_of(routes.CONVERSATION, conversation_id=conversation_id)
    call = _post(path, inputs, parameters, stream=stream)
    return call._replace(conversation_id=conversation_id)


def restart(
    conversation_id: str, inputs: Any, parameters: Parameters, *, stream: bool
) -> Call:
    """POST /v1/conversations/{conversation_id}/restart; it makes another one."""
    if parameters["from_entry_id"] is None:
        raise TypeError("from_entry_id must be the id of an entry, not None")
    path = routes.path_of(routes.RESTART, conversation_id=conversation_id)
    return _post(path, inputs, parameters, stream=stream)


def get(route: str, conversation_id: str) -> Call:
    """GET a conversation, its history or its messages."""
    return Call(
        method="GET", path=routes.path_of(route, conversation_id=conversation_id)
    )


def delete(conversation_id: str) -> Call:
    """DELETE /v1/conversations/{conversation_id}."""
    path = routes.path_of(routes.CONVERSATION, conversation_id=conversation_id)
    return Call(method="DELETE", path=path)


def list_page(
    *, page: int | None, page_size: int | None, metadata: Mapping[str, Any] | None
) -> Call:
    """GET /v1/conversations; what is None is not sent."""
    query = {}
    if page is not None:
        query["page"] = _count("page", page, least=0)
    if page_size is not None:
        query["page_size"] = _count("page_size", page_size, least=1)
    if metadata is not None:
        query["metadata"] = encode_json(_checked("metadata", metadata)).decode()
    return Call(method="GET", path=routes.CONVERSATIONS, query=query)


def _post(path: str, inputs: Any, parameters: Parameters, *, stream: bool) -> Call:
    body = {
        name: _checked(name, value)
        for name, value in {"inputs": inputs, **parameters}.items()
        if value is not None
    }
    if stream:
        body["stream"] = True
    return Call(method="POST", path=path, body=encode_json(body), stream=stream)


def _checked(name: str, value: Any) -> Any:
    _CHECKS[name](name, value)
    try:
        plain = inputs_to_json(value) if name == "inputs" else _plain(value)
    except RecursionError:
        raise ValueError(f"{name} is nested too deeply for JSON") from None
    check_json(plain, name)
    return plain


def _plain(value: Any) -> Any:
    """Give JSON's types for models, sequences and mappings of whatever classes."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return unstructure(dict(value))
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return unstructure(value)


def _count(name: str, value: Any, *, least: int) -> str:
    _an_int(name, value)
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value}")
    return str(value)


def _one(what: str, *kinds: type) -> Check:
    """Check that a parameter is of one of `kinds`; a bool is no int."""

    def check(name: str, value: Any) -> None:
        fits = isinstance(value, kinds)
        if not fits or (isinstance(value, bool) and bool not in kinds):
            raise TypeError(f"{name} must be {what}, not {type(value).__name__}")

    return check


def _each(what: str, *kinds: type) -> Check:
    """Check that a parameter is a list or tuple whose items are of `kinds`."""
    check_item = _one(what, *kinds)

    def check(name: str, value: Any) -> None:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise TypeError(
                f"{name} must be a list or tuple, not {type(value).__name__}"
            )
        for index, item in enumerate(value):
            check_item(f"{name}[{index}]", item)

    return check


def _anything(_name: str, _value: Any) -> None:
    """Leave the check to `inputs_to_json`."""


_a_text = _one("a str", str)
_an_int = _one("an int", int)
_a_version = _one("an int or a str", int, str)
_a_mapping = _one("a mapping", Mapping)

_CHECKS: Mapping[str, Check] = {
    "inputs": _anything,
    "model": _a_text,
    "agent_id": _a_text,
    "agent_version": _a_version,
    "instructions": _a_text,
    "tools": _each(
        "a tool (WebSearchTool, FunctionTool, ...) or a mapping",
        *get_args(Tools),
        Mapping,
    ),
    "completion_args": _one("a CompletionArgs or a mapping", CompletionArgs, Mapping),
    "guardrails": _each("a GuardrailConfig or a mapping", GuardrailConfig, Mapping),
    "name": _a_text,
    "description": _a_text,
    "metadata": _a_mapping,
    "store": _one("a bool", bool),
    "handoff_execution": _a_text,
    "from_entry_id": _a_text,
    "tool_confirmations": _each(
        "a ToolCallConfirmation or a mapping", ToolCallConfirmation, Mapping
    ),
}
