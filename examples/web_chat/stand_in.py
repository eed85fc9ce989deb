"""What answers without a key: a `LocalServer` whose model uses both tools."""

import asyncio
import re
from collections.abc import AsyncIterator

from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedConversation,
    RecordedRequest,
    call,
    execute,
)

__all__ = ["stand_in"]

GREETING = (
    "No key is set, so a model inside this program answers. "
    "Ask about the weather in a city, and it calls a Python function. "
    "Ask for the news, and it searches the web, or pretends to. You wrote:\n\n"
)
NEWS = "Today's news: all rivers still flow to the sea, and some reach it on time."


def stand_in() -> LocalServer:
    """Return a server that answers about as fast as a service."""
    return LocalServer(answer, latency=0.03, keep=1000)


async def answer(
    conversation: RecordedConversation, _request: RecordedRequest
) -> AsyncIterator[str | Piece]:
    """Answer the last entry: a result of the function, or a message."""
    last = conversation.entries[-1]
    if last["type"] == "function.result":
        yield f"The function says: {last['result']}"
        return
    text = str(last["content"])
    if "weather" in text.lower():
        city = re.search(r"\bin ([^\W\d_]+)", text)
        yield "Let me look. "
        yield call("get_weather", city=city[1] if city else "Paris")
    elif "news" in text.lower():
        yield execute("web_search", arguments={"query": text})
        await asyncio.sleep(0.5)
        yield NEWS
    else:
        yield GREETING + text
