"""The whole API as one application of aiohttp."""

import attrs
from aiohttp import web

from mistral_conversations.server.agents.operations import AgentOperations
from mistral_conversations.server.conversations.operations import (
    ConversationOperations,
)
from mistral_conversations.server.libraries.operations import LibraryOperations
from mistral_conversations.server.web.middleware import Middleware
from mistral_conversations.server.web.responses import add_request_ids
from mistral_conversations.server.web.routing import add_operations

__all__ = ["Service"]


@attrs.define(eq=False)
class Service:
    """The API: a middleware and the operations behind it."""

    middleware: Middleware
    conversations: ConversationOperations
    agents: AgentOperations
    libraries: LibraryOperations

    def application(self) -> web.Application:
        """Make an application for one event loop."""
        app = web.Application(
            client_max_size=self.middleware.largest_body,
            middlewares=[self.middleware.handle],
        )
        add_operations(app, self.conversations.operations())
        add_operations(app, self.agents.operations())
        add_operations(app, self.libraries.operations())
        app.on_response_prepare.append(add_request_ids)
        return app

    async def aclose(self) -> None:
        """Cancel the answers that are still being written."""
        await self.conversations.aclose()
