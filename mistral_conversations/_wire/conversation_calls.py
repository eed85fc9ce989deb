"""The calls on conversations, built and checked before sending."""

from collections.abc import Mapping
from typing import Any

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.inputs import inputs_to_json
from mistral_conversations._wire.json import check_json, encode_json
from mistral_conversations._wire.parameters import (
    SETTINGS,
    Checks,
    Parameters,
    a_bool,
    a_count,
    a_mapping,
    a_text,
    a_version,
    an_id,
    each,
    given,
    to_json,
    to_query,
)
from mistral_conversations.models.conversations import ToolCallConfirmation

__all__ = [
    "append",
    "delete",
    "get",
    "list_page",
    "restart",
    "start",
    "start_body",
]


def start(inputs: Any, parameters: Parameters, *, stream: bool) -> Call:
    """POST /v1/conversations."""
    return _post(routes.CONVERSATIONS, start_body(inputs, parameters), stream=stream)


def start_body(inputs: Any, parameters: Parameters) -> dict[str, Any]:
    """Return the body of a start in plain JSON types.

    Raises:
        TypeError, ValueError: a parameter, named in the message, is invalid.
    """
    if parameters["model"] is not None and parameters["agent_id"] is not None:
        raise ValueError("model and agent_id are both given: pass only one of them")
    if parameters["completion_args"] is not None and parameters["agent_id"] is not None:
        raise ValueError(
            "completion_args and agent_id are both given: an agent has its own "
            "completion_args, which agents.update() changes"
        )
    if inputs is None:
        raise TypeError("inputs must be text or entries, not None")
    return _body(inputs, parameters)


def append(
    conversation_id: str, inputs: Any, parameters: Parameters, *, stream: bool
) -> Call:
    """POST /v1/conversations/{conversation_id}."""
    path = routes.path_of(routes.CONVERSATION, conversation_id=conversation_id)
    call = _post(path, _body(inputs, parameters), stream=stream)
    return call._replace(conversation_id=conversation_id)


def restart(
    conversation_id: str, inputs: Any, parameters: Parameters, *, stream: bool
) -> Call:
    """POST /v1/conversations/{conversation_id}/restart, which makes a new one."""
    if parameters["from_entry_id"] is None:
        raise TypeError("from_entry_id must be the id of an entry, not None")
    path = routes.path_of(routes.RESTART, conversation_id=conversation_id)
    call = _post(path, _body(inputs, parameters), stream=stream)
    return call._replace(copied_id=conversation_id)


def get(route: str, conversation_id: str) -> Call:
    """GET a conversation, its history or its messages."""
    path = routes.path_of(route, conversation_id=conversation_id)
    return Call("GET", path)


def delete(conversation_id: str) -> Call:
    """DELETE /v1/conversations/{conversation_id}."""
    path = routes.path_of(routes.CONVERSATION, conversation_id=conversation_id)
    return Call("DELETE", path)


def list_page(
    *, page: int | None, page_size: int | None, metadata: Mapping[str, Any] | None
) -> Call:
    """GET /v1/conversations; None is not sent."""
    query = {"page": page, "page_size": page_size, "metadata": metadata}
    return Call("GET", routes.CONVERSATIONS, to_query(query, _LISTED))


def _body(inputs: Any, parameters: Parameters) -> dict[str, Any]:
    body = {} if inputs is None else {"inputs": _inputs(inputs)}
    for name, value in given(parameters).items():
        body[name] = to_json(name, value, _CHECKS)
    return body


def _post(path: str, body: dict[str, Any], *, stream: bool) -> Call:
    if stream:
        body["stream"] = True
    return Call("POST", path, body=encode_json(body), stream=stream)


def _inputs(inputs: Any) -> Any:
    plain = inputs_to_json(inputs)
    check_json(plain, "inputs", halves=True)
    return plain


_CHECKS: Checks = {
    **SETTINGS,
    "agent_id": an_id,
    "agent_version": a_version,
    "store": a_bool,
    "handoff_execution": a_text,
    "from_entry_id": a_text,
    "tool_confirmations": each(
        "a ToolCallConfirmation or a mapping", ToolCallConfirmation, Mapping
    ),
}

_LISTED: Checks = {
    "page": a_count(0),
    "page_size": a_count(1),
    "metadata": a_mapping,
}
