"""The vendor's client and the rules that were observed beyond the description."""

from typing import Any

import pytest

from mistral_conversations.server import call, execute, flood, say
from tests.support.vendor_client import ALL, REASON, Vendor, events_of, history_of
from tests.vendor.conftest import Serve

errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)
models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)

START: dict[str, Any] = {"inputs": "Hello", "model": "mistral-small-latest"}
TOOLS = [
    {
        "type": "code_interpreter",
        "tool_configuration": {"requires_confirmation": ["code_interpreter"]},
    }
]
RUN = execute("code_interpreter", arguments={"code": "1"}, info={"code_output": "1"})


@pytest.mark.parametrize(
    ("word", "types"),
    [
        ("allow", ["tool.execution", "message.output"]),
        ("deny", ["message.output"]),
    ],
)
def test_built_in_tool_waits_for_a_confirmation(
    serve: Serve, word: str, types: list[str]
) -> None:
    vendor = serve([[RUN, say("Done")], say("Done"), say("Done")])
    response = vendor.call("start", **START, tools=TOOLS)
    [pending] = response.outputs
    assert (pending.name, pending.confirmation_status) == (
        "code_interpreter",
        "pending",
    )
    said = models.ToolCallConfirmation(
        tool_call_id=pending.tool_call_id, confirmation=word
    )
    place = {"conversation_id": response.conversation_id}
    answer = vendor.call("append", **place, tool_confirmations=[said])
    assert [entry.type for entry in answer.outputs] == types
    with pytest.raises(errors.SDKError) as caught:
        vendor.call("append", **place, tool_confirmations=[said])
    assert caught.value.status_code == 400


def test_start_without_inputs_is_refused(vendor: Vendor) -> None:
    with pytest.raises(errors.HTTPValidationError) as caught:
        vendor.call("start", **{**START, "inputs": []})
    assert "inputs is required" in str(caught.value.body)


def test_flood_of_calls_arrives_whole(serve: Serve) -> None:
    vendor = serve([flood(call("f", x=1), times=20)] * 2)
    assert len(vendor.call("start", **START).outputs) == 20
    events = events_of(vendor, "start_stream", **START)
    ids = {event.tool_call_id for event in events if "function" in event.type}
    assert len(ids) == 20


def test_large_integers_come_back(vendor: Vendor) -> None:
    metadata = {"n": 2**64, "m": [-(2**70)]}
    vendor.call("start", **START, metadata=metadata)
    [listed] = vendor.call("list", **ALL)
    assert listed.metadata == metadata


def test_reference_without_type_of_the_entry_is_accepted(vendor: Vendor) -> None:
    chunk = {"type": "tool_reference", "tool": "web_search", "title": "A page"}
    inputs = [
        {"role": "assistant", "type": "message.output", "content": [chunk]},
        {"role": "user", "content": "And?"},
    ]
    response = vendor.call("start", **{**START, "inputs": inputs})
    first, *_ = history_of(vendor, response.conversation_id)
    assert first.content[0].title == "A page"
