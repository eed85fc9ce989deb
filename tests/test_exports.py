"""The public surface: exactly these names, from the package alone."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import mistral_conversations

PACKAGE = Path(mistral_conversations.__file__).parent

CLIENT = {
    "Accesses",
    "Agents",
    "AsyncAccesses",
    "AsyncAgents",
    "AsyncConversationStream",
    "AsyncConversations",
    "AsyncDocuments",
    "AsyncLibraries",
    "AsyncMistral",
    "ConversationStream",
    "Conversations",
    "Documents",
    "Libraries",
    "Mistral",
    "RetryPolicy",
    "SSEDecoder",
    "ServerSentEvent",
    "Timeout",
    "__version__",
    "from_dict",
    "to_dict",
}

ERRORS = {
    "APIConnectionError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConversationBusyError",
    "DecodeError",
    "DocumentProcessingError",
    "EventTooLargeError",
    "HTTPValidationError",
    "MistralConversationsError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ResponseFailedError",
    "SDKError",
    "ServerError",
    "StreamDecodeError",
    "StreamError",
    "StreamInterruptedError",
    "StreamTimeoutError",
    "TimeoutPhase",
}

MODELS = {
    "APIKeyAuth",
    "Agent",
    "AgentAliasList",
    "AgentAliasResponse",
    "AgentConversation",
    "AgentHandoffDoneEvent",
    "AgentHandoffEntry",
    "AgentHandoffStartedEvent",
    "AgentListPage",
    "AgentPage",
    "Authorization",
    "BuiltInConnectors",
    "CodeInterpreterTool",
    "CompletionArgs",
    "CompletionArgsStop",
    "ConfirmationStatus",
    "Conversation",
    "ConversationEvents",
    "ConversationHistory",
    "ConversationInputs",
    "ConversationMessages",
    "ConversationPage",
    "ConversationResponse",
    "ConversationUsageInfo",
    "CustomConnector",
    "DocumentLibraryTool",
    "DocumentOut",
    "DocumentTextContent",
    "DocumentURLChunk",
    "EntityType",
    "Function",
    "FunctionCallEntry",
    "FunctionCallEntryArguments",
    "FunctionCallEvent",
    "FunctionResultEntry",
    "FunctionTool",
    "GuardrailConfig",
    "HandoffExecution",
    "ImageDetail",
    "ImageGenerationTool",
    "ImageURL",
    "ImageURLChunk",
    "InputEntries",
    "JsonSchema",
    "LibraryOut",
    "ListDocumentOut",
    "ListLibraryOut",
    "ListSharingOut",
    "MessageEntries",
    "MessageInputContentChunks",
    "MessageInputEntry",
    "MessageOutputContentChunks",
    "MessageOutputEntry",
    "MessageOutputEvent",
    "MetadataDict",
    "ModelConversation",
    "ModerationLLMAction",
    "ModerationLLMV1CategoryThresholds",
    "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds",
    "ModerationLLMV2Config",
    "OAuth2TokenAuth",
    "OutputContentChunks",
    "OutputEntries",
    "PaginationInfo",
    "Prediction",
    "ProcessStatus",
    "ProcessingStatusOut",
    "RateLimit",
    "ReasoningEffort",
    "ReferenceChunk",
    "RequestSource",
    "ResponseDoneEvent",
    "ResponseErrorEvent",
    "ResponseFormat",
    "ResponseFormats",
    "ResponseMeta",
    "ResponseStartedEvent",
    "SSETypes",
    "ShareEnum",
    "SharingOut",
    "TextChunk",
    "ThinkChunk",
    "ThinkingChunks",
    "ToolCallConfirmation",
    "ToolChoiceEnum",
    "ToolConfiguration",
    "ToolExecutionDeltaEvent",
    "ToolExecutionDoneEvent",
    "ToolExecutionEntry",
    "ToolExecutionInfo",
    "ToolExecutionStartedEvent",
    "ToolFileChunk",
    "ToolReferenceChunk",
    "Tools",
    "UNSET",
    "UnknownChunk",
    "UnknownEntry",
    "UnknownEvent",
    "UnknownTool",
    "Unset",
    "ValidationError",
    "WebSearchPremiumTool",
    "WebSearchTool",
}


def names_for_type_checkers() -> set[str]:
    """Read the names that `__init__` imports under TYPE_CHECKING."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = (node for node in block.body if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports for alias in node.names}


def modules() -> list[str]:
    paths = PACKAGE.rglob("*.py")
    names = (
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in paths
    )
    return sorted(
        name.removesuffix(".__init__") for name in names if "__main__" not in name
    )


def test_the_public_names_are_these() -> None:
    assert set(mistral_conversations.__all__) == CLIENT | ERRORS | MODELS


def test_every_public_name_can_be_imported() -> None:
    for name in mistral_conversations.__all__:
        assert getattr(mistral_conversations, name) is not None


def test_type_checkers_see_the_same_names() -> None:
    assert names_for_type_checkers() | {"__version__"} == set(
        mistral_conversations.__all__
    )


def test_dir_shows_names_that_are_not_imported_yet() -> None:
    assert set(mistral_conversations.__all__) <= set(dir(mistral_conversations))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = mistral_conversations.Nothing


@pytest.mark.parametrize("name", modules())
def test_a_module_tells_exactly_what_it_exports(name: str) -> None:
    module = import_module(name)
    exported = getattr(module, "__all__", [])
    assert len(exported) == len(set(exported))
    assert all(hasattr(module, item) for item in exported)


def test_the_package_alone_imports_nothing_of_it() -> None:
    code = (
        "import sys, mistral_conversations\n"
        "ours = [m for m in sys.modules if m.startswith('mistral_conversations.')]\n"
        "libraries = {'aiohttp', 'anyio', 'attr', 'cattrs', 'msgspec'}\n"
        "others = libraries & sys.modules.keys()\n"
        "print(ours, others)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "['mistral_conversations._version'] set()"
