"""What an answer finds in the libraries while it is made."""

from collections.abc import Sequence

import attrs

from mistral_conversations._wire.json import decode_json
from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.libraries.shelf import Shelf

__all__ = ["LIBRARY_TOOL", "Lookup"]

LIBRARY_TOOL = "document_library"
"""The type of the tool that names libraries, and the name of its executions."""


@attrs.define(eq=False)
class Lookup:
    """Searches the libraries that the tools of a conversation name."""

    _shelf: Shelf
    tools: Sequence[JSONObject]
    """The tools that can be used."""

    found: Sequence[JSONObject] = ()
    """What the last search has found, the best first."""

    def search(self, arguments: str, question: str) -> JSONObject:
        """Search, and give the `info` of the execution.

        Args:
            arguments: those of the execution, JSON text; `query` is searched for.
            question: what is searched for where they have no query.

        Returns:
            The results; nothing at all where no tool names libraries.
        """
        tools = [tool for tool in self.tools if tool["type"] == LIBRARY_TOOL]
        if not tools:
            return {}
        # A library that is named twice is searched once.
        ids = dict.fromkeys(
            id_.lower() for tool in tools for id_ in tool["library_ids"]
        )
        self.found = self._shelf.search(ids, _query(arguments) or question)
        return {"results": self.found}


def _query(arguments: str) -> str | None:
    try:
        given = decode_json(arguments)
    except ValueError:
        return None
    query = given.get("query") if isinstance(given, dict) else None
    return query if isinstance(query, str) else None
