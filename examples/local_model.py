"""Put your own model behind the Conversations API; its answers stream through.

Set CHAT_COMPLETIONS_URL to the address of an OpenAI-compatible server, up to its `/v1`
(such as http://127.0.0.1:11434/v1), CHAT_COMPLETIONS_MODEL to one of its models, and
CHAT_COMPLETIONS_KEY to its key, if it needs one. Without them, a small substitute
inside this program answers.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from itertools import groupby
from typing import Any

import aiohttp
from aiohttp import web

from mistral_conversations import (
    AsyncConversations,
    AsyncConversationStream,
    Function,
    FunctionResultEntry,
    FunctionTool,
    server_sent_events,
)
from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedConversation,
    RecordedRequest,
    call,
)

MODEL = os.environ.get("CHAT_COMPLETIONS_MODEL", "stand-in")
KEY = os.environ.get("CHAT_COMPLETIONS_KEY", "none")
WEATHER = FunctionTool(
    function=Function(
        name="get_weather",
        description="Return the weather of a city.",
        parameters={
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    )
)


class ChatCompletions:
    """A model for `LocalServer` that calls a chat-completions endpoint."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = f"{url.rstrip('/')}/chat/completions"

    async def __call__(
        self, conversation: RecordedConversation, request: RecordedRequest
    ) -> AsyncIterator[str | Piece]:
        """Yield the text of the answer as it arrives, then the function calls."""
        body = chat_request(conversation, request)
        calls: dict[int, dict[str, str]] = {}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with self.session.post(self.url, json=body, headers=headers) as response:
            response.raise_for_status()
            async for delta in deltas(response):
                if delta.get("content"):
                    yield delta["content"]
                collect(delta.get("tool_calls") or [], calls)
        for each in calls.values():
            yield call(each["name"], **json.loads(each["arguments"] or "{}"))


def chat_request(
    conversation: RecordedConversation, request: RecordedRequest
) -> dict[str, Any]:
    """Translate the conversation into a request for chat completions."""
    settings = conversation.agent or conversation.json
    arguments = {
        **(settings.get("completion_args") or {}),
        **(request.json.get("completion_args") or {}),
    }
    functions = [t for t in conversation.tools if t["type"] == "function"]
    system = conversation.instructions
    first = [{"role": "system", "content": system}] if system else []
    return {
        "model": MODEL,
        "stream": True,
        "messages": [*first, *messages(conversation.entries)],
        **({"tools": functions} if functions else {}),
        **{key: value for key, value in arguments.items() if value is not None},
    }


def messages(entries: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Translate entries into chat messages; skip entries that a chat does not have."""
    for kind, group in groupby(entries, lambda entry: entry["type"]):
        match kind:
            case "function.call":
                calls = [tool_call(entry) for entry in group]
                yield {"role": "assistant", "content": "", "tool_calls": calls}
            case "function.result":
                for entry in group:
                    yield {
                        "role": "tool",
                        "tool_call_id": entry["tool_call_id"],
                        "content": entry["result"],
                    }
            case "message.input" | "message.output":
                for entry in group:
                    yield {"role": entry["role"], "content": text(entry["content"])}


def tool_call(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Translate a function call into one of a chat."""
    function = {"name": entry["name"], "arguments": entry["arguments"]}
    return {"id": entry["tool_call_id"], "type": "function", "function": function}


def text(content: str | Iterable[Mapping[str, Any]]) -> str:
    """Return the text of a message, without its other chunks."""
    if isinstance(content, str):
        return content
    return "".join(chunk.get("text", "") for chunk in content)


async def deltas(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """Yield the new part in each event of a streamed chat completion."""
    async with aclosing(server_sent_events(response.content.iter_any())) as events:
        async for event in events:
            if event.data == "[DONE]":
                return
            for choice in json.loads(event.data)["choices"]:
                yield choice["delta"]


def collect(pieces: Iterable[Mapping[str, Any]], calls: dict[int, Any]) -> None:
    """Join the pieces of function calls."""
    for piece in pieces:
        collected = calls.setdefault(piece["index"], {"name": "", "arguments": ""})
        for key in collected:
            collected[key] += piece["function"].get(key) or ""


async def stand_in(request: web.Request) -> web.StreamResponse:
    """Answer like a chat-completions endpoint: with text, or with function calls."""
    body = await request.json()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for delta in stand_in_deltas(body["messages"], body.get("tools")):
        chunk = json.dumps({"choices": [{"index": 0, "delta": delta}]})
        await response.write(f"data: {chunk}\n\n".encode())
        await asyncio.sleep(0.01)
    await response.write(b"data: [DONE]\n\n")
    return response


def stand_in_deltas(messages: list[Any], tools: object) -> Iterator[dict[str, Any]]:
    """Yield two function calls if the request has a function; else repeat its text."""
    last = messages[-1]
    if tools and last["role"] == "user":
        for index, city in enumerate(["Paris", "Oslo"]):
            function = {"name": "get_weather", "arguments": '{"city": '}
            yield {"tool_calls": [{"index": index, "function": function}]}
            rest = {"arguments": f'"{city}"}}'}
            yield {"tool_calls": [{"index": index, "function": rest}]}
        return
    for word in f"You wrote: {last['content']}".split():
        yield {"content": f"{word} "}


@asynccontextmanager
async def endpoint() -> AsyncIterator[str]:
    """Yield the address of a chat-completions endpoint."""
    if url := os.environ.get("CHAT_COMPLETIONS_URL"):
        yield url
        return
    app = web.Application()
    app.router.add_post("/v1/chat/completions", stand_in)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def show(stream: AsyncConversationStream) -> str:
    """Print the answer as it arrives, and return the id of its conversation."""
    async with stream:
        async for text in stream.text():
            print(text, end="", flush=True)
    response = await stream.response()
    print(f"\n  [{response.usage.total_tokens} tokens]")
    for each in response.function_calls:
        print(f"  [calls {each.name} with {each.arguments}]")
    return response.conversation_id


async def main() -> None:
    """Run a conversation that streams, and one with a function."""
    async with (
        endpoint() as url,
        aiohttp.ClientSession() as session,
        LocalServer(ChatCompletions(session, url)) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        print(f"{MODEL} at {url} answers:")
        conversation_id = await show(
            conversations.start_stream("Tell me about the Loire.", model=MODEL)
        )
        await show(conversations.append_stream(conversation_id, "And about the Rhine?"))

        response = await conversations.start(
            "Is it raining in Paris, and in Oslo?", model=MODEL, tools=[WEATHER]
        )
        results = [
            FunctionResultEntry(tool_call_id=each.tool_call_id, result="sunny, 21 C")
            for each in response.function_calls
        ]
        print("calls:", [each.arguments for each in response.function_calls])
        if results:
            response = await conversations.append(response.conversation_id, results)
        print(response.text)


if __name__ == "__main__":
    asyncio.run(main())
