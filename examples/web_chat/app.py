"""A chat in the browser: FastAPI, server-sent events, and one page without a framework.

    pip install fastapi uvicorn
    python examples/web_chat/app.py

With MISTRAL_API_KEY set, the answers come from Mistral's service. Without, they come
from a `LocalServer` inside this program.
"""

import argparse
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import anyio
import uvicorn
from chats import Chat, Visitors
from fastapi import Cookie, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from stand_in import stand_in

from mistral_conversations import (
    AsyncConversations,
    AsyncRelay,
    ConversationBusyError,
    MistralConversationsError,
    RateLimitError,
)

HERE = Path(__file__).parent
COOKIE = "visitor"
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

logger = logging.getLogger("web_chat")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one client for the whole life of the application."""
    async with AsyncExitStack() as stack:
        client = AsyncConversations()
        if not os.environ.get("MISTRAL_API_KEY"):
            server = await stack.enter_async_context(stand_in())
            client = AsyncConversations("local", base_url=server.base_url)
        app.state.client = await stack.enter_async_context(client)
        app.state.visitors = Visitors()
        stack.push_async_callback(app.state.visitors.close)
        yield


app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

Visitor = Annotated[str | None, Cookie(alias=COOKIE)]


class Message(BaseModel):
    """What a visitor sends."""

    text: str = Field(min_length=1, max_length=20_000, pattern=r"\S")


class Answer(StreamingResponse):
    """The events of an answer. A visitor who leaves closes the service's stream."""

    def __init__(self, chat: Chat, relay: AsyncRelay) -> None:
        super().__init__(relay, headers=relay.headers)
        self.chat = chat
        self.relay = relay

    async def __call__(self, *asgi: Any) -> None:
        """Send the events; close the stream in any case."""
        try:
            await super().__call__(*asgi)
        finally:
            with anyio.CancelScope(shield=True):
                await self.chat.left(self.relay)


@app.get("/")
async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(HERE / "page.html", headers=HEADERS)


@app.get("/page.{kind}")
async def part(kind: str) -> FileResponse:
    """Return the script or the style of the page."""
    if kind not in {"js", "css"}:
        raise HTTPException(404)
    return FileResponse(HERE / f"page.{kind}", headers=HEADERS)


@app.post("/chats")
async def begin(request: Request, visitor: Visitor = None) -> JSONResponse:
    """Begin a chat; a new visitor gets a cookie."""
    known, chat = await request.app.state.visitors.begin(visitor)
    response = JSONResponse({"id": chat.id})
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, known, httponly=True, samesite="strict", secure=secure)
    return response


@app.get("/chats/{id}")
async def history(request: Request, id: str, visitor: Visitor = None) -> JSONResponse:
    """Return the history of a chat, and whether an answer is still being written."""
    chat = own_chat(request, visitor, id)
    state = await chat.state(request.app.state.client)
    return JSONResponse(state, headers={"cache-control": "no-store"})


@app.post("/chats/{id}/messages")
async def send(
    request: Request, id: str, message: Message, visitor: Visitor = None
) -> Answer:
    """Send a message, and stream the events of its answer."""
    chat = own_chat(request, visitor, id)
    relay = await chat.ask(request.app.state.client, message.text)
    return Answer(chat, relay)


def own_chat(request: Request, visitor: str | None, id: str) -> Chat:
    """Return a chat of this visitor."""
    chat: Chat | None = request.app.state.visitors.find(visitor, id)
    if chat is None:
        raise HTTPException(404, "This chat no longer exists. Please start a new one.")
    return chat


@app.exception_handler(MistralConversationsError)
async def refused(_: Request, error: MistralConversationsError) -> JSONResponse:
    """Report a refusal: a text for the visitor, the details for the log."""
    logger.warning("%s: %s", type(error).__name__, error)
    if isinstance(error, RateLimitError):
        text = "Too many questions at once. Please try again in a minute."
        return JSONResponse({"detail": text}, 429)
    if isinstance(error, ConversationBusyError):
        text = "The answer before is still being written. Please try again soon."
        return JSONResponse({"detail": text}, 409)
    text = "The service is not available. Please try again later."
    return JSONResponse({"detail": text}, 502)


@app.exception_handler(RequestValidationError)
async def unusable(_: Request, _error: RequestValidationError) -> JSONResponse:
    """Reject a message; the message itself may not even be writable as JSON."""
    text = "A message has between 1 and 20,000 characters."
    return JSONResponse({"detail": text}, 422)


class Server(uvicorn.Server):
    """A server that stops while answers stream.

    uvicorn waits for the end of each response first, and then ends the lifespan.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the streams, so that their responses end."""
        await app.state.visitors.close()
        await super().shutdown(sockets)


def main() -> None:
    """Serve the chat until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A chat in the browser.")
    parser.add_argument("--port", type=int, default=8000, help="0 chooses a free port")
    arguments = parser.parse_args()
    config = uvicorn.Config(
        app, port=arguments.port, log_level="info", timeout_graceful_shutdown=5
    )
    with suppress(KeyboardInterrupt):
        Server(config).run()


if __name__ == "__main__":
    main()
