"""Whether the tools of an MCP server have changed."""

from typing import Any
from weakref import ref

__all__ = ["Changes"]

_CHANGED = "notifications/tools/list_changed"
_WITHOUT_NOTICE = "2026"
"""Since that version of the protocol, a server announces changes to subscribers only."""


class Changes:
    """Whether the tools of a session have changed since they were listed.

    Args:
        session: an `mcp.ClientSession`, whose notifications are read.
    """

    def __init__(self, session: Any) -> None:
        self._session = ref(session)
        self._announced = 0
        self._listed = 0
        self._is_watching = self._watch(session)

    @property
    def are_due(self) -> bool:
        """Whether to list the tools again."""
        if self._announced != self._listed:
            return True
        return self._may_change and not self._is_told

    def note_listing(self) -> None:
        """Note that the tools are about to be listed."""
        self._listed = self._announced

    @property
    def _is_told(self) -> bool:
        version = getattr(self._session(), "protocol_version", None)
        return self._is_watching and not (
            isinstance(version, str) and version >= _WITHOUT_NOTICE
        )

    @property
    def _may_change(self) -> bool:
        capabilities = getattr(self._session(), "server_capabilities", None)
        tools = getattr(capabilities, "tools", None)
        return getattr(tools, "list_changed", None) is True

    def _watch(self, session: Any) -> bool:
        """Read the notifications of a session, besides its own handler."""
        handler = getattr(session, "_message_handler", None)
        if handler is None:
            return False

        async def handle(message: Any) -> None:
            notification = getattr(message, "root", message)
            if getattr(notification, "method", None) == _CHANGED:
                self._announced += 1
            await handler(message)

        session._message_handler = handle  # noqa: SLF001 - it has no public place
        return True
