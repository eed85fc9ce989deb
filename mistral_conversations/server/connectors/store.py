"""The connectors of a server, and their tools in conversations."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import attrs

from mistral_conversations._wire.json import decode_json
from mistral_conversations.server.connectors.connector import LocalConnector
from mistral_conversations.server.connectors.results import failed, run
from mistral_conversations.server.web.failures import JSONObject, not_found

__all__ = ["ConnectorStore", "Run", "checked_connectors"]

_CONNECTOR_TOOL = "connector"

Run: TypeAlias = Callable[[], Awaitable[JSONObject]]
"""Runs a tool, and returns its result."""


def checked_connectors(connectors: Iterable[Any]) -> tuple[LocalConnector, ...]:
    """Return the parameter `connectors`.

    Raises:
        TypeError: it is not a list of connectors.
        ValueError: two connectors have the same name.
    """
    if isinstance(connectors, str | Mapping) or not isinstance(connectors, Iterable):
        raise TypeError(
            "connectors must be a list of LocalConnector, not "
            f"{type(connectors).__name__}"
        )
    checked = tuple(connectors)
    names: set[str] = set()
    for index, each in enumerate(checked):
        if not isinstance(each, LocalConnector):
            raise TypeError(
                f"connectors[{index}] must be a LocalConnector, not "
                f"{type(each).__name__}"
            )
        if each.name in names:
            raise ValueError(
                f"connectors[{index}]: another connector is named {each.name!r}"
            )
        names.add(each.name)
    return checked


@attrs.define(eq=False)
class ConnectorStore:
    """The connectors, in the order of their creation."""

    connectors: Sequence[LocalConnector] = ()

    def find(self, id_or_name: str) -> LocalConnector:
        """Return a connector.

        Raises:
            RefusalError: no connector has that id or name.
        """
        found = self._named(id_or_name)
        if found is None:
            raise not_found(f"Connector {id_or_name} not found")
        return found

    def tool_run(
        self, name: str, function: str, arguments: str, tools: Sequence[JSONObject]
    ) -> Run | None:
        """Return what runs the tool of a connector that a conversation names.

        Args:
            name: the name of the execution: a connector, or one of its tools.
            function: the tool, if the name is that of a connector.
            arguments: the arguments of the tool, JSON text.
            tools: the tools of the conversation.

        Returns:
            None if no connector of the conversation has the tool.
        """
        for connector, settings in self._among(tools):
            is_connector = name in {connector.id, connector.name}
            tool = function if is_connector else name
            if tool in connector.tools and _is_allowed(tool, settings):
                return partial(_run, connector, tool, arguments, settings)
        return None

    def _among(
        self, tools: Sequence[JSONObject]
    ) -> Iterator[tuple[LocalConnector, JSONObject]]:
        for tool in tools:
            if tool["type"] == _CONNECTOR_TOOL:
                connector = self._named(tool["connector_id"])
                if connector is not None:
                    yield connector, tool

    def _named(self, id_or_name: str) -> LocalConnector | None:
        found = (c for c in self.connectors if id_or_name in {c.name, c.id})
        by_id = (c for c in self.connectors if c.id == id_or_name.lower())
        return next(found, None) or next(by_id, None)


def _is_allowed(tool: str, settings: JSONObject) -> bool:
    configuration = settings.get("tool_configuration") or {}
    include, exclude = configuration.get("include"), configuration.get("exclude")
    return (include is None or tool in include) and tool not in (exclude or ())


async def _run(
    connector: LocalConnector, tool: str, arguments: str, settings: JSONObject
) -> JSONObject:
    if not connector.is_authenticated and settings.get("authorization") is None:
        return failed(f"Connector {connector.name} needs authorization")
    try:
        given = decode_json(arguments)
    except ValueError as error:
        return failed(f"The arguments of {tool} are not JSON: {error}")
    if not isinstance(given, dict):
        return failed(f"The arguments of {tool} are no object")
    return await run(connector.tools[tool], given)
