"""The schemas of answers, checked against the description and observed bodies."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support import bodies
from tests.support.api_description import api_folder, schemas
from tests.support.for_each import for_each
from tests.support.local.answer_schemas import (
    DEPARTURES,
    ERRORS,
    EVENT_TYPES,
    SCHEMAS,
    misfits,
)
from tests.support.local.http_caller import FRAME

OWN_NAMES = {"Conversation", "ConversationPage", *ERRORS}
"""Schemas that the description writes inline or lacks."""

STRICTER = {"HTTPValidationError"}
"""Schemas that the description leaves open; no observed body has other keys."""

ANSWERS = {
    "conversation": "Conversation",
    "conversation.response": "ConversationResponse",
    "conversation.history": "ConversationHistory",
    "conversation.messages": "ConversationMessages",
}


def facts(schema: Any, known: Mapping[str, Any]) -> set[str]:
    """Return what a value may be: kinds, names of objects, words in quotes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {name} if known[name].get("properties") else facts(known[name], known)
    parts = [
        *(schema.get("anyOf") or schema.get("oneOf") or ()),
        *(case["then"] for case in schema.get("allOf", ())),
    ]
    of_parts = [facts(part, known) for part in parts] or [
        _of_kind(kind, schema, known) for kind in _listed(schema.get("type", []))
    ]
    found = set().union(*of_parts)
    return {f for f in found if f[0] != "'"} if "string" in found else found


def _of_kind(kind: str, schema: Any, known: Mapping[str, Any]) -> set[str]:
    words = schema.get("enum", _listed(schema.get("const", [])))
    if kind == "array":
        return {f"[{fact}]" for fact in facts(schema["items"], known)}
    if kind == "string" and words:
        return {f"'{word}'" for word in words if word is not None}
    return {kind}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _limits(schema: Any) -> set[tuple[str, float]]:
    """Find the limits of a value, and of the parts of a union."""
    parts = [schema, *schema.get("anyOf", ())]
    names = ("minimum", "maximum", "minItems")
    return {(name, part[name]) for part in parts for name in names if name in part}


def _is_closed(schema: Any) -> bool:
    return schema.get("additionalProperties") is False


def test_every_schema_is_one_of_the_description_or_of_our_own() -> None:
    assert SCHEMAS.keys() - schemas().keys() == OWN_NAMES
    assert DEPARTURES.keys() <= SCHEMAS.keys()
    for name in (*EVENT_TYPES.values(), *ANSWERS.values()):
        assert name in SCHEMAS


@for_each("name", sorted(SCHEMAS.keys() - OWN_NAMES))
def test_a_schema_has_the_facts_of_the_description(name: str) -> None:
    ours, theirs, added = SCHEMAS[name], schemas()[name], DEPARTURES.get(name, {})
    assert ours["properties"].keys() - added == theirs["properties"].keys()
    assert not added.keys() & theirs["properties"].keys()
    assert set(theirs.get("required", ())) <= set(ours["required"])
    assert _is_closed(ours) == _is_closed(theirs) or name in STRICTER
    for key, described in theirs["properties"].items():
        own = ours["properties"][key]
        asked = facts(described, schemas())
        assert facts(own, SCHEMAS) | {"null"} == asked | {"null"}, key
        assert facts(own, SCHEMAS) <= asked, key
        assert _limits(described) <= _limits(own), key


def seen() -> Iterator[tuple[str, str, Any]]:
    """Return the observed answers of the service, with the names of their schemas."""
    payloads = api_folder() / "payloads"
    for path in sorted((payloads / "json").iterdir()):
        read = json.loads(path.read_text())
        for body in _listed(read):
            if body.get("object") in ANSWERS:
                yield path.name, ANSWERS[body["object"]], body
    for path in sorted((payloads / "sse").iterdir()):
        for kind, data in FRAME.findall(path.read_text()):
            yield path.name, EVENT_TYPES[kind], json.loads(data)


LEFT_OUT = ("'conv_abc123...' does not match", "'arguments' is a required property")
"""Ids that a document shortened; runs of tools in 2025 came without arguments."""

OTHER_ERRORS = {"403-guardrail-evaluation-error-docs", "403-guardrail-v1-docs",
                "429-requests-legacy-chat"}  # fmt: skip
"""Forms of errors that the server does not have."""


def test_bodies_that_were_seen_fit() -> None:
    found = [(name, schema, misfits(body, schema)) for name, schema, body in seen()]
    assert {schema for _, schema, _ in found} > set(ANSWERS.values())
    for name, _, reported in found:
        assert [t for t in reported if not any(w in t for w in LEFT_OUT)] == [], name


def test_errors_that_were_seen_fit_one_of_the_forms() -> None:
    for path in (api_folder() / "payloads" / "errors").iterdir():
        seen = json.loads(path.read_text())
        if "body" in seen and path.stem not in OTHER_ERRORS:
            forms = (*ERRORS, "HTTPValidationError")
            assert [form for form in forms if not misfits(seen["body"], form)]


BODIES: list[tuple[str, bodies.Body]] = [
    ("ConversationResponse", bodies.response(bodies.message())),
    ("ConversationHistory", bodies.history()),
    ("ConversationMessages", bodies.messages()),
    ("ModelConversation", bodies.model_conversation()),
    ("AgentConversation", bodies.agent_conversation()),
    ("MessageInputEntry", bodies.message_input()),
    ("MessageOutputEntry", bodies.message([bodies.thinking("Hm"), bodies.reference()])),
    ("FunctionCallEntry", bodies.function_call()),
    ("FunctionResultEntry", bodies.function_result(completed_at=bodies.TIME)),
    ("ToolExecutionEntry", bodies.tool_execution(completed_at=bodies.TIME)),
    ("AgentHandoffEntry", bodies.handoff(completed_at=bodies.TIME)),
    ("ResponseStartedEvent", bodies.started()),
    ("ResponseDoneEvent", bodies.done()),
    ("ResponseErrorEvent", bodies.error_event()),
    ("MessageOutputEvent", bodies.delta(bodies.tool_file())),
    ("FunctionCallEvent", bodies.call_delta("{}")),
    ("ToolExecutionStartedEvent", bodies.tool_started()),
    ("ToolExecutionDeltaEvent", bodies.tool_delta("{}")),
    ("ToolExecutionDoneEvent", {**bodies.tool_done(), "created_at": bodies.TIME}),
    ("AgentHandoffStartedEvent", bodies.handoff_started()),
    ("AgentHandoffDoneEvent", {**bodies.handoff_done(), "created_at": bodies.TIME}),
]


@for_each(("name", "body"), BODIES)
def test_a_key_more_or_less_does_not_fit(name: str, body: bodies.Body) -> None:
    required = set(SCHEMAS[name]["required"])
    assert [key for key in body if misfits(bodies.without(body, key), name)] == [
        key for key in body if key in required
    ]
    assert required <= body.keys()
    assert misfits({**body, "mood": "sunny"}, name)
    assert misfits([body], name)


WRONG: list[tuple[str, bodies.Body]] = [
    ("MessageOutputEntry", bodies.message(id="fc_019f0000000000000000000000000002")),
    ("MessageOutputEntry", bodies.message(created_at=bodies.LATER)),
    ("MessageOutputEntry", bodies.message(created_at="2026-13-01T10:20:30.123456Z")),
    ("MessageOutputEntry", bodies.message(role="user")),
    ("MessageOutputEntry", bodies.message(agent_id=None)),
    ("MessageOutputEntry", bodies.message(bodies.text_chunk())),
    ("MessageOutputEntry", bodies.message([{"type": "text"}])),
    ("MessageOutputEntry", bodies.message([{"type": "reference"}])),
    ("MessageOutputEntry", bodies.message([{"text": "Untagged"}])),
    ("MessageInputEntry", bodies.message_input([bodies.reference()])),
    ("MessageOutputEvent", bodies.delta([bodies.text_chunk()])),
    ("FunctionCallEvent", bodies.call_delta("{}", confirmation_status="maybe")),
    ("FunctionCallEntry", bodies.function_call(tool_call_id="short")),
    ("ConversationResponse", bodies.response(bodies.message_input())),
    ("ConversationResponse", bodies.response(guardrails={})),
    ("ConversationMessages", bodies.messages(bodies.function_call())),
    ("ModelConversation", bodies.model_conversation(tools=[{"type": "hammer"}])),
    ("ModelConversation", bodies.model_conversation(tools=None)),
    ("Conversation", bodies.agent_conversation(model="mistral-small-latest")),
    ("ResponseErrorEvent", bodies.error_event(code="3000")),
    ("ResponseDoneEvent", bodies.done(prompt_tokens=-1)),
]


@for_each(("name", "body"), WRONG)
def test_a_wrong_value_does_not_fit(name: str, body: bodies.Body) -> None:
    assert len(misfits(body, name)) == 1
