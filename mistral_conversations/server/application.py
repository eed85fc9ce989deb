"""The whole API as one application of aiohttp."""

import asyncio
import logging
from contextlib import AsyncExitStack

import attrs
from aiohttp import web

from mistral_conversations._serving import serving
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
from mistral_conversations.server.web.address import addresses_of, url_of
from mistral_conversations.server.web.links import Links
from mistral_conversations.server.web.middleware import Middleware
from mistral_conversations.server.web.responses import add_request_ids
from mistral_conversations.server.web.routing import add_operations

__all__ = ["Service"]

# Malformed HTTP is the client's fault, which the answer (400) explains. aiohttp would
# log it with the bytes of the request, and so with the key.
_http_logger = logging.getLogger("mistral_conversations.server.http")
_http_logger.addFilter(lambda _: False)

# How long an open stream may take to finish before it is cancelled, in seconds.
_GRACE = 0.05

# How long the rest of a refused body may come, so that its sender reads the answer.
_LINGER = 0.5

# Connections waiting to be accepted: a thousand streams may start at once.
_BACKLOG = 1024


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
            middlewares=[self.middleware.handle],
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

    async def listen(self, stack: AsyncExitStack, host: str, port: int) -> str:
        """Listen on the running loop until a stack is closed; return the URL.

        Raises:
            OSError: the address is not available.
        """
        runner = web.AppRunner(
            self.application(),
            access_log=None,
            logger=_http_logger,
            auto_decompress=False,
            handler_cancellation=True,
            shutdown_timeout=_GRACE,
            lingering_time=_LINGER,
        )
        # The loop closes sockets one iteration after the call.
        stack.push_async_callback(asyncio.sleep, 0)
        stack.push_async_callback(self.aclose)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, host, port, backlog=_BACKLOG).start()
        bound = runner.addresses[0][1]
        stack.enter_context(serving(addresses_of(host, bound)))
        return url_of(host, bound)

    async def aclose(self) -> None:
        """Cancel the batch jobs and answers that are not finished."""
        await self.batch_jobs.aclose()
        await self.conversations.aclose()
