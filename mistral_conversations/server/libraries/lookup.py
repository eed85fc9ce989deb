"""The search of the libraries while an answer is made."""

from collections.abc import Sequence

import attrs

from mistral_conversations.server.libraries.store import LibraryStore
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.values import text_argument

__all__ = ["LIBRARY_TOOL", "Lookup"]

LIBRARY_TOOL = "document_library"
"""The type of the tool that names libraries, and the name of its executions."""


@attrs.define(eq=False)
class Lookup:
    """Searches the libraries that the tools of a conversation name."""

    _store: LibraryStore
    tools: Sequence[JSONObject]
    """The available tools."""

    found: Sequence[JSONObject] = ()
    """The results of the last search, best first."""

    def search(self, arguments: str, question: str) -> JSONObject:
        """Search, and return the `info` of the execution.

        Args:
            arguments: the arguments of the execution, JSON text; `query` is the query.
            question: the query if the arguments have none.

        Returns:
            The results; an empty object if no tool names libraries.
        """
        tools = [tool for tool in self.tools if tool["type"] == LIBRARY_TOOL]
        if not tools:
            return {}
        # A library named twice is searched once.
        ids = dict.fromkeys(
            id_.lower() for tool in tools for id_ in tool["library_ids"]
        )
        query = text_argument(arguments, "query") or question
        self.found = self._store.search(ids, query)
        return {"results": self.found}
