"""Keep one client for the whole life of a web application, and stream to its visitors.

The application is a small aiohttp one; web_chat/ is a whole chat, with FastAPI and a
page. The program starts it, sends it two requests, and stops
it. With MISTRAL_API_KEY set, the application talks to Mistral's service. Without, it
talks to a `LocalServer` inside this program, whose model repeats the question.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from mistral_conversations import AsyncConversations, MistralConversationsError
from mistral_conversations.server import LocalServer

MODEL = "mistral-small-latest"
CLIENT = web.AppKey("client", AsyncConversations)


async def client_of_the_service(app: web.Application) -> AsyncIterator[None]:
    """Open the client when the application starts, close it when it stops."""
    async with AsyncConversations() as app[CLIENT]:
        yield
    print("The client is closed.")


async def client_of_a_local_server(app: web.Application) -> AsyncIterator[None]:
    """Run a server beside the application."""
    async with (
        LocalServer(latency=0.02) as server,
        AsyncConversations("local", base_url=server.base_url) as app[CLIENT],
    ):
        yield
    print("The client and the server are closed.")


async def answer(request: web.Request) -> web.StreamResponse:
    """Stream an answer. If the visitor leaves, writing fails, and the stream closes."""
    question = request.query.get("question", "Hello")
    stream = request.app[CLIENT].start_stream(question, model=MODEL)
    try:
        await stream.open()
    except MistralConversationsError as error:  # while another status is possible
        raise web.HTTPBadGateway(text="The service is not available.") from error
    async with stream:
        relay = stream.sse()
        reply = web.StreamResponse(headers=relay.headers)
        await reply.prepare(request)
        async for chunk in relay:
            await reply.write(chunk)
    return reply


def application() -> web.Application:
    """Return the application."""
    app = web.Application()
    has_key = bool(os.environ.get("MISTRAL_API_KEY"))
    print(f"The application talks to {'the service' if has_key else 'a LocalServer'}.")
    app.cleanup_ctx.append(
        client_of_the_service if has_key else client_of_a_local_server
    )
    app.router.add_get("/answer", answer)
    return app


async def visit(url: str, question: str) -> None:
    """Print what a page would show, piece by piece."""
    print("visitor:", question)
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, params={"question": question}) as response,
    ):
        print(response.status, end=" ")
        async for line in response.content:
            if line.startswith(b"data: "):
                event = json.loads(line.removeprefix(b"data: "))
                if event["type"] == "message.output.delta":
                    print(event["content"], end="|", flush=True)
    print()


async def main() -> None:
    """Run the application, and visit it twice."""
    runner = web.AppRunner(application())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/answer"
        await visit(url, "Which river flows through Paris?")
        await visit(url, "And through Lyon?")
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
