"""The models, against the published description."""

from typing import Any, get_args

import attrs

import mistral_conversations
from mistral_conversations import (
    ApiEndpoint,
    Authorization,
    AuthStatus,
    BatchJobStatus,
    BuiltInConnectors,
    ConnectionConfigType,
    ConnectorProtocol,
    ConsumerType,
    Conversation,
    ConversationEvents,
    EntityType,
    InputEntries,
    MessageEntries,
    MessageInputContentChunks,
    MessageOutputContentChunks,
    ModelCard,
    OutboundAuthenticationType,
    OutputContentChunks,
    OutputEntries,
    ProcessStatus,
    ReasoningEffort,
    RequestSource,
    ResourceContents,
    ResourceVisibility,
    ShareEnum,
    ThinkingChunks,
    ToolContents,
    Tools,
)
from mistral_conversations._wire.keys import json_fields, required_keys
from mistral_conversations.models.model import Unknown
from tests.support.api_description import (
    built_paths,
    described_paths,
    described_streams,
    names_in,
    schemas,
)
from tests.support.for_each import for_each
from tests.support.published_operations import OUR_NAMES

ENVELOPES = {"ConversationEvents", "HTTPValidationError", "MetadataDict"}
"""Object schemas without a class: the frame, an error of another shape, any object."""

PLAIN = {
    "ExecutionConfig",
    "ExtendedOAuthServerMetadata",
    "GlobalHeaderValue",
    "LogicalExpression",
    "MCPServerCard",
    "MCPToolMeta",
    "PublicExecutionEnv",
    "ToolProperties",
}
"""Object schemas that stay plain JSON, with all below them.

They are of the administration of connectors, or have keys that nobody fixed.
"""

SENT = {"ConnectorsQueryFilters", "SharingDelete"}
"""Object schemas without a class: bodies of requests, which are parameters here.

So are all whose names end in `Request`.
"""

OBSERVED = {
    "ToolExecutionEntry": {"function"},
    "ToolExecutionStartedEvent": {"function"},
    "ToolExecutionDeltaEvent": {"function"},
    "ToolExecutionDoneEvent": {"function"},
    "ToolReferenceChunk": {"source"},
    "Agent": {"owner_id"},
    "Connector": {"supports_mcp"},
}
SEEN_MISSING = {
    ("ToolExecutionEntry", "arguments"),
    ("ToolExecutionStartedEvent", "arguments"),
    ("ConversationResponse", "usage"),
    ("Agent", "deployment_chat"),
    ("Agent", "source"),
    ("Agent", "versions"),
    ("ListDocumentsResponse", "pagination"),
    ("Document", "process_status"),
    ("Document", "processing_status"),
    ("ProcessingStatus", "process_status"),
    ("ProcessingStatus", "processing_status"),
    ("Sharing", "org_id"),
    ("BaseModelCard", "capabilities"),
    ("FTModelCard", "capabilities"),
    *(("BatchJob", key) for key in ("input_files", "errors", "total_requests")),
    *(("BatchJob", f"{kind}_requests") for kind in ("completed", "succeeded")),
    ("BatchJob", "failed_requests"),
    ("ListBatchJobsResponse", "total"),
    ("PaginatedConnectors", "pagination"),
    ("PaginationResponse", "page_size"),
}
"""Also `org_id`, which is deprecated, and counters and lists of a batch job or page."""


def reachable() -> dict[str, Any]:
    """Return the schemas that the operations with methods refer to."""
    found: dict[str, Any] = {}
    paths = [*built_paths().values(), *described_streams().values()]
    left = list(names_in(paths))
    while left:
        name = left.pop()
        if name not in found and name not in PLAIN:
            found[name] = schemas()[name]
            left += names_in(found[name])
    return found


def object_schemas() -> dict[str, Any]:
    return {
        name: schema
        for name, schema in reachable().items()
        if "properties" in schema
        and name not in ENVELOPES | SENT
        and not name.endswith(("Request", "RequestBase"))
    }


def may_be_null(schema: Any) -> bool:
    return {"type": "null"} in schema.get("anyOf", ())


def class_of(name: str) -> Any:
    return getattr(mistral_conversations, OUR_NAMES.get(name, name))


def fields_of(name: str) -> dict[str, Any]:
    return dict(json_fields(class_of(name)))


def test_every_object_schema_has_a_class_with_its_fields() -> None:
    assert len(object_schemas()) > 50
    for name, schema in object_schemas().items():
        extras = OBSERVED.get(name, set())
        assert set(fields_of(name)) == set(schema["properties"]) | extras, name


def test_what_is_required_is_required_unless_it_was_seen_missing() -> None:
    for name, schema in object_schemas().items():
        required = required_keys(class_of(name))
        missing = {
            (name, key)
            for key in set(schema.get("required", ())) - required
            if not may_be_null(schema["properties"][key])
            and "const" not in schema["properties"][key]
        }
        assert missing <= SEEN_MISSING
        assert required <= set(schema.get("required", ())), name


def test_tags_are_the_schemas() -> None:
    checked = 0
    for name, schema in object_schemas().items():
        for key, item in schema["properties"].items():
            tag = item.get("const", (item.get("enum") or [None])[0])
            if tag is not None and key in {"type", "object"} and "default" in item:
                assert fields_of(name)[key].default == tag, (name, key)
                checked += 1
    assert checked > 40


def members(union: Any) -> set[str]:
    classes = {cls for cls in get_args(union) if attrs.has(cls)}
    return {cls.__name__ for cls in classes if not issubclass(cls, Unknown)}


UNIONS = [
    (InputEntries, ("InputEntries",)),
    (MessageEntries, ("MessageEntries",)),
    (MessageInputContentChunks, ("MessageInputContentChunks",)),
    (MessageOutputContentChunks, ("MessageOutputContentChunks",)),
    (OutputContentChunks, ("OutputContentChunks",)),
    (OutputEntries, ("ConversationResponse", "properties", "outputs")),
    (InputEntries, ("ConversationHistory", "properties", "entries")),
    (ThinkingChunks, ("ThinkChunk", "properties", "thinking")),
    (Tools, ("ModelConversation", "properties", "tools")),
    (Tools, ("ConversationRequestBase", "properties", "tools")),
    (Tools, ("Agent", "properties", "tools")),
    (Tools, ("CreateAgentRequest", "properties", "tools")),
    (Tools, ("UpdateAgentRequest", "properties", "tools")),
    (Authorization, ("CustomConnector", "properties", "authorization")),
    (ResourceContents, ("EmbeddedResource", "properties", "resource")),
    (ToolContents, ("ConnectorToolCallResponse", "properties", "content")),
    (ConversationEvents, ("ConversationEvents", "properties", "data")),
]


@for_each(("union", "place"), UNIONS)
def test_a_union_has_the_schemas_members(union: Any, place: tuple[str, ...]) -> None:
    schema: Any = schemas()
    for key in place:
        schema = schema[key]
    assert members(union) == set(names_in(schema))


def test_a_conversation_is_one_of_the_two_of_the_description() -> None:
    answer = described_paths()["/v1/conversations/{conversation_id}"]["get"][
        "responses"
    ]["200"]
    assert members(Conversation) == set(names_in(answer))


def test_a_model_card_is_one_of_the_two_of_the_description() -> None:
    answer = described_paths()["/v1/models/{model_id}"]["get"]["responses"]["200"]
    assert members(ModelCard) == set(names_in(answer))
    assert members(ModelCard) == set(names_in(schemas()["ModelList"]))


BEYOND = {"BuiltInConnectors": {"mistral_mcp"}, "ReasoningEffort": {"max"}}
"""Words of the vendor's own client that the description lacks."""

WORDS = [
    (ApiEndpoint, "ApiEndpoint"),
    (BatchJobStatus, "BatchJobStatus"),
    (BuiltInConnectors, "BuiltInConnectors"),
    (AuthStatus, "AuthStatus"),
    (ConnectionConfigType, "ConnectionConfigType"),
    (ConnectorProtocol, "ConnectorProtocol"),
    (ConsumerType, "ConsumerType"),
    (EntityType, "EntityType"),
    (OutboundAuthenticationType, "OutboundAuthenticationType"),
    (ProcessStatus, "ProcessStatus"),
    (ReasoningEffort, "ReasoningEffort"),
    (RequestSource, "RequestSource"),
    (ResourceVisibility, "ResourceVisibility"),
    (ShareEnum, "ShareEnum"),
]


@for_each(("words", "name"), WORDS)
def test_words_are_the_schemas_and_others_are_taken_too(words: Any, name: str) -> None:
    literal, *others = get_args(words)
    described = set(schemas()[name]["enum"])
    assert set(get_args(literal)) == described | BEYOND.get(name, set())
    assert not described & BEYOND.get(name, set())
    assert others == [str]
