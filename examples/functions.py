"""Let the model call two Python functions, one of them async.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, whose model calls the functions in two turns.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mistral_conversations import AsyncConversations, RunLimits, ToolError
from mistral_conversations.server import LocalServer, Piece, call, say

MODEL = "mistral-small-latest"
QUESTION = "How many degrees Fahrenheit is it in Paris and in Oslo?"


@dataclass
class Weather:
    """What a function returns, the model reads as JSON."""

    sky: str
    celsius: float


WEATHER = {"Paris": Weather("sunny", 21), "Oslo": Weather("rain", 9)}


async def get_weather(city: str) -> Weather:
    """Return the weather of a city.

    Args:
        city: the name of the city in English.
    """
    await asyncio.sleep(0.1)  # a request to a weather service
    if city not in WEATHER:
        raise ToolError(f"No weather for {city}. Known are: {', '.join(WEATHER)}.")
    return WEATHER[city]


def to_fahrenheit(celsius: float) -> float:
    """Convert a temperature."""
    return celsius * 9 / 5 + 32


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncConversations]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncConversations() as conversations:
            yield conversations
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    script: list[Piece | list[Piece]] = [
        [call("get_weather", city="Paris"), call("get_weather", city="Oslo")],
        [call("to_fahrenheit", celsius=21), call("to_fahrenheit", celsius=9)],
        say("It is 69.8 degrees in Paris and 48.2 degrees in Oslo."),
    ]
    async with (
        LocalServer(script) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        yield conversations


async def main() -> None:
    """Ask a question, and show the functions that the model called for the answer."""
    async with connect() as conversations:
        print("question:", QUESTION)
        result = await conversations.run(
            QUESTION,
            model=MODEL,
            tools=[get_weather, to_fahrenheit],
            limits=RunLimits(max_turns=5),
        )
        for each in result.calls:
            print(f"  turn {each.turn}: {each.name}({each.arguments}) -> {each.result}")
        print("answer:", result.text)
        print(result.turns, "turns,", result.usage.total_tokens, "tokens")
        if result.conversation_id is not None:
            await conversations.delete(result.conversation_id)
            print("The conversation is deleted.")


if __name__ == "__main__":
    asyncio.run(main())
