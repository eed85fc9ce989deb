"""The settings of a chat, and the parameters of a run that each turn gets from them."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs

from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.plan import AT_RESTART, AT_START

__all__ = ["LONGEST_BUSY", "ChatSettings", "Position", "Source", "check_place"]

LONGEST_BUSY = 90
"""The longest time, in seconds, that the service was seen to lock a conversation after
a dropped stream."""

_AT_EACH = ("completion_args", "handoff_execution")
_PLACES = ("model", "agent_id", "conversation_id")


@attrs.frozen
class Source:
    """Where a fork begins."""

    conversation_id: str
    from_entry_id: str | None
    """None for the last entry, which is read from the history."""


@attrs.frozen(kw_only=True)
class Position:
    """What the next turn continues; nothing before the first one."""

    conversation_id: str | None = None
    source: Source | None = None
    paused: RunPaused | None = None


@attrs.frozen
class ChatSettings:
    """The parameters of `run` for all turns of a chat, by name."""

    parameters: Mapping[str, Any]
    toolset: Toolset

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of `chat`; None is the default of each.

        Raises:
            TypeError, ValueError: an item of `tools` is unusable.
        """
        defaults = {"wait_if_busy": LONGEST_BUSY, "recover": True}
        given = {
            name: defaults.get(name) if value is None else value
            for name, value in parameters.items()
        }
        places = {"conversation_id": None, "from_entry_id": None, "store": None}
        toolset = Toolset.of(parameters["tools"])
        return cls({**places, **given, "tools": toolset}, toolset)

    @property
    def function_names(self) -> tuple[str, ...]:
        """The names of the Python functions; those of MCP servers are not known."""
        return tuple(sorted(self.toolset.functions))

    def options(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Return `timeout`, `retries` and `headers` of a request that is no run.

        Args:
            own: those of this request alone; None is the chat's.
        """
        return {
            name: self.parameters[name] if own.get(name) is None else own[name]
            for name in ("timeout", "retries", "headers")
        }

    def for_turn(
        self, position: Position, own: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the parameters of the run that is the next turn.

        Args:
            position: what the turn continues.
            own: the parameters of this turn alone; None is the chat's.
        """
        own = {name: each for name, each in (own or {}).items() if each is not None}
        given = {**self.parameters, "conversation_id": None, "from_entry_id": None}
        if position.paused is not None:
            given = self._continued(given, AT_START + AT_RESTART + _AT_EACH)
        elif position.conversation_id is not None:
            given = self._continued(given, AT_START + AT_RESTART)
            given["conversation_id"] = position.conversation_id
        elif position.source is not None:
            given = self._continued(given, AT_START)
            given["conversation_id"] = position.source.conversation_id
            given["from_entry_id"] = position.source.from_entry_id
            if position.source.from_entry_id is None:
                given = self._continued(given, AT_RESTART)
        return {**given, **own}

    def _continued(self, given: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
        """Leave out what only a start takes; the conversation has the tools already."""
        return {**given, **dict.fromkeys(names), "tools": self.toolset.kept()}


def check_place(parameters: Mapping[str, Any]) -> None:
    """Check that a chat has a model, an agent or a conversation.

    Raises:
        TypeError: it has none of them.
    """
    if all(parameters[name] is None for name in _PLACES):
        raise TypeError("chat() needs a model, an agent_id or a conversation_id")
