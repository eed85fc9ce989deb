"""Use a connector in a conversation: authorize it, and confirm the calls of its tools.

With MISTRAL_API_KEY set, the program talks to Mistral's service, and uses the connector
that MISTRAL_CONNECTOR names, or else the first active one. Without, it talks to a
`LocalServer` inside this program, whose connector is a few functions.
"""

import asyncio
import os
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mistral_conversations import (
    AsyncMistral,
    Connector,
    ConversationResponse,
    CustomConnector,
    FunctionCallEntry,
    MCPTool,
    ToolCallConfirmation,
    ToolConfiguration,
    ToolExecutionEntry,
)
from mistral_conversations.server import LocalConnector, LocalServer, execute, say

MODEL = "mistral-medium-latest"
QUESTION = "When is the water high in Brest tomorrow?"
LOCAL = not os.environ.get("MISTRAL_API_KEY")
MOST_TURNS = 5


def tides(port: str, days: int = 1) -> dict[str, object]:
    """Return the times of high water in a port, some days from now."""
    return {"port": port, "days": days, "high": ["05:12", "17:38"]}


def berths(port: str) -> str:
    """Count the free berths of a port."""
    return f"Three berths are left in {port}."


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncMistral]:
    """Open a client of the service, or of a server in this program."""
    if not LOCAL:
        async with AsyncMistral() as mistral:
            yield mistral
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    harbour = LocalConnector(
        "harbour",
        tools={"tides": tides, "berths": berths},
        description="Tides and berths.",
        authenticated=False,
    )
    asked = execute("tides", arguments={"port": "Brest", "days": 1})
    async with (
        LocalServer(
            [[asked, say("At 05:12 and at 17:38.")]], connectors=[harbour]
        ) as server,
        AsyncMistral("local", base_url=server.base_url) as mistral,
    ):
        yield mistral


async def choose(mistral: AsyncMistral) -> Connector | None:
    """Return the connector to use; None if there is none."""
    wanted = os.environ.get("MISTRAL_CONNECTOR")
    if wanted and not LOCAL:
        return await mistral.connectors.get(wanted)
    chosen = None
    async for connector in mistral.connectors.list_all(active=True):
        print(f"connector {connector.name}: {connector.description}")
        chosen = chosen or connector
    return chosen


async def authorize(mistral: AsyncMistral, connector: Connector) -> None:
    """Ask the user to give the connector access, if it has none."""
    if connector.is_authenticated is not False:
        return
    found = await mistral.connectors.get_auth_url(connector.id)
    print(f"{connector.name} needs your permission, within {found.ttl} seconds.")
    if LOCAL:  # what a browser would do
        print("(The program opens the URL itself.)")
        await asyncio.to_thread(visit, found.auth_url)
    else:
        print(f"Open {found.auth_url} in a browser.")
        await ask("Press Enter when you are done. ")


def visit(url: str) -> None:
    """Open a URL of the server in this program."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as answer:
        print(answer.read().decode())


async def ask(question: str) -> str:
    """Ask the user; return "" if stdin is not a terminal."""
    if not sys.stdin.isatty():
        return ""
    return await asyncio.to_thread(input, question)


async def tools_of(mistral: AsyncMistral, connector: Connector) -> list[str]:
    """Print the tools, and return the names of those that may change something."""
    changing = []
    async for tool in mistral.connectors.list_all_tools(connector.id):
        if isinstance(tool, MCPTool):
            print(f"tool {tool.name}: {tool.description}")
            hints = tool.annotations
            if hints is None or not hints.read_only_hint:
                changing.append(tool.name)
    return changing


async def confirm(response: ConversationResponse) -> list[ToolCallConfirmation]:
    """Ask the user about each call that waits for a confirmation."""
    decided = []
    for entry in response.outputs:
        match entry:
            case ToolExecutionEntry(name=name):
                print(f"[{name} has run]")
            case FunctionCallEntry(confirmation_status="pending"):
                question = f"Run {entry.name}({entry.arguments})? [y/N] "
                allowed = LOCAL or (await ask(question)).lower().startswith("y")
                print(f"{question}{'allowed' if allowed else 'denied'}")
                decided.append(
                    ToolCallConfirmation(
                        tool_call_id=entry.tool_call_id,
                        confirmation="allow" if allowed else "deny",
                    )
                )
    return decided


async def converse(mistral: AsyncMistral, tool: CustomConnector) -> str:
    """Ask the question, and confirm calls until there is an answer."""
    conversations = mistral.conversations
    response = await conversations.start(QUESTION, model=MODEL, tools=[tool])
    try:
        for _ in range(MOST_TURNS):
            decided = await confirm(response)
            if not decided:
                break
            response = await conversations.append(
                response.conversation_id, tool_confirmations=decided
            )
        return response.text
    finally:
        await conversations.delete(response.conversation_id)


async def main() -> None:
    """Run all steps."""
    async with connect() as mistral:
        connector = await choose(mistral)
        if connector is None:
            print("You have no active connector.")
            return
        await authorize(mistral, connector)
        changing = await tools_of(mistral, connector)
        if LOCAL:
            # The same without a model, with your own arguments:
            result = await mistral.connectors.call_tool(
                connector.id, "berths", {"port": "Brest"}
            )
            print(f"called directly: {result.text}")
        tool = CustomConnector(
            connector_id=connector.id,
            tool_configuration=ToolConfiguration(requires_confirmation=tuple(changing)),
        )
        print(f"> {QUESTION}")
        print(await converse(mistral, tool))


if __name__ == "__main__":
    asyncio.run(main())
