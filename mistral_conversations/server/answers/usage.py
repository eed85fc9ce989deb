"""The usage of an answer. One word counts as one token here."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mistral_conversations._wire.json import encode_json
from mistral_conversations.server.web.failures import JSONObject

__all__ = ["usage"]

_COUNTED = ("content", "arguments", "result")


def usage(prompt: Sequence[JSONObject], outputs: Sequence[JSONObject]) -> JSONObject:
    """Count the words of the prompt, of the outputs and of the tools' results."""
    prompt_tokens = sum(_entry_words(entry) for entry in prompt)
    completion_tokens = sum(_entry_words(entry) for entry in outputs)
    executions = [entry for entry in outputs if entry["type"] == "tool.execution"]
    connector_tokens = sum(_words(entry["info"]) for entry in executions)
    counts = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens + connector_tokens,
    }
    if not executions:
        return counts
    connectors = dict(Counter(entry["name"] for entry in executions))
    return {**counts, "connector_tokens": connector_tokens, "connectors": connectors}


def _entry_words(entry: JSONObject) -> int:
    return sum(_words(entry[key]) for key in _COUNTED if key in entry)


def _words(value: Any) -> int:
    text = value if isinstance(value, str) else encode_json(value).decode()
    return len(text.split())
