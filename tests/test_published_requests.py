"""The requests, against the published description."""

import json
from typing import Any

import pytest

from mistral_conversations import (
    AgentHandoffEntry,
    AsyncConversations,
    CodeInterpreterTool,
    CompletionArgs,
    CustomConnector,
    DocumentLibraryTool,
    DocumentURLChunk,
    Function,
    FunctionCallEntry,
    FunctionResultEntry,
    FunctionTool,
    GuardrailConfig,
    ImageGenerationTool,
    ImageURL,
    ImageURLChunk,
    JsonSchema,
    MessageInputEntry,
    MessageOutputEntry,
    ModerationLLMV1CategoryThresholds,
    ModerationLLMV1Config,
    ModerationLLMV2CategoryThresholds,
    ModerationLLMV2Config,
    OAuth2TokenAuth,
    Prediction,
    ReferenceChunk,
    ResponseFormat,
    TextChunk,
    ThinkChunk,
    ToolCallConfirmation,
    ToolConfiguration,
    ToolExecutionEntry,
    ToolFileChunk,
    ToolReferenceChunk,
    WebSearchPremiumTool,
    WebSearchTool,
)
from mistral_conversations._wire import routes
from tests.support.api_description import (
    VARIABLE,
    built_paths,
    described_paths,
    problems,
    schemas,
)
from tests.support.bodies import response, text_stream
from tests.support.client_and_server import answered_with, event_stream
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer


def test_routes_are_the_paths() -> None:
    ours = {getattr(routes, name) for name in routes.__all__ if name.isupper()}
    assert built_paths().keys() <= ours <= described_paths().keys()


def test_the_query_of_list_is_the_description() -> None:
    asked = described_paths()["/v1/conversations"]["get"]["parameters"]
    names = {parameter["name"] for parameter in asked if parameter["in"] == "query"}
    assert names == {"page", "page_size", "metadata"}
    defaults = {p["name"]: p.get("schema", {}).get("default") for p in asked}
    assert (defaults["page"], defaults["page_size"]) == (0, 100)


CHUNKS = (
    TextChunk(text="Hi"),
    ImageURLChunk(image_url="https://skies.example/blue.png"),
    ImageURLChunk(image_url=ImageURL(url="https://skies.example", detail="high")),
    DocumentURLChunk(document_url="https://skies.example/a.pdf", document_name="a"),
    ToolFileChunk(tool="image_generation", file_id="1", file_name="a", file_type="png"),
    ThinkChunk(
        thinking=(
            TextChunk(text="Hm"),
            ReferenceChunk(reference_ids=(1, 2)),
            ToolReferenceChunk(
                tool="web_search", title="Skies", url="https://a.example"
            ),
        ),
        closed=True,
    ),
)
ENTRIES = [
    "A text",
    MessageInputEntry(role="user", content=CHUNKS, prefix=False),
    MessageOutputEntry(content="Hello", model="m", agent_id="ag_1"),
    MessageOutputEntry(content=(*CHUNKS, ToolReferenceChunk(tool="x", title="t"))),
    FunctionCallEntry(tool_call_id="1", name="f", arguments={"a": 1}),
    FunctionCallEntry(
        tool_call_id="1", name="f", arguments="{}", confirmation_status="pending"
    ),
    FunctionResultEntry(tool_call_id="1", result="{}"),
    ToolExecutionEntry(name="web_search", arguments="{}", info={"a": 1}),
    AgentHandoffEntry(
        previous_agent_id="ag_1",
        previous_agent_name="a",
        next_agent_id="ag_2",
        next_agent_name="b",
    ),
]
CONFIGURED = ToolConfiguration(include=("a",), exclude=("b",), requires_confirmation=())
TOOLS = [
    FunctionTool(
        function=Function(name="f", description="d", strict=True, parameters={"a": {}})
    ),
    WebSearchTool(tool_configuration=CONFIGURED),
    WebSearchPremiumTool(),
    CodeInterpreterTool(),
    ImageGenerationTool(),
    DocumentLibraryTool(library_ids=("1",)),
    CustomConnector(connector_id="c", authorization=OAuth2TokenAuth(value="v")),
]
ARGS = CompletionArgs(
    stop=("a", "b"),
    presence_penalty=-2,
    frequency_penalty=1.5,
    temperature=0,
    top_p=1,
    max_tokens=5,
    random_seed=0,
    prediction=Prediction(content="Blue"),
    response_format=ResponseFormat(
        type="json_schema",
        json_schema=JsonSchema(name="n", description="d", schema={}, strict=True),
    ),
    tool_choice="any",
    reasoning_effort="high",
)
GUARDRAILS = [
    GuardrailConfig(
        block_on_error=True,
        moderation_llm_v1=ModerationLLMV1Config(
            custom_category_thresholds=ModerationLLMV1CategoryThresholds(law=0.5),
            action="block",
        ),
        moderation_llm_v2=ModerationLLMV2Config(
            custom_category_thresholds=ModerationLLMV2CategoryThresholds(pii=1),
            ignore_other_categories=True,
        ),
    )
]
START: dict[str, Any] = {
    "model": "m", "agent_version": 2, "instructions": "i", "tools": TOOLS,
    "completion_args": ARGS, "guardrails": GUARDRAILS, "name": "n", "description": "d",
    "metadata": {"a": [1, None]}, "store": True, "handoff_execution": "client",
}  # fmt: skip
APPEND: dict[str, Any] = {
    "completion_args": ARGS, "store": False, "handoff_execution": "server",
    "tool_confirmations": [
        ToolCallConfirmation(tool_call_id="1", confirmation="allow")],
}  # fmt: skip
RESTART: dict[str, Any] = {
    "completion_args": ARGS, "guardrails": GUARDRAILS, "metadata": {}, "store": False,
    "agent_version": "next", "handoff_execution": "server",
}  # fmt: skip

CALLS: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    ("start", "ConversationRequest", (ENTRIES,), START),
    ("start", "ConversationRequest", ("Hi",), {}),
    ("append", "ConversationAppendRequest", ("c", ENTRIES), APPEND),
    ("append", "ConversationAppendRequest", ("c",), {}),
    ("restart", "ConversationRestartRequest", ("c", "m", ENTRIES), RESTART),
    ("restart", "ConversationRestartRequest", ("c", "m", "Hi"), {}),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("method", "schema", "args", "kwargs"), CALLS)
async def test_a_request_is_what_the_description_asks_for(
    method: str, schema: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    described = schemas()
    answers = json_answer(response()), event_stream(*text_stream("Hi"))
    async with answered_with(*answers) as (client, server):
        await getattr(client, method)(*args, **kwargs)
        await getattr(client, f"{method}_stream")(*args, **kwargs).response()
    plain, streamed = (json.loads(request.body) for request in server.requests)
    assert problems(plain, described[schema]) == []
    assert (
        problems(streamed, described[schema.replace("Request", "StreamRequest")]) == []
    )


@for_each("method", ["start", "append", "restart"])
def test_every_parameter_of_the_description_is_one_of_ours(method: str) -> None:
    name = {
        "start": "ConversationRequestBase",
        "append": "AppendConversationRequest",
        "restart": "RestartConversationRequest",
    }[method]
    asked = set(schemas()[name]["properties"]) - {"stream"}
    ours = {"timeout", "retries", "headers", "wait_if_busy", "conversation_id", "self"}
    ours |= {"recover"}
    for each in (method, f"{method}_stream"):
        function = getattr(AsyncConversations, each)
        names = set(getattr(function, "__wrapped__", function).__annotations__)
        assert names - ours - {"return"} == asked


def test_the_check_of_this_module_can_fail() -> None:
    schema = schemas()["ConversationAppendRequest"]
    bodies: list[dict[str, Any]] = [
        {"tools": []},
        {"inputs": 5},
        {"inputs": [{"type": "message.input"}]},
        {"completion_args": {"temperature": 9}},
        {"stream": True},
        {"handoff_execution": "nobody"},
    ]
    for wrong in bodies:
        assert problems(wrong, schema), (VARIABLE, wrong)
