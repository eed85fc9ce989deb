"""The whole API as one application of aiohttp."""

import attrs
from aiohttp import web

from mistral_conversations.server.agents.operations import AgentOperations
from mistral_conversations.server.conversing import Conversing
from mistral_conversations.server.guard import Guard, expected
from mistral_conversations.server.libraries.operations import LibraryOperations
from mistral_conversations.server.responses import name_request

__all__ = ["Service"]


@attrs.define(eq=False)
class Service:
    """The API: what stands before the operations, and the operations."""

    guard: Guard
    conversing: Conversing
    agents: AgentOperations
    libraries: LibraryOperations

    def application(self) -> web.Application:
        """Make an application for aiohttp, good for one event loop."""
        # 0: a body may be as large as it likes, for images travel inside.
        app = web.Application(client_max_size=0, middlewares=[self.guard.middleware])
        operations = (
            *self.conversing.operations(),
            *self.agents.operations(),
            *self.libraries.operations(),
        )
        for method, route, handler in operations:
            path = route.replace("}", ":[^/]+}")  # an id may have braces in it
            app.router.add_route(method, path, handler, expect_handler=expected)
        app.on_response_prepare.append(name_request)
        return app

    async def aclose(self) -> None:
        """End what is still being done."""
        await self.conversing.aclose()
