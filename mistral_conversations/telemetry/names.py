"""The names of spans, attributes and metrics, and the conventions that they follow.

The GenAI conventions of OpenTelemetry are in development, and left the general ones
after version 1.41.1; what follows in their own repository has no release yet.
"""

from typing import Final

__all__: list[str] = []  # imported as a module

CONVENTIONS: Final = "1.41.1"
"""The version of the semantic conventions: the last that has those for GenAI."""

SCHEMA_URL: Final = f"https://opentelemetry.io/schemas/{CONVENTIONS}"
SCOPE: Final = "mistral_conversations"
"""The instrumentation scope of all spans and metrics."""

# Operations: values of `gen_ai.operation.name`, and the beginnings of span names
CHAT: Final = "chat"
INVOKE_AGENT: Final = "invoke_agent"
EXECUTE_TOOL: Final = "execute_tool"
CREATE_AGENT: Final = "create_agent"

# Spans of the service's entries, which the conventions do not have
MESSAGE: Final = "message"
HANDOFF: Final = "agent_handoff"

# Attributes of the conventions
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
PROVIDER_VALUE: Final = "mistral_ai"
CONVERSATION: Final = "gen_ai.conversation.id"
AGENT_ID: Final = "gen_ai.agent.id"
AGENT_NAME: Final = "gen_ai.agent.name"
AGENT_DESCRIPTION: Final = "gen_ai.agent.description"
AGENT_VERSION: Final = "gen_ai.agent.version"
OUTPUT_TYPE: Final = "gen_ai.output.type"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
REQUEST_SEED: Final = "gen_ai.request.seed"
REQUEST_STOP: Final = "gen_ai.request.stop_sequences"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
REQUEST_TOP_P: Final = "gen_ai.request.top_p"
REQUEST_FREQUENCY_PENALTY: Final = "gen_ai.request.frequency_penalty"
REQUEST_PRESENCE_PENALTY: Final = "gen_ai.request.presence_penalty"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
TOKEN_TYPE: Final = "gen_ai.token.type"
TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
ERROR_TYPE: Final = "error.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
HTTP_STATUS: Final = "http.response.status_code"
EXCEPTION_MESSAGE: Final = "exception.message"

OTHER_ERROR: Final = "_OTHER"
"""The value of `error.type` for a failure without an exception."""

# Values of `gen_ai.tool.type`
FUNCTION: Final = "function"
"""A tool that the client runs."""
EXTENSION: Final = "extension"
"""A tool that the service runs."""

# Attributes with content, recorded only when asked for
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
INSTRUCTIONS: Final = "gen_ai.system_instructions"
TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"

# Attributes of our own
API_OPERATION: Final = "mistral_conversations.operation"
"""Such as `conversations.append_stream`."""
OUTCOME: Final = "mistral_conversations.outcome"
"""How a call, a stream, a function or a run ended: `done`, `failed`, `closed`,
`cancelled`, `dropped` or `paused`."""
REQUEST_ID: Final = "mistral_conversations.request_id"
ATTEMPTS: Final = "mistral_conversations.attempts"
"""How often the request was sent, if more than once."""
ATTEMPT: Final = "mistral_conversations.retry.attempt"
"""The number of the attempt that failed, from 1."""
DELAY: Final = "mistral_conversations.retry.delay"
"""The seconds before a retry."""
EVENTS: Final = "mistral_conversations.stream.events"
RECOVERED: Final = "mistral_conversations.stream.recovered"
CONNECTOR_TOKENS: Final = "mistral_conversations.usage.connector_tokens"
RUN_TURN: Final = "mistral_conversations.run.turn"
"""The number of the turn, from 1, on a run's calls and functions."""
RUN_TURNS: Final = "mistral_conversations.run.turns"
RUN_TOOL_CALLS: Final = "mistral_conversations.run.tool_calls"
ENTRY_ID: Final = "mistral_conversations.entry.id"
CLOCK_SHIFT: Final = "mistral_conversations.clock_shift"
"""The seconds added to the service's times of an entry, so that it lies within the
call."""
NEXT_AGENT_ID: Final = "mistral_conversations.next_agent.id"
NEXT_AGENT_NAME: Final = "mistral_conversations.next_agent.name"

RETRY_EVENT: Final = "retry"

# Metrics; the last two are ours, and have the names of the run's attributes
DURATION: Final = "gen_ai.client.operation.duration"
TOKEN_USAGE: Final = "gen_ai.client.token.usage"
FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"

SECONDS_BUCKETS: Final = tuple(0.01 * 2**power for power in range(14))
TOKEN_BUCKETS: Final = tuple(4**power for power in range(14))
COUNT_BUCKETS: Final = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)

# Environment variables
CAPTURE_CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CONTENT_VALUES: Final = frozenset({"true", "1", "span_only", "span_and_event"})
DISABLED_INSTRUMENTATIONS: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
SDK_DISABLED: Final = "OTEL_SDK_DISABLED"
EXPORTERS: Final = ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER")
ENDPOINTS: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
