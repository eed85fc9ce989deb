"""Answer a model's function calls until the model has its answer.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, whose model calls the function twice.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mistral_conversations import (
    AsyncConversations,
    Function,
    FunctionCallEntry,
    FunctionResultEntry,
    FunctionTool,
)
from mistral_conversations.server import LocalServer, Piece, call, say

MODEL = "mistral-small-latest"
MAX_TURNS = 5
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
        say("It is sunny in Paris, and it rains in Oslo."),
    ]
    async with (
        LocalServer(script) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        yield conversations


def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return "rain, 9 degrees" if city == "Oslo" else "sunny, 21 degrees"


def run(function_call: FunctionCallEntry) -> FunctionResultEntry:
    """Run one call. A failure is a result too: the model can react to it."""
    try:
        result = get_weather(**function_call.parsed_arguments)
    except (TypeError, ValueError) as error:
        result = f"error: {error}"
    print(f"  {function_call.name}({function_call.arguments}) -> {result}")
    return FunctionResultEntry(tool_call_id=function_call.tool_call_id, result=result)


async def main() -> None:
    """Ask a question, and run functions until the answer is complete."""
    async with connect() as conversations:
        question = "What is the weather in Paris, and in Oslo?"
        print("question:", question)
        response = await conversations.start(question, model=MODEL, tools=[WEATHER])
        for turn in range(1, MAX_TURNS + 1):
            if not response.function_calls:
                break
            print(f"turn {turn}: the model calls")
            # The service accepts the results of one turn only all together.
            results = [run(each) for each in response.function_calls]
            response = await conversations.append(response.conversation_id, results)
        print("answer:", response.text)
        await conversations.delete(response.conversation_id)
        print("The conversation is deleted.")


if __name__ == "__main__":
    asyncio.run(main())
