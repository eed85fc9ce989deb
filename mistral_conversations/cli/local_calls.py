"""The model of a local chat with functions: it calls the function that is named."""

from collections.abc import Mapping

from mistral_conversations.server import (
    RecordedConversation,
    RecordedRequest,
    Reply,
)
from mistral_conversations.server.answers.pieces import Call

__all__ = ["call_or_echo"]


def call_or_echo(conversation: RecordedConversation, request: RecordedRequest) -> Reply:
    """Call a function for the message `NAME {JSON}`; repeat anything else."""
    inputs = request.json["inputs"]
    if not isinstance(inputs, str):
        return "\n".join(_text(entry) for entry in inputs)
    name, _, arguments = inputs.strip().partition(" ")
    functions = [tool.get("function", {}) for tool in conversation.tools]
    if name in [function.get("name") for function in functions]:
        return Call(name, arguments.strip() or "{}")
    return inputs


def _text(entry: Mapping[str, str]) -> str:
    """Return the result of a function, or the message behind it."""
    return entry.get("result") or entry.get("content", "")
