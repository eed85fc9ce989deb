"""An async-first client for Mistral's Conversations API.

Start with `AsyncConversations`, or with `Conversations` in blocking code.
`AsyncMistral` and `Mistral` add agents, document libraries and files, and
`mistral_conversations.server` has a local server for tests.

Each public name loads its module on first use (PEP 562), so that importing the package
costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mistral_conversations._version import __version__ as __version__

# What type checkers read instead of `_NAMES`; a test compares the two.
if TYPE_CHECKING:
    from mistral_conversations._wire.batch_lines import (
        BatchResult as BatchResult,
    )
    from mistral_conversations._wire.converter import (
        from_dict as from_dict,
        to_dict as to_dict,
    )
    from mistral_conversations._wire.event_stream import (
        server_sent_events as server_sent_events,
    )
    from mistral_conversations._wire.sse import (
        SSEDecoder as SSEDecoder,
        ServerSentEvent as ServerSentEvent,
    )
    from mistral_conversations._wire.values import (
        to_json as to_json,
    )
    from mistral_conversations.accesses import (
        AsyncAccesses as AsyncAccesses,
    )
    from mistral_conversations.agents import (
        AsyncAgents as AsyncAgents,
    )
    from mistral_conversations.batch_jobs import (
        AsyncBatchJobs as AsyncBatchJobs,
    )
    from mistral_conversations.batch.async_batch import (
        AsyncBatch as AsyncBatch,
    )
    from mistral_conversations.batch.handle import (
        BatchJobsHandle as BatchJobsHandle,
    )
    from mistral_conversations.batch.inputs import (
        BatchRequests as BatchRequests,
    )
    from mistral_conversations.chat.async_chat import (
        AsyncChat as AsyncChat,
    )
    from mistral_conversations.chat.talk import (
        Ask as Ask,
    )
    from mistral_conversations.client import (
        AsyncMistral as AsyncMistral,
    )
    from mistral_conversations.config import (
        RetryPolicy as RetryPolicy,
        Timeout as Timeout,
    )
    from mistral_conversations.connectors import (
        AsyncConnectors as AsyncConnectors,
    )
    from mistral_conversations.conversations import (
        AsyncConversations as AsyncConversations,
    )
    from mistral_conversations.documents import (
        AsyncDocuments as AsyncDocuments,
    )
    from mistral_conversations.errors import (
        APIConnectionError as APIConnectionError,
        APITimeoutError as APITimeoutError,
        ArgumentsError as ArgumentsError,
        AuthenticationError as AuthenticationError,
        BadRequestError as BadRequestError,
        BatchRequestError as BatchRequestError,
        BatchResultsError as BatchResultsError,
        BatchRowError as BatchRowError,
        BatchUncertainError as BatchUncertainError,
        ConfigurationError as ConfigurationError,
        ConflictError as ConflictError,
        ConversationBusyError as ConversationBusyError,
        DecodeError as DecodeError,
        DocumentProcessingError as DocumentProcessingError,
        EventTooLargeError as EventTooLargeError,
        HTTPValidationError as HTTPValidationError,
        MistralConversationsError as MistralConversationsError,
        NeverArrivedError as NeverArrivedError,
        NotFoundError as NotFoundError,
        OutputValidationError as OutputValidationError,
        PermissionDeniedError as PermissionDeniedError,
        RateLimitError as RateLimitError,
        RecoveryError as RecoveryError,
        RecoveryUncertainError as RecoveryUncertainError,
        ResponseFailedError as ResponseFailedError,
        SDKError as SDKError,
        ServerError as ServerError,
        StreamDecodeError as StreamDecodeError,
        StreamError as StreamError,
        StreamInterruptedError as StreamInterruptedError,
        StreamRecoveryUncertainError as StreamRecoveryUncertainError,
        StreamTimeoutError as StreamTimeoutError,
        TimeoutPhase as TimeoutPhase,
    )
    from mistral_conversations.files import (
        AsyncFiles as AsyncFiles,
    )
    from mistral_conversations.file_chunks import (
        document_chunk as document_chunk,
        image_chunk as image_chunk,
    )
    from mistral_conversations.hooks import (
        FunctionEndInfo as FunctionEndInfo,
        FunctionStartInfo as FunctionStartInfo,
        Hook as Hook,
        RequestInfo as RequestInfo,
        ResponseInfo as ResponseInfo,
        RetryInfo as RetryInfo,
        RunInfo as RunInfo,
        StreamInfo as StreamInfo,
    )
    from mistral_conversations.libraries import (
        AsyncLibraries as AsyncLibraries,
    )
    from mistral_conversations.model_list import (
        AsyncModels as AsyncModels,
    )
    from mistral_conversations.models.agents import (
        Agent as Agent,
        AgentAliasList as AgentAliasList,
        AgentAliasResponse as AgentAliasResponse,
        AgentListPage as AgentListPage,
        AgentPage as AgentPage,
        RequestSource as RequestSource,
    )
    from mistral_conversations.models.batch import (
        BatchInput as BatchInput,
        BatchProgress as BatchProgress,
        BatchRow as BatchRow,
    )
    from mistral_conversations.models.batch_jobs import (
        ApiEndpoint as ApiEndpoint,
        BatchError as BatchError,
        BatchJob as BatchJob,
        BatchJobStatus as BatchJobStatus,
        BatchRequest as BatchRequest,
        DeleteBatchJobResponse as DeleteBatchJobResponse,
        ListBatchJobsResponse as ListBatchJobsResponse,
    )
    from mistral_conversations.models.chunks import (
        DocumentURLChunk as DocumentURLChunk,
        ImageDetail as ImageDetail,
        ImageURL as ImageURL,
        ImageURLChunk as ImageURLChunk,
        MessageInputContentChunks as MessageInputContentChunks,
        MessageOutputContentChunks as MessageOutputContentChunks,
        OutputContentChunks as OutputContentChunks,
        ReferenceChunk as ReferenceChunk,
        TextChunk as TextChunk,
        ThinkChunk as ThinkChunk,
        ThinkingChunks as ThinkingChunks,
        ToolFileChunk as ToolFileChunk,
        ToolReferenceChunk as ToolReferenceChunk,
        UnknownChunk as UnknownChunk,
    )
    from mistral_conversations.models.completion import (
        CompletionArgs as CompletionArgs,
        CompletionArgsStop as CompletionArgsStop,
        JsonSchema as JsonSchema,
        Prediction as Prediction,
        ReasoningEffort as ReasoningEffort,
        ResponseFormat as ResponseFormat,
        ResponseFormats as ResponseFormats,
        ToolChoiceEnum as ToolChoiceEnum,
    )
    from mistral_conversations.models.connector_access import (
        AuthStatus as AuthStatus,
        AuthUrlResponse as AuthUrlResponse,
        AuthenticationConfiguration as AuthenticationConfiguration,
        AuthenticationMethods as AuthenticationMethods,
        ConnectorAuthenticationHeader as ConnectorAuthenticationHeader,
        ConsumerType as ConsumerType,
        CredentialsStatus as CredentialsStatus,
        OutboundAuthenticationType as OutboundAuthenticationType,
        PublicAuthenticationMethod as PublicAuthenticationMethod,
    )
    from mistral_conversations.models.connector_tools import (
        ConnectorTool as ConnectorTool,
        ConnectorToolCallMetadata as ConnectorToolCallMetadata,
        ConnectorToolCallResponse as ConnectorToolCallResponse,
        ConnectorToolLocale as ConnectorToolLocale,
        ConnectorToolResultMetadata as ConnectorToolResultMetadata,
        MCPToolPage as MCPToolPage,
        ResourceVisibility as ResourceVisibility,
        ToolExecutionConfiguration as ToolExecutionConfiguration,
    )
    from mistral_conversations.models.connectors import (
        ConnectionConfigType as ConnectionConfigType,
        ConnectionPreference as ConnectionPreference,
        Connector as Connector,
        ConnectorLocale as ConnectorLocale,
        ConnectorProtocol as ConnectorProtocol,
        PaginatedConnectors as PaginatedConnectors,
        PaginationResponse as PaginationResponse,
        PublicConnectionConfig as PublicConnectionConfig,
    )
    from mistral_conversations.models.conversations import (
        AgentConversation as AgentConversation,
        Conversation as Conversation,
        ConversationHistory as ConversationHistory,
        ConversationMessages as ConversationMessages,
        ConversationPage as ConversationPage,
        ConversationResponse as ConversationResponse,
        HandoffExecution as HandoffExecution,
        MetadataDict as MetadataDict,
        ModelConversation as ModelConversation,
        ToolCallConfirmation as ToolCallConfirmation,
    )
    from mistral_conversations.models.documents import (
        DocumentOut as DocumentOut,
        DocumentTextContent as DocumentTextContent,
        ListDocumentOut as ListDocumentOut,
        PaginationInfo as PaginationInfo,
        ProcessStatus as ProcessStatus,
        ProcessingStatusOut as ProcessingStatusOut,
    )
    from mistral_conversations.models.entries import (
        AgentHandoffEntry as AgentHandoffEntry,
        ConfirmationStatus as ConfirmationStatus,
        FunctionCallEntry as FunctionCallEntry,
        FunctionCallEntryArguments as FunctionCallEntryArguments,
        FunctionResultEntry as FunctionResultEntry,
        InputEntries as InputEntries,
        MessageEntries as MessageEntries,
        MessageInputEntry as MessageInputEntry,
        MessageOutputEntry as MessageOutputEntry,
        OutputEntries as OutputEntries,
        ToolExecutionEntry as ToolExecutionEntry,
        ToolExecutionInfo as ToolExecutionInfo,
        UnknownEntry as UnknownEntry,
    )
    from mistral_conversations.models.events import (
        AgentHandoffDoneEvent as AgentHandoffDoneEvent,
        AgentHandoffStartedEvent as AgentHandoffStartedEvent,
        ConversationEvents as ConversationEvents,
        FunctionCallEvent as FunctionCallEvent,
        MessageOutputEvent as MessageOutputEvent,
        ResponseDoneEvent as ResponseDoneEvent,
        ResponseErrorEvent as ResponseErrorEvent,
        ResponseStartedEvent as ResponseStartedEvent,
        SSETypes as SSETypes,
        ToolExecutionDeltaEvent as ToolExecutionDeltaEvent,
        ToolExecutionDoneEvent as ToolExecutionDoneEvent,
        ToolExecutionStartedEvent as ToolExecutionStartedEvent,
        UnknownEvent as UnknownEvent,
    )
    from mistral_conversations.models.files import (
        CreateFileResponse as CreateFileResponse,
        DeleteFileResponse as DeleteFileResponse,
        FilePurpose as FilePurpose,
        FileSchema as FileSchema,
        FileVisibility as FileVisibility,
        GetFileResponse as GetFileResponse,
        GetSignedUrlResponse as GetSignedUrlResponse,
        ListFilesResponse as ListFilesResponse,
        SampleType as SampleType,
        Source as Source,
    )
    from mistral_conversations.models.guardrails import (
        GuardrailConfig as GuardrailConfig,
        ModerationLLMAction as ModerationLLMAction,
        ModerationLLMV1CategoryThresholds as ModerationLLMV1CategoryThresholds,
        ModerationLLMV1Config as ModerationLLMV1Config,
        ModerationLLMV2CategoryThresholds as ModerationLLMV2CategoryThresholds,
        ModerationLLMV2Config as ModerationLLMV2Config,
    )
    from mistral_conversations.models.inputs import (
        ConversationInputs as ConversationInputs,
    )
    from mistral_conversations.models.libraries import (
        EntityType as EntityType,
        LibraryOut as LibraryOut,
        ListLibraryOut as ListLibraryOut,
        ListSharingOut as ListSharingOut,
        ShareEnum as ShareEnum,
        SharingOut as SharingOut,
    )
    from mistral_conversations.models.mcp import (
        Annotations as Annotations,
        AudioContent as AudioContent,
        BlobResourceContents as BlobResourceContents,
        EmbeddedResource as EmbeddedResource,
        ImageContent as ImageContent,
        MCPServerIcon as MCPServerIcon,
        MCPTool as MCPTool,
        ResourceContents as ResourceContents,
        ResourceLink as ResourceLink,
        TextContent as TextContent,
        TextResourceContents as TextResourceContents,
        ToolAnnotations as ToolAnnotations,
        ToolContents as ToolContents,
        ToolExecution as ToolExecution,
        UnknownContent as UnknownContent,
        UnknownMCPTool as UnknownMCPTool,
        UnknownResourceContents as UnknownResourceContents,
    )
    from mistral_conversations.models.model import (
        RateLimit as RateLimit,
        ResponseMeta as ResponseMeta,
    )
    from mistral_conversations.models.model_cards import (
        BaseModelCard as BaseModelCard,
        FTModelCard as FTModelCard,
        ModelCapabilities as ModelCapabilities,
        ModelCard as ModelCard,
        ModelList as ModelList,
        UnknownModelCard as UnknownModelCard,
    )
    from mistral_conversations.models.runs import (
        FunctionFinished as FunctionFinished,
        FunctionStarted as FunctionStarted,
        RunCall as RunCall,
        RunEvents as RunEvents,
        RunResult as RunResult,
        TurnFinished as TurnFinished,
        TurnStarted as TurnStarted,
    )
    from mistral_conversations.models.tools import (
        APIKeyAuth as APIKeyAuth,
        Authorization as Authorization,
        BuiltInConnectors as BuiltInConnectors,
        CodeInterpreterTool as CodeInterpreterTool,
        CustomConnector as CustomConnector,
        DocumentLibraryTool as DocumentLibraryTool,
        Function as Function,
        FunctionTool as FunctionTool,
        ImageGenerationTool as ImageGenerationTool,
        OAuth2TokenAuth as OAuth2TokenAuth,
        ToolConfiguration as ToolConfiguration,
        Tools as Tools,
        UnknownAuthorization as UnknownAuthorization,
        UnknownTool as UnknownTool,
        WebSearchPremiumTool as WebSearchPremiumTool,
        WebSearchTool as WebSearchTool,
    )
    from mistral_conversations.models.unset import (
        UNSET as UNSET,
        Unset as Unset,
    )
    from mistral_conversations.models.usage import (
        ConversationUsageInfo as ConversationUsageInfo,
    )
    from mistral_conversations.models.validation import (
        ValidationError as ValidationError,
    )
    from mistral_conversations.recovery.settings import (
        Recovery as Recovery,
    )
    from mistral_conversations.relay.relay import (
        AsyncRelay as AsyncRelay,
    )
    from mistral_conversations.runs.calls.open_call import (
        OpenCall as OpenCall,
    )
    from mistral_conversations.runs.calls.toolset import (
        RunTools as RunTools,
    )
    from mistral_conversations.runs.context import (
        RunContext as RunContext,
    )
    from mistral_conversations.runs.errors import (
        MCPServerError as MCPServerError,
        RunError as RunError,
        RunLimitError as RunLimitError,
        ToolError as ToolError,
    )
    from mistral_conversations.runs.functions.function_tool import (
        function_tool as function_tool,
    )
    from mistral_conversations.runs.functions.python_function import (
        PythonFunction as PythonFunction,
    )
    from mistral_conversations.runs.functions.results import (
        ToolResult as ToolResult,
    )
    from mistral_conversations.runs.mcp.http import (
        mcp_http as mcp_http,
    )
    from mistral_conversations.runs.mcp.server import (
        MCPServer as MCPServer,
    )
    from mistral_conversations.runs.mcp.stdio import (
        mcp_stdio as mcp_stdio,
    )
    from mistral_conversations.runs.mcp.tools import (
        MCPTools as MCPTools,
    )
    from mistral_conversations.runs.pausing.paused import (
        RunPaused as RunPaused,
    )
    from mistral_conversations.runs.plan import (
        Approve as Approve,
    )
    from mistral_conversations.runs.settings import (
        RunLimits as RunLimits,
        RunOptions as RunOptions,
    )
    from mistral_conversations.runs.streaming.stream import (
        AsyncRunStream as AsyncRunStream,
    )
    from mistral_conversations.runs.turn import (
        RunTurn as RunTurn,
    )
    from mistral_conversations.stream import (
        AsyncConversationStream as AsyncConversationStream,
    )
    from mistral_conversations.sync.accesses import (
        Accesses as Accesses,
    )
    from mistral_conversations.sync.agents import (
        Agents as Agents,
    )
    from mistral_conversations.sync.batch_jobs import (
        BatchJobs as BatchJobs,
    )
    from mistral_conversations.sync.batch import (
        Batch as Batch,
    )
    from mistral_conversations.sync.chat import (
        Chat as Chat,
    )
    from mistral_conversations.sync.client import (
        Mistral as Mistral,
    )
    from mistral_conversations.sync.connectors import (
        Connectors as Connectors,
    )
    from mistral_conversations.sync.conversations import (
        Conversations as Conversations,
    )
    from mistral_conversations.sync.documents import (
        Documents as Documents,
    )
    from mistral_conversations.sync.files import (
        Files as Files,
    )
    from mistral_conversations.sync.libraries import (
        Libraries as Libraries,
    )
    from mistral_conversations.sync.model_list import (
        Models as Models,
    )
    from mistral_conversations.sync.relay import (
        Relay as Relay,
    )
    from mistral_conversations.sync.runs import (
        RunStream as RunStream,
    )
    from mistral_conversations.sync.stream import (
        ConversationStream as ConversationStream,
    )
    from mistral_conversations.telemetry.settings import (
        Telemetry as Telemetry,
    )


_NAMES = {
    "_wire.batch_lines": "BatchResult",
    "_wire.converter": "from_dict to_dict",
    "_wire.event_stream": "server_sent_events",
    "_wire.sse": "SSEDecoder ServerSentEvent",
    "_wire.values": "to_json",
    "accesses": "AsyncAccesses",
    "agents": "AsyncAgents",
    "batch_jobs": "AsyncBatchJobs",
    "batch.async_batch": "AsyncBatch",
    "batch.handle": "BatchJobsHandle",
    "batch.inputs": "BatchRequests",
    "chat.async_chat": "AsyncChat",
    "chat.talk": "Ask",
    "client": "AsyncMistral",
    "config": "RetryPolicy Timeout",
    "connectors": "AsyncConnectors",
    "conversations": "AsyncConversations",
    "documents": "AsyncDocuments",
    "errors": """
        APIConnectionError APITimeoutError ArgumentsError AuthenticationError
        BadRequestError BatchRequestError BatchResultsError BatchRowError
        BatchUncertainError ConfigurationError
        ConflictError ConversationBusyError DecodeError DocumentProcessingError
        EventTooLargeError HTTPValidationError MistralConversationsError
        NeverArrivedError NotFoundError OutputValidationError
        PermissionDeniedError RateLimitError RecoveryError
        RecoveryUncertainError ResponseFailedError SDKError ServerError
        StreamDecodeError StreamError StreamInterruptedError
        StreamRecoveryUncertainError StreamTimeoutError TimeoutPhase
    """,
    "files": "AsyncFiles",
    "file_chunks": "document_chunk image_chunk",
    "hooks": """
        FunctionEndInfo FunctionStartInfo Hook RequestInfo ResponseInfo
        RetryInfo RunInfo StreamInfo
    """,
    "libraries": "AsyncLibraries",
    "model_list": "AsyncModels",
    "models.agents": """
        Agent AgentAliasList AgentAliasResponse AgentListPage AgentPage
        RequestSource
    """,
    "models.batch": "BatchInput BatchProgress BatchRow",
    "models.batch_jobs": """
        ApiEndpoint BatchError BatchJob BatchJobStatus BatchRequest
        DeleteBatchJobResponse ListBatchJobsResponse
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
    "models.connector_access": """
        AuthStatus AuthUrlResponse AuthenticationConfiguration
        AuthenticationMethods ConnectorAuthenticationHeader ConsumerType
        CredentialsStatus OutboundAuthenticationType PublicAuthenticationMethod
    """,
    "models.connector_tools": """
        ConnectorTool ConnectorToolCallMetadata ConnectorToolCallResponse
        ConnectorToolLocale ConnectorToolResultMetadata MCPToolPage
        ResourceVisibility ToolExecutionConfiguration
    """,
    "models.connectors": """
        ConnectionConfigType ConnectionPreference Connector ConnectorLocale
        ConnectorProtocol PaginatedConnectors PaginationResponse
        PublicConnectionConfig
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
    "models.files": """
        CreateFileResponse DeleteFileResponse FilePurpose FileSchema
        FileVisibility GetFileResponse GetSignedUrlResponse ListFilesResponse
        SampleType Source
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
    "models.mcp": """
        Annotations AudioContent BlobResourceContents EmbeddedResource
        ImageContent MCPServerIcon MCPTool ResourceContents ResourceLink
        TextContent TextResourceContents ToolAnnotations ToolContents
        ToolExecution UnknownContent UnknownMCPTool UnknownResourceContents
    """,
    "models.model": "RateLimit ResponseMeta",
    "models.model_cards": """
        BaseModelCard FTModelCard ModelCapabilities ModelCard ModelList
        UnknownModelCard
    """,
    "models.runs": """
        FunctionFinished FunctionStarted RunCall RunEvents RunResult
        TurnFinished TurnStarted
    """,
    "models.tools": """
        APIKeyAuth Authorization BuiltInConnectors CodeInterpreterTool
        CustomConnector DocumentLibraryTool Function FunctionTool
        ImageGenerationTool OAuth2TokenAuth ToolConfiguration Tools
        UnknownAuthorization UnknownTool WebSearchPremiumTool WebSearchTool
    """,
    "models.unset": "UNSET Unset",
    "models.usage": "ConversationUsageInfo",
    "models.validation": "ValidationError",
    "recovery.settings": "Recovery",
    "relay.relay": "AsyncRelay",
    "runs.calls.open_call": "OpenCall",
    "runs.calls.toolset": "RunTools",
    "runs.context": "RunContext",
    "runs.errors": "MCPServerError RunError RunLimitError ToolError",
    "runs.functions.function_tool": "function_tool",
    "runs.functions.python_function": "PythonFunction",
    "runs.functions.results": "ToolResult",
    "runs.mcp.http": "mcp_http",
    "runs.mcp.server": "MCPServer",
    "runs.mcp.stdio": "mcp_stdio",
    "runs.mcp.tools": "MCPTools",
    "runs.pausing.paused": "RunPaused",
    "runs.plan": "Approve",
    "runs.settings": "RunLimits RunOptions",
    "runs.streaming.stream": "AsyncRunStream",
    "runs.turn": "RunTurn",
    "stream": "AsyncConversationStream",
    "sync.accesses": "Accesses",
    "sync.agents": "Agents",
    "sync.batch_jobs": "BatchJobs",
    "sync.batch": "Batch",
    "sync.chat": "Chat",
    "sync.client": "Mistral",
    "sync.connectors": "Connectors",
    "sync.conversations": "Conversations",
    "sync.documents": "Documents",
    "sync.files": "Files",
    "sync.libraries": "Libraries",
    "sync.model_list": "Models",
    "sync.relay": "Relay",
    "sync.runs": "RunStream",
    "sync.stream": "ConversationStream",
    "telemetry.settings": "Telemetry",
}
"""The modules, each with its public names."""

_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

_PUBLIC = sorted([*_MODULES, "__version__"])

if not TYPE_CHECKING:
    # Type checkers take the names imported `as` themselves above for the public ones.
    __all__ = _PUBLIC


def __getattr__(name: str) -> Any:
    """Import a public name."""
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return [*_PUBLIC]
