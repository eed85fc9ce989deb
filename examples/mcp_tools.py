"""Let the model use the tools of an MCP server, which is in this file too.

The program starts itself as the server, with the argument `serve`, and talks to it over
stdin and stdout. The server keeps notes; deleting one needs an approval. Any other
server works alike, such as `mcp_stdio("npx", "-y", "some-server")`, or
`mcp_http("https://example.com/mcp")`.

It needs the extra `mcp`. With MISTRAL_API_KEY set, it talks to Mistral's service.
Without, it talks to a `LocalServer`.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack

from mistral_conversations import AsyncConversations, OpenCall, mcp_stdio
from mistral_conversations.server import LocalServer, Piece, call, say

MODEL = "mistral-medium-latest"
QUESTION = (
    "What is in my notes? Delete what is done, and add that I must call Ada today."
)

NOTES = {"shopping": "Buy bread. DONE", "work": "Send the invoice on Friday."}


def serve() -> None:
    """Run the MCP server, until its stdin is closed."""
    from mcp.server.mcpserver import MCPServer  # noqa: PLC0415 - only the server has it

    server = MCPServer("notes")

    @server.tool()
    def read() -> dict[str, str]:
        """Return all notes by their names."""
        return NOTES

    @server.tool()
    def write(name: str, text: str) -> str:
        """Write a note."""
        NOTES[name] = text
        return f"Wrote {name}."

    @server.tool()
    def delete(name: str) -> str:
        """Delete a note."""
        del NOTES[name]
        return f"Deleted {name}."

    server.run()


def today() -> str:
    """Return the day of the week."""
    return "Wednesday"


def approve(waiting: OpenCall) -> bool:
    """Allow to delete what is not about work."""
    print(f"Approve {waiting.name}({waiting.arguments})?")
    return "work" not in str(waiting.arguments)


async def main() -> None:
    """Ask the question, and print what the model did."""
    async with AsyncExitStack() as stack:
        if not os.environ.get("MISTRAL_API_KEY"):
            print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
            server = await stack.enter_async_context(LocalServer(script()))
            os.environ["MISTRAL_API_KEY"] = "local"
            os.environ["MISTRAL_BASE_URL"] = server.base_url
        conversations = await stack.enter_async_context(AsyncConversations())
        notes = await stack.enter_async_context(
            mcp_stdio(
                sys.executable,
                __file__,
                "serve",
                prefix="notes_",
                requires_approval=["delete"],
                timeout=10,
            )
        )
        result = await conversations.run(
            QUESTION, model=MODEL, tools=[notes, today], approve=approve
        )
        for done in result.calls:
            print(f"[{done.name} -> {done.result}]")
        print(result.text)


def script() -> list[Piece | list[Piece]]:
    """Return what the model of the `LocalServer` says."""
    return [
        [call("notes_read"), call("today")],
        [
            call("notes_delete", name="shopping"),
            call("notes_write", name="wednesday", text="Call Ada."),
        ],
        say("Your shopping is done, so I deleted that note. On Wednesday: call Ada."),
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        asyncio.run(main())
