"""The import of a client and its construction, in an interpreter that has nothing yet.

Run with `ours`, `vendor` or `openai` as its argument. It measures before it takes the
order, and answers in the way of the other contenders; the order is a first call.
"""

import importlib
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeAlias

Call: TypeAlias = Callable[[str], Coroutine[Any, Any, object]]

CLOCK = time.process_time


class Imported(NamedTuple):
    """The CPU seconds on the way to a client, and a first call."""

    aiohttp: float
    """What is not one's own share: when aiohttp had been imported."""

    shell: float
    """When the client's object was there."""

    call: Call


def ours() -> Imported:
    import aiohttp  # noqa: F401, PLC0415

    between = CLOCK()
    from mistral_conversations import AsyncConversations  # noqa: PLC0415

    AsyncConversations("key")

    async def call(url: str) -> object:
        async with AsyncConversations("key", base_url=url) as client:
            return await client.start("Hello!", model="m")

    return Imported(between, CLOCK(), call)


def vendor() -> Imported:
    """Go on to what has `start`: the vendor's client imports that when it is asked."""
    sdk: Any = importlib.import_module("mistralai.client")
    client = sdk.Mistral(api_key="key")
    shell = CLOCK()
    _ = client.beta.conversations

    async def call(url: str) -> object:
        async with sdk.Mistral(api_key="key", server_url=url) as client:
            conversations = client.beta.conversations
            return await conversations.start_async(inputs="Hello!", model="m")

    return Imported(shell, shell, call)


def openai() -> Imported:
    sdk: Any = importlib.import_module("openai")
    client = sdk.AsyncOpenAI(api_key="key", http_client=sdk.DefaultAioHttpClient())
    shell = CLOCK()
    _ = client.responses

    async def call(url: str) -> object:
        async with sdk.AsyncOpenAI(
            api_key="key",
            base_url=f"{url}/v1",
            http_client=sdk.DefaultAioHttpClient(),
        ) as client:
            return await client.responses.create(input="Hello!", model="m")

    return Imported(shell, shell, call)


def main() -> None:
    begin = CLOCK()
    made = {"ours": ours, "vendor": vendor, "openai": openai}[sys.argv[1]]()
    end = CLOCK()

    import asyncio  # noqa: PLC0415
    import json  # noqa: PLC0415

    order = json.loads(sys.stdin.readline())
    before_call = CLOCK()
    asyncio.run(made.call(order["url"]))
    called = CLOCK() - before_call
    seconds = {
        "own ms": end - made.aiohttp,
        "shell ms": made.shell - begin,
        "client ms": end - begin,
        "answered ms": end - begin + called,
    }
    figures = {name: 1000 * value for name, value in seconds.items()}
    sys.stdout.write(f"{json.dumps({'figures': figures})}\n")


if __name__ == "__main__":
    main()
