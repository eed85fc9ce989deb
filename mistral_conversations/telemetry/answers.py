"""What spans and metrics say of an answer."""

from typing import Any

from mistral_conversations._wire.converter import to_plain
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.telemetry import names
from mistral_conversations.telemetry.instruments import Value
from mistral_conversations.telemetry.messages import json_text, output_messages

__all__ = [
    "answer_content",
    "answering_agent",
    "answering_model",
    "token_counts",
    "usage_attributes",
]


def answering_model(answer: ConversationResponse | None) -> str | None:
    """Return the first model that an entry of an answer names."""
    return _first(answer, "model")


def answering_agent(answer: ConversationResponse | None) -> str | None:
    """Return the first agent that an entry of an answer names."""
    return _first(answer, "agent_id")


def token_counts(usage: ConversationUsageInfo | None) -> dict[str, int]:
    """Return the tokens by their type; empty if the service has not sent any."""
    if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
        return {}
    return {"input": usage.prompt_tokens, "output": usage.completion_tokens}


def usage_attributes(usage: ConversationUsageInfo | None) -> dict[str, Value]:
    """Return the attributes of the tokens of an answer."""
    counts = token_counts(usage)
    found: dict[str, Value] = {}
    if counts:
        found[names.INPUT_TOKENS] = counts["input"]
        found[names.OUTPUT_TOKENS] = counts["output"]
    if usage is not None and usage.connector_tokens:
        found[names.CONNECTOR_TOKENS] = usage.connector_tokens
    return found


def answer_content(
    answer: ConversationResponse, *, failed: bool = False
) -> dict[str, Value]:
    """Return the attribute with the content of an answer, as JSON."""
    calls = "tool_call" if answer.function_calls else "stop"
    entries: Any = to_plain(list(answer.outputs), "outputs")
    messages = output_messages(entries, "error" if failed else calls)
    return {names.OUTPUT_MESSAGES: json_text(messages)} if messages else {}


def _first(answer: ConversationResponse | None, key: str) -> str | None:
    entries = () if answer is None else answer.outputs
    found = (getattr(entry, key, None) for entry in entries)
    return next((name for name in found if isinstance(name, str) and name), None)
