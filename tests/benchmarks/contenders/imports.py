"""The import and construction of a client in a fresh interpreter.

Run with `ours`, `vendor` or `openai` as its argument. It measures before it reads the
order, which is a first call, and answers as the other contenders do.
"""

import importlib
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeAlias

Call: TypeAlias = Callable[[str], Coroutine[Any, Any, object]]

CLOCK = time.process_time


class Imported(NamedTuple):
    """The CPU seconds until there is a client, and a first call."""

    aiohttp: float
    """When aiohttp had been imported, which is not counted as our share."""

    shell: float
    """When the client object existed."""

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
    """Import up to the class that has `start`, which the vendor imports lazily."""
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
