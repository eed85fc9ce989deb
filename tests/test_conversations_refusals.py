"""Arguments that operations reject before sending."""

from typing import Any

import pytest

from mistral_conversations import AsyncConversations
from tests.support.bodies import response
from tests.support.client_and_server import answered_with
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer

pytestmark = pytest.mark.anyio

SUPERSEDED = [
    (
        "start",
        ("Hi",),
        {"stream": True},
        "start() takes no `stream`: use start_stream()",
    ),
    ("start", ("Hi",), {"stream": False}, "use start_stream()"),
    ("append", ("conv_1",), {"stream": True}, "use append_stream()"),
    ("restart", ("conv_1", "msg_1"), {"stream": True}, "use restart_stream()"),
    ("list", (), {"limit": 10}, "list() takes no `limit`: use page_size"),
    ("list", (), {"after": "conv_1"}, "use page, or list_all()"),
]


@for_each(("method", "args", "kwargs", "message"), SUPERSEDED)
async def test_a_superseded_parameter_names_what_replaces_it(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    async with answered_with(json_answer(response())) as (client, server):
        with pytest.raises(TypeError) as caught:
            await getattr(client, method)(*args, **kwargs)
    assert message in str(caught.value)
    assert server.connections == 0


WRONG = [
    ("start", (5,), {}, "inputs is of type int"),
    ("start", (None,), {}, "inputs must be text or entries, not None"),
    ("start", (["Hi", "Hi", b"Hi"],), {}, "inputs[2] is of type bytes"),
    ("start", ("Hi",), {"model": 5}, "model must be "),
    ("start", ("Hi",), {"tools": "web_search"}, "tools must be "),
    ("start", ("Hi",), {"tools": [5]}, "tools[0] must be"),
    ("start", ("Hi",), {"completion_args": "x"}, "completion_args must be"),
    ("start", ("Hi",), {"guardrails": {}}, "guardrails must be "),
    ("start", ("Hi",), {"metadata": "x"}, "metadata must be "),
    ("start", ("Hi",), {"store": "yes"}, "store must be "),
    ("start", ("Hi",), {"timeout": "5"}, "timeout must be "),
    ("start", ("Hi",), {"retries": 1.5}, "retries must be "),
    ("append", (5,), {}, "conversation_id must be "),
    ("append", (None,), {}, "conversation_id must be "),
    ("append", ("c",), {"tool_confirmations": ["x"]}, "tool_confirmations[0] must be"),
    ("append", ("c",), {"wait_if_busy": "5"}, "wait_if_busy must be "),
    ("append", ("c",), {"wait_if_busy": True}, "wait_if_busy must be "),
    ("restart", ("c", 5), {}, "from_entry_id must be "),
    ("restart", ("c", None), {}, "from_entry_id must be "),
    ("restart", ("c", "m"), {"agent_version": 1.5}, "agent_version must be "),
    ("list", (), {"page": "1"}, "page must be "),
    ("list", (), {"page": ""}, "page must be "),
    ("list", (), {"page": False}, "page must be "),
    ("list", (), {"page_size": 100.0}, "page_size must be "),
    ("list", (), {"metadata": "x"}, "metadata must be "),
    ("get", (5,), {}, "conversation_id must be "),
    ("delete", (b"c",), {}, "conversation_id must be "),
    ("get_history", (None,), {}, "conversation_id must be "),
    ("get_messages", (["c"],), {}, "conversation_id must be "),
]


@for_each(("method", "args", "kwargs", "message"), WRONG)
async def test_a_wrong_type_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    async with answered_with(json_answer([])) as (client, server):
        with pytest.raises(TypeError) as caught:
            await getattr(client, method)(*args, **kwargs)
        if hasattr(client, f"{method}_stream"):
            with pytest.raises(TypeError) as of_stream:
                getattr(client, f"{method}_stream")(*args, **kwargs)
            assert str(of_stream.value) == str(caught.value)
    assert message in str(caught.value)
    assert server.connections == 0


VALUES = [
    ("start", ("Hi",), {"model": "m", "agent_id": "a"}, "model and agent_id are both"),
    (
        "start",
        ("Hi",),
        {"agent_id": "a", "completion_args": {"temperature": 0}},
        "completion_args and agent_id are both given",
    ),
    ("start", ([{"role": "user"}],), {}, "inputs[0] has neither"),
    ("start", ("Hi",), {"name": "\ud800"}, "name cannot be sent as UTF-8"),
    ("start", ("Hi",), {"metadata": {"a": float("nan")}}, "metadata.a is nan"),
    ("start", ("Hi",), {"timeout": 0}, "total must be more than 0 seconds"),
    ("start", ("Hi",), {"retries": -1}, "max_retries must be 0 or more"),
    (
        "start",
        ("Hi",),
        {"headers": {"A": "b\nc"}},
        "headers['A'] must be a str without",
    ),
    ("append", (" ",), {}, "conversation_id is blank"),
    ("append", ("c",), {"wait_if_busy": -1}, "wait_if_busy must be 0 seconds or more"),
    ("list", (), {"page": -1}, "page must be 0 or more"),
    ("list", (), {"page_size": 0}, "page_size must be 1 or more"),
    ("get", ("",), {}, "conversation_id is blank"),
]


@for_each(("method", "args", "kwargs", "message"), VALUES)
async def test_a_wrong_value_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    async with answered_with(json_answer([])) as (client, server):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - all words below
            await getattr(client, method)(*args, **kwargs)
    assert message in str(caught.value)
    assert server.connections == 0


@for_each(
    "name", ["limit", "max_event_bytes", "max_response_bytes", "max_header_bytes"]
)
@for_each("value", [-1, "5", True, 1.5, None])
def test_a_count_of_the_client_is_checked(name: str, value: Any) -> None:
    wrong: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=f"^{name} must be"):
        AsyncConversations("k", **wrong)


async def test_no_model_and_no_agent_is_for_the_service_to_judge() -> None:
    async with answered_with(json_answer(response())) as (client, server):
        await client.start("Hi")
    assert server.requests[0].json == {"inputs": "Hi"}
