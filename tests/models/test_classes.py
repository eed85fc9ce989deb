"""Features of all models: pickling, copying, comparing, hashing, repr."""

import copy
import pickle
from typing import Any, get_args

import attrs
import pytest

import mistral_conversations
from mistral_conversations import (
    Agent,
    AgentAliasList,
    AgentAliasResponse,
    AgentConversation,
    AgentListPage,
    AgentPage,
    APIKeyAuth,
    BaseModelCard,
    CompletionArgs,
    ConversationHistory,
    ConversationInputs,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    CustomConnector,
    DocumentOut,
    DocumentTextContent,
    FTModelCard,
    Function,
    ImageURL,
    JsonSchema,
    LibraryOut,
    ListDocumentOut,
    ListLibraryOut,
    ListSharingOut,
    ModelConversation,
    ModelList,
    OAuth2TokenAuth,
    ProcessingStatusOut,
    ResponseMeta,
    SharingOut,
    TextChunk,
    ToolCallConfirmation,
    Tools,
    UnknownAuthorization,
    UnknownEntry,
    ValidationError,
    from_dict,
    to_dict,
)
from mistral_conversations.models.model import Answer, Model, Unknown
from tests._wire.test_unions import REQUIRED
from tests.support.agent_bodies import agent, agent_list_page, agents, alias
from tests.support.batch_bodies import JOB_ID, job, jobs
from tests.support.bodies import (
    CONVERSATION_ID,
    agent_conversation,
    history,
    message,
    messages,
    model_conversation,
    response,
)
from tests.support.connector_bodies import CLASSES as CONNECTORS
from tests.support.file_bodies import CREATED, FILE_ID, file, files
from tests.support.for_each import for_each
from tests.support.library_bodies import (
    document,
    documents,
    libraries,
    library,
    sharing,
    sharings,
    status,
)
from tests.support.model_bodies import (
    CAPABILITIES,
    ft_model_card,
    model_card,
    model_list,
)

META = ResponseMeta(status=200, headers={"a": "b"})
BY_NAME: dict[str, dict[str, Any]] = {
    "Agent": agent(metadata={"a": [1]}),
    "AgentAliasList": {"aliases": [alias()]},
    "AgentAliasResponse": alias(),
    "AgentListPage": agent_list_page(1, 2, token="next"),
    "AgentPage": {"agents": agents(1, 2), "page": 0, "page_size": 2},
    "BatchError": {"message": "m", "count": 2},
    "BatchJob": job(outputs=[{"a": [1]}], errors=[{"message": "m", "count": 1}]),
    "BatchRequest": {"custom_id": "1", "body": {"inputs": "Hi"}},
    "DeleteBatchJobResponse": {"id": JOB_ID, "object": "batch", "deleted": True},
    "ListBatchJobsResponse": jobs(job(1), job(2)),
    **CONNECTORS,
    "CreateFileResponse": file(),
    "DeleteFileResponse": {"id": FILE_ID, "object": "file", "deleted": True},
    "DocumentOut": document(attributes={"a": [1]}),
    "DocumentTextContent": {"text": "Blue."},
    "FileSchema": file(expires_at=CREATED),
    "GetFileResponse": file(deleted=False),
    "GetSignedUrlResponse": {"url": "https://files.example/sky.png"},
    "LibraryOut": library(),
    "ListDocumentOut": documents(1, 2),
    "ListFilesResponse": files(file(1), file(2)),
    "ListLibraryOut": libraries(),
    "ListSharingOut": sharings(),
    "PaginationInfo": documents()["pagination"],
    "ProcessingStatusOut": status(),
    "BaseModelCard": model_card(),
    "FTModelCard": ft_model_card(),
    "ModelCapabilities": CAPABILITIES,
    "ModelList": model_list(),
    "SharingOut": sharing(),
    "AgentConversation": agent_conversation(metadata={"a": [1]}),
    "ConversationHistory": history(),
    "ConversationMessages": messages(),
    "ConversationResponse": response(),
    "ModelConversation": model_conversation(),
    "APIKeyAuth": {"value": "v"},
    "OAuth2TokenAuth": {"value": "v"},
    "Function": {"name": "f", "parameters": {"type": "object"}},
    "ImageURL": {"url": "u"},
    "JsonSchema": {"name": "n", "schema": {}},
    "ToolCallConfirmation": {"tool_call_id": "1", "confirmation": "allow"},
    "ValidationError": {"loc": ["body", 0], "msg": "m", "type": "t", "input": {"a": 1}},
}


def classes() -> list[Any]:
    found = (
        getattr(mistral_conversations, name) for name in mistral_conversations.__all__
    )
    types = [cls for cls in found if isinstance(cls, type)]
    return [
        cls
        for cls in types
        if issubclass(cls, Model) and cls is not ConversationPage and cls is not Answer
    ]


def made(cls: Any) -> Any:
    fields = attrs.fields_dict(cls)
    tag = str(fields["type"].default) if "type" in fields else ""
    body = BY_NAME.get(cls.__name__) or REQUIRED.get(tag, {})
    return from_dict(cls, {**body, "new_key": {"deep": [1]}})


@for_each("cls", classes())
def test_a_model_is_a_value(cls: Any) -> None:
    one, other = made(cls), made(cls)
    assert one == other
    assert hash(one) == hash(other)
    assert one != attrs.evolve(one, extra={})
    assert one != object()
    for copied in (copy.copy(one), copy.deepcopy(one), attrs.evolve(one)):
        assert copied == one
        assert type(copied) is cls
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(one, protocol)) == one
    assert from_dict(cls, to_dict(one)) == one


@for_each("cls", classes())
def test_a_model_is_frozen_slotted_and_by_keyword(cls: Any) -> None:
    item = made(cls)
    for name in (*attrs.fields_dict(cls), "anything"):
        with pytest.raises(AttributeError):
            setattr(item, name, None)
    assert not hasattr(item, "__dict__")
    with pytest.raises(TypeError):
        cls("by place")


@for_each("cls", classes())
def test_the_repr_shows_what_is_set(cls: Any) -> None:
    text = repr(made(cls))
    assert text.startswith(f"{cls.__name__}(")
    shown = cls not in {APIKeyAuth, OAuth2TokenAuth}  # new keys may be secrets too
    assert ("'new_key': {'deep': [1]}}" in text) == shown
    assert "=None" not in text
    assert " meta=" not in text
    assert "extra" not in repr(attrs.evolve(made(cls), extra={}))


ANSWERS = [
    *[AgentConversation, ConversationHistory, ConversationMessages],
    *[ConversationResponse, ModelConversation],
    *[Agent, AgentAliasList, AgentAliasResponse, AgentListPage, AgentPage],
    *[LibraryOut, ListLibraryOut, SharingOut, ListSharingOut],
    *[DocumentOut, DocumentTextContent, ListDocumentOut, ProcessingStatusOut],
    *[BaseModelCard, FTModelCard, ModelList],
]


@for_each("cls", ANSWERS)
def test_meta_is_no_part_of_the_value(cls: Any) -> None:
    plain = made(cls)
    answered = attrs.evolve(plain, meta=META)
    assert answered.meta is META
    assert plain.meta is None
    assert answered == plain
    assert hash(answered) == hash(plain)
    assert to_dict(answered) == to_dict(plain)
    assert repr(answered) == repr(plain)
    for again in (
        *[pickle.loads(pickle.dumps(answered)), copy.copy(answered)],
        copy.deepcopy(answered),
    ):
        assert again == plain
        assert again.meta is None


def test_a_page_is_a_value_without_its_meta() -> None:
    found = (from_dict(ModelConversation, model_conversation()),)
    page = ConversationPage(conversations=found, page=1, page_size=2, meta=META)
    again = pickle.loads(pickle.dumps(page))
    assert again == page == copy.deepcopy(page)
    assert hash(again) == hash(page)
    assert (again.meta, page.meta) == (None, META)
    assert list(again) == list(found)
    assert page != attrs.evolve(page, page=2)
    assert "meta" not in repr(page)


@pytest.mark.parametrize("cls", [APIKeyAuth, OAuth2TokenAuth])
def test_a_secret_is_not_in_the_repr(cls: Any) -> None:
    auth = cls(value="sk-canary", extra={"refresh": "sk-canary"})
    tool = CustomConnector(connector_id="c", authorization=auth)
    assert "sk-canary" not in repr(auth) + str(auth) + repr(tool) + f"{[tool]}"
    assert to_dict(tool)["authorization"]["value"] == "sk-canary"
    assert to_dict(tool)["authorization"]["refresh"] == "sk-canary"


AUTH = {"type": "oidc", "value": "sk-canary", "more": {"key": "sk-canary"}}


@for_each(
    "tool",
    [
        {"connector_id": "c", "authorization": AUTH},
        {"connector_id": "c", "authorization": {"type": "api-key", "value": [AUTH]}},
        {"connector_id": 5, "authorization": AUTH},
        {"type": "connector2", "authorization": AUTH},
        {"connector_id": 5, "authorization": "sk-canary"},
        {"connector_id": 5, "authorization": ["sk-canary"]},
        {"type": "mcp", "servers": [{"Headers": {"X-Key": "sk-canary"}}]},
    ],
)
def test_a_secret_in_a_new_form_is_not_in_the_repr(tool: dict[str, Any]) -> None:
    body = {"type": "connector", **tool}
    found = from_dict(Tools, body)
    assert "sk-canary" not in repr(found)
    assert type(found).__name__ in repr(found)
    assert to_dict(found) == body


def test_an_authorization_of_a_wrong_type_is_not_in_the_repr() -> None:
    secret: Any = "sk-canary"
    tool = CustomConnector(connector_id="c", authorization=secret)
    assert repr(tool).endswith("connector_id='c', authorization='***')")


def test_an_authorization_may_be_a_mapping() -> None:
    tool = CustomConnector(connector_id="c", authorization=AUTH)
    assert "sk-canary" not in repr(tool)
    assert repr(tool) == (
        "CustomConnector(type='connector', connector_id='c', authorization="
        "{'type': '***', 'value': '***', 'more': '***'})"
    )
    assert hash(tool) == hash(attrs.evolve(tool))
    assert to_dict(tool)["authorization"] == AUTH
    assert from_dict(CustomConnector, to_dict(tool)).authorization == (
        UnknownAuthorization(type="oidc", raw=AUTH)
    )


@for_each("name", [
    "UnknownChunk", "UnknownEntry", "UnknownEvent", "UnknownContent",
    "UnknownMCPTool", "UnknownResourceContents", "UnknownModelCard",
    "UnknownTool"])  # fmt: skip
def test_what_is_unknown_is_a_value(name: str) -> None:
    cls: type[Unknown] = getattr(mistral_conversations, name)
    item = cls(type="new", raw={"a": [1]})
    assert item == cls(type="new", raw={"a": [1]}) != cls(type="new", raw={})
    assert hash(item) == hash(cls(type="new", raw={"a": [1]}))
    assert pickle.loads(pickle.dumps(item)) == item == copy.deepcopy(item)
    assert to_dict(item) == {"a": [1]}
    assert repr(item) == f"{name}(type='new', raw={{'a': [1]}})"


def test_unknown_things_of_several_kinds_differ() -> None:
    names = mistral_conversations.__all__
    public = [getattr(mistral_conversations, name) for name in names]
    classes = [
        cls for cls in public if isinstance(cls, type) and issubclass(cls, Unknown)
    ]
    kinds = {cls(type="new", raw=None) for cls in classes}
    assert len(kinds) == len(classes) == 9


def test_meta_reads_its_headers() -> None:
    headers = {
        "mistral-correlation-id": "req-1",
        "x-ratelimit-limit-tokens-minute": "500",
        "x-ratelimit-remaining-tokens-minute": "-",
        "x-ratelimit-remaining-code-interpreter-day": "9" * 5000,
        "x-ratelimit-other": "1",
    }
    meta = ResponseMeta(status=200, headers=headers)
    assert meta.request_id == "req-1"
    assert list(meta.rate_limits) == ["code-interpreter-day", "tokens-minute"]
    assert meta.rate_limits["tokens-minute"].limit == 500
    assert meta.rate_limits["tokens-minute"].remaining is None
    assert (ResponseMeta(status=204).request_id, meta.attempts) == (None, 1)
    assert pickle.loads(pickle.dumps(meta)) == meta
    assert "req-1" not in repr(meta)


def test_the_request_id_may_be_in_the_gateways_header() -> None:
    headers = {"mistral-correlation-id": "", "x-kong-request-id": "req-2"}
    assert ResponseMeta(status=200, headers=headers).request_id == "req-2"


def test_inputs_may_be_any_entry() -> None:
    assert str in get_args(ConversationInputs)
    assert UnknownEntry in get_args(ConversationInputs)


def test_models_are_made_by_hand_as_they_are_read() -> None:
    assert TextChunk(text="a") == from_dict(TextChunk, {"text": "a"})
    assert CompletionArgs(stop="a") == from_dict(CompletionArgs, {"stop": "a"})
    assert ImageURL(url="u").detail is None
    assert Function(name="f", parameters={}).strict is None
    assert JsonSchema(name="n", schema={}).description is None
    assert ValidationError(loc=(), msg="m", type="t").ctx is None
    said = ToolCallConfirmation(tool_call_id="1", confirmation="deny")
    assert to_dict(said) == {"tool_call_id": "1", "confirmation": "deny"}
    answer = from_dict(ConversationResponse, response(message("Hi")))
    assert answer.conversation_id == CONVERSATION_ID
