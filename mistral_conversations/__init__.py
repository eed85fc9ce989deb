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
    from mistral_conversations.config import (
        RetryPolicy,
        Timeout,
    )
    from mistral_conversations.conversations import (
        AsyncConversations,
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
    from mistral_conversations.models.usage import (
        ConversationUsageInfo,
    )
    from mistral_conversations.models.validation import (
        ValidationError,
    )
    from mistral_conversations.stream import (
        AsyncConversationStream,
    )
    from mistral_conversations.sync.conversations import (
        Conversations,
    )
    from mistral_conversations.sync.stream import (
        ConversationStream,
    )

__all__ = [
    "APIConnectionError",
    "APIKeyAuth",
    "APITimeoutError",
    "AgentConversation",
    "AgentHandoffDoneEvent",
    "AgentHandoffEntry",
    "AgentHandoffStartedEvent",
    "AsyncConversationStream",
    "AsyncConversations",
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
    "DocumentURLChunk",
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
    "MessageEntries",
    "MessageInputContentChunks",
    "MessageInputEntry",
    "MessageOutputContentChunks",
    "MessageOutputEntry",
    "MessageOutputEvent",
    "MetadataDict",
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
    "PermissionDeniedError",
    "Prediction",
    "RateLimit",
    "RateLimitError",
    "ReasoningEffort",
    "ReferenceChunk",
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
    "config": """
        RetryPolicy Timeout
    """,
    "conversations": "AsyncConversations",
    "errors": """
        APIConnectionError APITimeoutError AuthenticationError BadRequestError
        ConfigurationError ConflictError ConversationBusyError DecodeError
        EventTooLargeError HTTPValidationError MistralConversationsError
        NotFoundError PermissionDeniedError RateLimitError ResponseFailedError
        SDKError ServerError StreamDecodeError StreamError
        StreamInterruptedError StreamTimeoutError TimeoutPhase
    """,
    "models.chunks": """
        DocumentURLChunk ImageDetail ImageURL ImageURLChunk
        MessageInputContentChunks MessageOutputContentChunks
        OutputContentChunks ReferenceChunk TextChunk ThinkChunk ThinkingChunks
        ToolFileChunk ToolReferenceChunk UnknownChunk
    """,
    "models.completion": """
        CompletionArgs CompletionArgsStop JsonSchema Prediction
        ReasoningEffort ResponseFormat ResponseFormats ToolChoiceEnum
    """,
    "models.conversations": """
        AgentConversation Conversation ConversationHistory
        ConversationMessages ConversationPage ConversationResponse
        HandoffExecution MetadataDict ModelConversation ToolCallConfirmation
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
        ResponseErrorEvent ResponseStartedEvent SSETypes
        ToolExecutionDeltaEvent ToolExecutionDoneEvent
        ToolExecutionStartedEvent UnknownEvent
    """,
    "models.guardrails": """
        GuardrailConfig ModerationLLMAction ModerationLLMV1CategoryThresholds
        ModerationLLMV1Config ModerationLLMV2CategoryThresholds
        ModerationLLMV2Config
    """,
    "models.inputs": "ConversationInputs",
    "models.model": """
        RateLimit ResponseMeta
    """,
    "models.tools": """
        APIKeyAuth Authorization BuiltInConnectors CodeInterpreterTool
        CustomConnector DocumentLibraryTool Function FunctionTool
        ImageGenerationTool OAuth2TokenAuth ToolConfiguration Tools
        UnknownTool WebSearchPremiumTool WebSearchTool
    """,
    "models.usage": "ConversationUsageInfo",
    "models.validation": "ValidationError",
    "stream": "AsyncConversationStream",
    "sync.conversations": "Conversations",
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
