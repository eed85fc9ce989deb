"""Valid and spoiled bodies for a start, an append and a restart."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

from tests.support.json_places import places_in

__all__ = ["bad_bodies"]

_CHUNKS = [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "data:,", "detail": "low"}},
    {"type": "document_url", "document_url": "data:,", "document_name": "d"},
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}], "closed": True},
]
_INPUTS = [
    {"role": "user", "content": _CHUNKS},
    {"type": "message.output", "role": "assistant", "content": "A cat", "model": "m"},
    {
        "type": "function.call",
        "tool_call_id": "call12345",
        "name": "look",
        "arguments": {"far": True},
    },
    {"type": "function.result", "tool_call_id": "call12345", "result": "a dog"},
    {"type": "tool.execution", "name": "web_search", "arguments": "{}", "info": {}},
]
_ARGS = {
    "stop": ["."],
    "temperature": 0.5,
    "max_tokens": 50,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": {}, "strict": True},
    },
    "tool_choice": "auto",
}
_TOOLS = [
    {"type": "function", "function": {"name": "look", "parameters": {}}},
    {"type": "web_search", "tool_configuration": {"include": ["a"]}},
    {"type": "document_library", "library_ids": ["lib"]},
    {
        "type": "connector",
        "connector_id": "c",
        "authorization": {"type": "api-key", "value": "v"},
    },
]
_MODERATION = {"custom_category_thresholds": {"pii": 0.1}, "action": "none"}
_SHARED = {"inputs": _INPUTS, "stream": False, "store": True, "completion_args": _ARGS}
_START = {
    **_SHARED,
    "model": "mistral-small-latest",
    "instructions": "Be brief",
    "tools": _TOOLS,
    "guardrails": [{"block_on_error": True, "moderation_llm_v2": _MODERATION}],
    "name": "n",
    "metadata": {"a": [1]},
}
_AGENT = {"inputs": "Hi", "agent_id": "ag_1", "agent_version": 2, "stream": True}
_CONFIRMED = [{"tool_call_id": "call12345", "confirmation": "allow"}]
_APPEND = {**_SHARED, "handoff_execution": "server", "tool_confirmations": _CONFIRMED}
_RESTART = {**_SHARED, "from_entry_id": "ENTRY", "metadata": {}}

_KINDS = ["", "/CONVERSATION", "/CONVERSATION/restart"]
_GOOD = [
    *[("", _START), ("", _AGENT), ("", {"inputs": "Hi", "model": "m"})],
    *[("/CONVERSATION", _APPEND), ("/CONVERSATION", {"inputs": "Hi"})],
    *[("/CONVERSATION/restart", _RESTART)],
]

_texts = st.text(max_size=8)
_plain = (
    st.none()
    | st.booleans()
    | st.integers(-10, 10)
    | st.floats(-10, 10)
    | _texts
    | st.sampled_from(["function.call", "message.input", "ENTRY", "CONVERSATION"])
)
_odd = st.floats() | st.integers(-(2**70), 2**70) | st.text(st.characters(), max_size=8)
_leaves = st.integers(0, 9).flatmap(lambda dice: _odd if dice == 9 else _plain)
_keys = st.sampled_from(
    ["inputs", "model", "agent_id", "stream", "type", "role", "content", "result"]
)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(_keys | _texts, inner, max_size=5)


_json = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=4) | _objects(inner), max_leaves=10
)


def _nested(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


@st.composite
def _spoiled(draw: st.DrawFn) -> tuple[str, Any]:
    """Change a good body in one position or a few."""
    kind, good = draw(st.sampled_from(_GOOD))
    body = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        if places := list(places_in(body)):
            _spoil(draw, *draw(st.sampled_from(places)))
    return kind, body


def _spoil(draw: st.DrawFn, owner: Any, key: Any) -> None:
    match draw(st.sampled_from(["replace", "drop", "add", "nest"])):
        case "replace":
            owner[key] = draw(_json)
        case "drop":
            del owner[key]
        case "add" if isinstance(owner, dict):
            owner[draw(_keys | _texts)] = draw(_json)
        case _:
            depth = draw(st.sampled_from([1, 1, 2, 3, 150, 210, 400]))
            owner[key] = _nested(owner[key], depth)


def _as_bytes(spoiled: tuple[str, Any]) -> tuple[str, bytes]:
    kind, body = spoiled
    return kind, json.dumps(body).encode()


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Replace a part of the text of a body by bytes."""
    kind, text = _as_bytes(draw(_spoiled()))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    return kind, text[:start] + draw(st.binary(max_size=6)) + text[end:]


_any_json = st.tuples(st.sampled_from(_KINDS), _json | _objects(_json)).map(_as_bytes)

_sources = [_spoiled().map(_as_bytes)] * 6 + [_damaged(), _any_json]

bad_bodies = st.integers(0, 7).flatmap(lambda dice: _sources[dice])
"""The path after `/v1/conversations`, and a body, which may happen to be valid.

Both have CONVERSATION and ENTRY instead of ids.
"""
