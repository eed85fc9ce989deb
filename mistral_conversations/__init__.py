"""An async-first client for Mistral's Conversations API.

The public names. Each is imported when it is first used (PEP 562), so that importing
the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mistral_conversations._version import __version__

if TYPE_CHECKING:
    from mistral_conversations._wire.converter import (
        from_dict,
        to_dict,
    )
    from mistral_conversations._wire.sse import (
        ServerSentEvent,
        SSEDecoder,
    )
    from mistral_conversations.accesses import (
        AsyncAccesses,
    )
    from mistral_conversations.agents import (
        AsyncAgents,
    )
    from mistral_conversations.client import (
        AsyncMistral,
    )
    from mistral_conversations.config import (
        RetryPolicy,
        Timeout,
    )
    from mistral_conversations.conversations import (
        AsyncConversations,
    )
    from mistral_conversations.documents import (
        AsyncDocuments,
    )
    from mistral_conversations.errors import (
        APIConnectionError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        ConversationBusyError,
        DecodeError,
        DocumentProcessingError,
        EventTooLargeError,
        HTTPValidationError,
        MistralConversationsError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ResponseFailedError,
        SDKError,
        ServerError,
        StreamDecodeError,
        StreamError,
        StreamInterruptedError,
        StreamTimeoutError,
        TimeoutPhase,
    )
    from mistral_conversations.libraries import (
        AsyncLibraries,
    )
    from mistral_conversations.models.agents import (
        Agent,
        AgentAliasList,
        AgentAliasResponse,
        AgentListPage,
        AgentPage,
        RequestSource,
    )
    from mistral_conversations.models.chunks import (
        DocumentURLChunk,
        ImageDetail,
        ImageURL,
        ImageURLChunk,
        MessageInputContentChunks,
        MessageOutputContentChunks,
        OutputContentChunks,
        ReferenceChunk,
        TextChunk,
        ThinkChunk,
        ThinkingChunks,
        ToolFileChunk,
        ToolReferenceChunk,
        UnknownChunk,
    )
    from mistral_conversations.models.completion import (
        CompletionArgs,
        CompletionArgsStop,
        JsonSchema,
        Prediction,
        ReasoningEffort,
        ResponseFormat,
        ResponseFormats,
        ToolChoiceEnum,
    )
    from mistral_conversations.models.conversations import (
        AgentConversation,
        Conversation,
        ConversationHistory,
        ConversationMessages,
        ConversationPage,
        ConversationResponse,
        HandoffExecution,
        MetadataDict,
        ModelConversation,
        ToolCallConfirmation,
    )
    from mistral_conversations.models.documents import (
        DocumentOut,
        DocumentTextContent,
        ListDocumentOut,
        PaginationInfo,
        ProcessingStatusOut,
        ProcessStatus,
    )
    from mistral_conversations.models.entries import (
        AgentHandoffEntry,
        ConfirmationStatus,
        FunctionCallEntry,
        FunctionCallEntryArguments,
        FunctionResultEntry,
        InputEntries,
        MessageEntries,
        MessageInputEntry,
        MessageOutputEntry,
        OutputEntries,
        ToolExecutionEntry,
        ToolExecutionInfo,
        UnknownEntry,
    )
    from mistral_conversations.models.events import (
        AgentHandoffDoneEvent,
        AgentHandoffStartedEvent,
        ConversationEvents,
        FunctionCallEvent,
        MessageOutputEvent,
        ResponseDoneEvent,
        ResponseErrorEvent,
        ResponseStartedEvent,
        SSETypes,
        ToolExecutionDeltaEvent,
        ToolExecutionDoneEvent,
        ToolExecutionStartedEvent,
        UnknownEvent,
    )
    from mistral_conversations.models.guardrails import (
        GuardrailConfig,
        ModerationLLMAction,
        ModerationLLMV1CategoryThresholds,
        ModerationLLMV1Config,
        ModerationLLMV2CategoryThresholds,
        ModerationLLMV2Config,
    )
    from mistral_conversations.models.inputs import (
        ConversationInputs,
    )
    from mistral_conversations.models.libraries import (
        EntityType,
        LibraryOut,
        ListLibraryOut,
        ListSharingOut,
        ShareEnum,
        SharingOut,
    )
    from mistral_conversations.models.model import (
        RateLimit,
        ResponseMeta,
    )
    from mistral_conversations.models.tools import (
        APIKeyAuth,
        Authorization,
        BuiltInConnectors,
        CodeInterpreterTool,
        CustomConnector,
        DocumentLibraryTool,
        Function,
        FunctionTool,
        ImageGenerationTool,
        OAuth2TokenAuth,
        ToolConfiguration,
        Tools,
        UnknownTool,
        WebSearchPremiumTool,
        WebSearchTool,
    )
    from mistral_conversations.models.unset import (
        UNSET,
        Unset,
    )
    from mistral_conversations.models.usage import (
        ConversationUsageInfo,
    )
    from mistral_conversations.models.validation import (
        ValidationError,
    )
    from mistral_conversations.stream import (
        AsyncConversationStream,
    )
    from mistral_conversations.sync.accesses import (
        Accesses,
    )
    from mistral_conversations.sync.agents import (
        Agents,
    )
    from mistral_conversations.sync.client import (
        Mistral,
    )
    from mistral_conversations.sync.conversations import (
        Conversations,
    )
    from mistral_conversations.sync.documents import (
        Documents,
    )
    from mistral_conversations.sync.libraries import (
        Libraries,
    )
    from mistral_conversations.sync.stream import (
        ConversationStream,
    )

__all__ = [
    "UNSET",
    "APIConnectionError",
    "APIKeyAuth",
    "APITimeoutError",
    "Accesses",
    "Agent",
    "AgentAliasList",
    "AgentAliasResponse",
    "AgentConversation",
    "AgentHandoffDoneEvent",
    "AgentHandoffEntry",
    "AgentHandoffStartedEvent",
    "AgentListPage",
    "AgentPage",
    "Agents",
    "AsyncAccesses",
    "AsyncAgents",
    "AsyncConversationStream",
    "AsyncConversations",
    "AsyncDocuments",
    "AsyncLibraries",
    "AsyncMistral",
    "AuthenticationError",
    "Authorization",
    "BadRequestError",
    "BuiltInConnectors",
    "CodeInterpreterTool",
    "CompletionArgs",
    "CompletionArgsStop",
    "ConfigurationError",
    "ConfirmationStatus",
    "ConflictError",
    "Conversation",
    "ConversationBusyError",
    "ConversationEvents",
    "ConversationHistory",
    "ConversationInputs",
    "ConversationMessages",
    "ConversationPage",
    "ConversationResponse",
    "ConversationStream",
    "ConversationUsageInfo",
    "Conversations",
    "CustomConnector",
    "DecodeError",
    "DocumentLibraryTool",
    "DocumentOut",
    "DocumentProcessingError",
    "DocumentTextContent",
    "DocumentURLChunk",
    "Documents",
    "EntityType",
    "EventTooLargeError",
    "Function",
    "FunctionCallEntry",
    "FunctionCallEntryArguments",
    "FunctionCallEvent",
    "FunctionResultEntry",
    "FunctionTool",
    "GuardrailConfig",
    "HTTPValidationError",
    "HandoffExecution",
    "ImageDetail",
    "ImageGenerationTool",
    "ImageURL",
    "ImageURLChunk",
    "InputEntries",
    "JsonSchema",
    "Libraries",
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
    "Mistral",
    "MistralConversationsError",
    "ModelConversation",
    "ModerationLLMAction",
    "ModerationLLMV1CategoryThresholds",
    "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds",
    "ModerationLLMV2Config",
    "NotFoundError",
    "OAuth2TokenAuth",
    "OutputContentChunks",
    "OutputEntries",
    "PaginationInfo",
    "PermissionDeniedError",
    "Prediction",
    "ProcessStatus",
    "ProcessingStatusOut",
    "RateLimit",
    "RateLimitError",
    "ReasoningEffort",
    "ReferenceChunk",
    "RequestSource",
    "ResponseDoneEvent",
    "ResponseErrorEvent",
    "ResponseFailedError",
    "ResponseFormat",
    "ResponseFormats",
    "ResponseMeta",
    "ResponseStartedEvent",
    "RetryPolicy",
    "SDKError",
    "SSEDecoder",
    "SSETypes",
    "ServerError",
    "ServerSentEvent",
    "ShareEnum",
    "SharingOut",
    "StreamDecodeError",
    "StreamError",
    "StreamInterruptedError",
    "StreamTimeoutError",
    "TextChunk",
    "ThinkChunk",
    "ThinkingChunks",
    "Timeout",
    "TimeoutPhase",
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
    "UnknownChunk",
    "UnknownEntry",
    "UnknownEvent",
    "UnknownTool",
    "Unset",
    "ValidationError",
    "WebSearchPremiumTool",
    "WebSearchTool",
    "__version__",
    "from_dict",
    "to_dict",
]

_MODULES = {
    "_wire.converter": """
        from_dict to_dict
    """,
    "_wire.sse": """
        SSEDecoder ServerSentEvent
    """,
    "accesses": "AsyncAccesses",
    "agents": "AsyncAgents",
    "client": "AsyncMistral",
    "config": """
        RetryPolicy Timeout
    """,
    "conversations": "AsyncConversations",
    "documents": "AsyncDocuments",
    "errors": """
        APIConnectionError APITimeoutError AuthenticationError BadRequestError
        ConfigurationError ConflictError ConversationBusyError DecodeError
        DocumentProcessingError EventTooLargeError HTTPValidationError
        MistralConversationsError NotFoundError PermissionDeniedError
        RateLimitError ResponseFailedError SDKError ServerError
        StreamDecodeError StreamError StreamInterruptedError StreamTimeoutError
        TimeoutPhase
    """,
    "libraries": "AsyncLibraries",
    "models.agents": """
        Agent AgentAliasList AgentAliasResponse AgentListPage AgentPage
        RequestSource
    """,
    "models.chunks": """
        DocumentURLChunk ImageDetail ImageURL ImageURLChunk
        MessageInputContentChunks MessageOutputContentChunks OutputContentChunks
        ReferenceChunk TextChunk ThinkChunk ThinkingChunks ToolFileChunk
        ToolReferenceChunk UnknownChunk
    """,
    "models.completion": """
        CompletionArgs CompletionArgsStop JsonSchema Prediction ReasoningEffort
        ResponseFormat ResponseFormats ToolChoiceEnum
    """,
    "models.conversations": """
        AgentConversation Conversation ConversationHistory ConversationMessages
        ConversationPage ConversationResponse HandoffExecution MetadataDict
        ModelConversation ToolCallConfirmation
    """,
    "models.documents": """
        DocumentOut DocumentTextContent ListDocumentOut PaginationInfo
        ProcessStatus ProcessingStatusOut
    """,
    "models.entries": """
        AgentHandoffEntry ConfirmationStatus FunctionCallEntry
        FunctionCallEntryArguments FunctionResultEntry InputEntries
        MessageEntries MessageInputEntry MessageOutputEntry OutputEntries
        ToolExecutionEntry ToolExecutionInfo UnknownEntry
    """,
    "models.events": """
        AgentHandoffDoneEvent AgentHandoffStartedEvent ConversationEvents
        FunctionCallEvent MessageOutputEvent ResponseDoneEvent
        ResponseErrorEvent ResponseStartedEvent SSETypes ToolExecutionDeltaEvent
        ToolExecutionDoneEvent ToolExecutionStartedEvent UnknownEvent
    """,
    "models.guardrails": """
        GuardrailConfig ModerationLLMAction ModerationLLMV1CategoryThresholds
        ModerationLLMV1Config ModerationLLMV2CategoryThresholds
        ModerationLLMV2Config
    """,
    "models.inputs": "ConversationInputs",
    "models.libraries": """
        EntityType LibraryOut ListLibraryOut ListSharingOut ShareEnum SharingOut
    """,
    "models.model": """
        RateLimit ResponseMeta
    """,
    "models.tools": """
        APIKeyAuth Authorization BuiltInConnectors CodeInterpreterTool
        CustomConnector DocumentLibraryTool Function FunctionTool
        ImageGenerationTool OAuth2TokenAuth ToolConfiguration Tools UnknownTool
        WebSearchPremiumTool WebSearchTool
    """,
    "models.unset": """
        UNSET Unset
    """,
    "models.usage": "ConversationUsageInfo",
    "models.validation": "ValidationError",
    "stream": "AsyncConversationStream",
    "sync.accesses": "Accesses",
    "sync.agents": "Agents",
    "sync.client": "Mistral",
    "sync.conversations": "Conversations",
    "sync.documents": "Documents",
    "sync.libraries": "Libraries",
    "sync.stream": "ConversationStream",
}

_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Import a public name."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
