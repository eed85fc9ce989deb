"""What an answer cost. A token, here, is a word."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mistral_conversations._wire.json import encode_json
from mistral_conversations.server.failures import JSONObject

__all__ = ["usage"]

_SAID = ("content", "arguments", "result")


def usage(prompt: Sequence[JSONObject], outputs: Sequence[JSONObject]) -> JSONObject:
    """Count the words of the prompt, of the outputs and of what tools told."""
    read = sum(_words_said(entry) for entry in prompt)
    written = sum(_words_said(entry) for entry in outputs)
    runs = [entry for entry in outputs if entry["type"] == "tool.execution"]
    told = sum(_words(entry["info"]) for entry in runs)
    counts = {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written + told,
    }
    if not runs:
        return counts
    connectors = dict(Counter(entry["name"] for entry in runs))
    return {**counts, "connector_tokens": told, "connectors": connectors}


def _words_said(entry: JSONObject) -> int:
    return sum(_words(entry[key]) for key in _SAID if key in entry)


def _words(value: Any) -> int:
    text = value if isinstance(value, str) else encode_json(value).decode()
    return len(text.split())
