"""Executions of built-in tools that wait for the caller's confirmation."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeGuard

import attrs

from mistral_conversations.server.answers.pieces import Call, Execute, Piece
from mistral_conversations.server.web.failures import JSONObject

__all__ = ["Suspension", "needs_confirmation", "pending_call", "suspended"]


@attrs.define(eq=False)
class Suspension:
    """A turn that waits for the confirmation of its next execution."""

    tool_call_id: str
    """The id of the pending call."""

    pieces: Sequence[Piece]
    """The rest of the turn: the execution, and what follows it."""

    is_settled: bool = attrs.field(default=False, init=False)
    """Whether the caller has answered the pending call: allowed or denied it."""

    def is_allowed(self, entries: Sequence[JSONObject]) -> bool:
        """Check whether the caller has allowed the execution."""
        return any(
            entry["type"] == "function.call"
            and entry["tool_call_id"] == self.tool_call_id
            and entry.get("confirmation_status") == "allowed"
            for entry in entries
        )


def needs_confirmation(piece: Piece, tools: Sequence[JSONObject]) -> TypeGuard[Execute]:
    """Check whether a tool asks for a confirmation before a piece."""
    if not isinstance(piece, Execute) or piece.is_confirmed:
        return False
    configurations = [tool.get("tool_configuration") or {} for tool in tools]
    names = [
        name for c in configurations for name in c.get("requires_confirmation") or ()
    ]
    return piece.name in names or piece.function in names


def pending_call(execution: Execute) -> Call:
    """Return the call that asks for the confirmation."""
    return Call(execution.name, execution.arguments).pending()


async def suspended(
    tool_call_id: str, execution: Execute, rest: AsyncIterator[Piece]
) -> Suspension:
    """Return the rest of a turn, which begins with the execution."""
    confirmed = attrs.evolve(execution, is_confirmed=True)
    return Suspension(tool_call_id, (confirmed, *[piece async for piece in rest]))
