"""What tracing reads from a body: some keys of any type, whatever else is there."""

from typing import Any

from mistral_conversations._wire.request_facts import RequestFacts, facts_of
from tests.support.for_each import for_each


@for_each(
    "body, facts",
    [
        (None, {}),
        (b"", {}),
        (b"{}", {}),
        (b'{"model": "m", "inputs": [{"a": 1}], "tools": null}', {"model": "m"}),
        (b'{"model": 3, "agent_version": 2}', {"model": 3, "agent_version": 2}),
        (b'{"completion_args": {"stop": ["x"]}}', {"completion_args": {"stop": ["x"]}}),
        (b"[1]", {}),
        (b"{", {}),
        (b'{"model": "\xff"}', {}),
    ],
)
def test_the_facts_of_a_body(body: bytes | None, facts: dict[str, Any]) -> None:
    assert facts_of(body) == RequestFacts(**facts)
