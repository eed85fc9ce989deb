"""A request whose answer was lost: what it sent."""

from collections.abc import Mapping
from typing import Any, Self

import attrs

from mistral_conversations._wire.json import decode_json

__all__ = ["LostRequest"]


@attrs.frozen(kw_only=True)
class LostRequest:
    """What a start, an append or a restart sent."""

    inputs: tuple[Any, ...] = attrs.field(default=(), hash=False)
    """The entries in plain JSON; a text is one message of the user."""

    confirmed: frozenset[str] = frozenset()
    """The ids of the calls that `tool_confirmations` allowed or denied."""

    denied: frozenset[str] = frozenset()
    """Those of them that it denied."""

    is_stored: bool = True
    """Whether the service keeps the answer (`store` is not false)."""

    is_streamed: bool = False
    """Whether the answer is a stream."""

    ends_at_handoff: bool = False
    """Whether a handoff ends the answer (`handoff_execution` is `client`)."""

    @classmethod
    def of(cls, body: bytes) -> Self:
        """Read the JSON body of a start, an append or a restart.

        Raises:
            ValueError: the body is not JSON.
        """
        sent = decode_json(body)
        decisions = _decisions(sent.get("tool_confirmations"))
        return cls(
            inputs=_entries(sent.get("inputs")),
            confirmed=frozenset(decisions),
            denied=frozenset(id for id, word in decisions.items() if word == "deny"),
            is_stored=sent.get("store") is not False,
            is_streamed=sent.get("stream") is True,
            ends_at_handoff=sent.get("handoff_execution") == "client",
        )


def _entries(inputs: Any) -> tuple[Any, ...]:
    if isinstance(inputs, str):
        return ({"type": "message.input", "role": "user", "content": inputs},)
    return tuple(inputs) if isinstance(inputs, list) else ()


def _decisions(confirmations: Any) -> Mapping[str, Any]:
    given = confirmations if isinstance(confirmations, list) else []
    return {
        each["tool_call_id"]: each.get("confirmation")
        for each in given
        if isinstance(each, dict) and isinstance(each.get("tool_call_id"), str)
    }
