"""The whole API as one application of aiohttp."""

import attrs
from aiohttp import web

from mistral_conversations.server.agents.operations import AgentOperations
from mistral_conversations.server.answers.model import Script
from mistral_conversations.server.batch_jobs.operations import BatchJobOperations
from mistral_conversations.server.connectors.operations import ConnectorOperations
from mistral_conversations.server.conversations.operations import (
    ConversationOperations,
)
from mistral_conversations.server.files.operations import FileOperations
from mistral_conversations.server.libraries.operations import LibraryOperations
from mistral_conversations.server.model_cards.operations import ModelOperations
from mistral_conversations.server.web.access_log import log_requests
from mistral_conversations.server.web.links import Links
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
    files: FileOperations
    models: ModelOperations
    connectors: ConnectorOperations
    batch_jobs: BatchJobOperations
    links: Links

    def application(self) -> web.Application:
        """Make an application for one event loop."""
        app = web.Application(
            client_max_size=self.middleware.largest_body,
            middlewares=[log_requests, self.middleware.handle],
        )
        add_operations(app, self.conversations.operations())
        add_operations(app, self.agents.operations())
        add_operations(app, self.libraries.operations())
        add_operations(app, self.files.operations())
        add_operations(app, self.models.operations())
        add_operations(app, self.connectors.operations())
        add_operations(app, self.batch_jobs.operations())
        add_operations(app, self.links.operations())
        app.on_response_prepare.append(add_request_ids)
        return app

    def unused(self) -> list[str]:
        """Describe the turns of the script and the troubles that no request met."""
        model = self.conversations.model
        turns = model.unused() if isinstance(model, Script) else []
        return turns + self.middleware.troubles.unused()

    async def aclose(self) -> None:
        """Cancel the batch jobs and answers that are not finished."""
        await self.batch_jobs.aclose()
        await self.conversations.aclose()
