"""The chats of each visitor, in the memory of the application.

A visitor is a random cookie. Chats are found by visitor and by an id of this
application, so no visitor reaches the conversation of another one. An application with
accounts would store both in its database.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mistral_conversations import (
    AsyncConversations,
    AsyncRelay,
    AsyncRunStream,
    FunctionCallEntry,
    InputEntries,
    MessageInputEntry,
    MessageOutputEntry,
    MistralConversationsError,
    ToolError,
    WebSearchTool,
    to_dict,
)

__all__ = ["Chat", "Visitors"]

MODEL = "mistral-medium-latest"
MOST_VISITORS, MOST_CHATS = 1000, 20
PATIENCE = 300
"""How many seconds a lost answer may take to appear in the history."""

BUSY = 90
"""How many seconds the service may keep a conversation busy after a disconnect."""

WEATHER = {"Paris": "sunny, 21 degrees", "Oslo": "rain, 9 degrees"}

logger = logging.getLogger("web_chat")


async def get_weather(city: str) -> str:
    """Return the weather of a city.

    Args:
        city: the name of the city in English.
    """
    await asyncio.sleep(0.7)  # a request to a weather service
    if city not in WEATHER:
        raise ToolError(f"No weather for {city}. Known are: {', '.join(WEATHER)}.")
    return f"{city}: {WEATHER[city]}"


FUNCTIONS = [get_weather]


@dataclass(eq=False)
class Chat:
    """One conversation, and the message that waits for its answer."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    conversation_id: str | None = None
    question: str | None = None
    messages: int = 0
    """How many messages the service has received."""

    since: float = 0
    """When the last message was sent, or its stream was lost."""

    seen: str | None = None
    """The entry that was the last one when the history was read before."""

    run: AsyncRunStream | None = None
    relay: AsyncRelay | None = None
    finishing: asyncio.Task[None] | None = None

    async def ask(self, client: AsyncConversations, text: str) -> AsyncRelay:
        """Send a message; return the events of its answer.

        Raises:
            MistralConversationsError: the service refused the message.
        """
        await self.close()
        run = client.run_stream(
            text,
            conversation_id=self.conversation_id,
            model=None if self.conversation_id else MODEL,
            tools=FUNCTIONS if self.conversation_id else [*FUNCTIONS, WebSearchTool()],
            wait_if_busy=BUSY,
            recover=True,  # a broken stream continues with what the history has
        )
        await run.open()
        self.question, self.seen = text, None
        self.messages += 1
        self.run, self.relay = run, run.sse()
        return self.relay

    async def left(self, relay: AsyncRelay) -> None:
        """Close a stream that has ended, or whose visitor has left."""
        await relay.aclose()
        run = self.run
        if relay is not self.relay or run is None:
            return
        self.run = self.relay = None
        self.conversation_id = run.conversation_id or self.conversation_id
        self.since = asyncio.get_running_loop().time()
        if relay.error is not None or await is_complete(run):
            self.question = None

    async def close(self) -> None:
        """End what reads or continues the answer; the service completes it."""
        if self.finishing is not None:
            self.finishing.cancel()
            await asyncio.wait([self.finishing])
            self.finishing = None
        if self.relay is not None:
            await self.left(self.relay)

    async def state(self, client: AsyncConversations) -> dict[str, Any]:
        """Return the history, and whether an answer is still missing."""
        entries: tuple[InputEntries, ...] = ()
        if id := self.conversation_id or (self.run and self.run.conversation_id):
            entries = tuple((await client.get_history(id)).entries)
        received = sum(isinstance(entry, MessageInputEntry) for entry in entries)
        question = self.question if received < self.messages else None
        lost = False
        if self.question is not None and self.run is None:
            lost = self._look_for_answer(client, entries, received)
        return {
            "entries": [to_dict(entry) for entry in entries],
            "question": question,
            "writing": self.question is not None,
            "lost": lost,
        }

    def _look_for_answer(
        self,
        client: AsyncConversations,
        entries: tuple[InputEntries, ...],
        received: int,
    ) -> bool:
        """Look whether the history has the answer; return whether it is lost."""
        if self.finishing is not None and not self.finishing.done():
            return False
        match entries[-1:]:
            case (MessageOutputEntry(id=id),) if received >= self.messages:
                if self.seen == id:  # twice the same: no more entries follow
                    self.question = None
                self.seen = id
            case (FunctionCallEntry(),) if self.conversation_id is not None:
                self.finishing = asyncio.create_task(
                    self._finish(client, self.conversation_id)
                )
                return False
        waited = asyncio.get_running_loop().time() - self.since
        if self.conversation_id is None or waited > PATIENCE:
            self.question = None
            self.messages = received
            return True
        return False

    async def _finish(self, client: AsyncConversations, id: str) -> None:
        """Call the functions that the visitor has left open."""
        try:
            await client.run(conversation_id=id, tools=FUNCTIONS, wait_if_busy=BUSY)
        except MistralConversationsError as error:
            logger.warning("an answer could not be continued: %s", error)
            self.question = None


async def is_complete(run: AsyncRunStream) -> bool:
    """Return whether a closed run had come to its end."""
    try:
        await run.result()
    except MistralConversationsError:
        return False
    return True


class Visitors:
    """The chats of each visitor; the oldest are forgotten."""

    def __init__(self) -> None:
        self._chats: dict[str, dict[str, Chat]] = {}

    def __iter__(self) -> Iterator[Chat]:
        """Iterate over all chats."""
        for chats in list(self._chats.values()):
            yield from list(chats.values())

    async def begin(self, visitor: str | None) -> tuple[str, Chat]:
        """Create a chat; return its visitor, a new one if this one is unknown."""
        if visitor is None or visitor not in self._chats:
            visitor = secrets.token_urlsafe(32)
            self._chats[visitor] = {}
        chats, chat = self._chats[visitor], Chat()
        chats[chat.id] = chat
        if len(chats) > MOST_CHATS:
            await chats.pop(next(iter(chats))).close()
        if len(self._chats) > MOST_VISITORS:
            for old in self._chats.pop(next(iter(self._chats))).values():
                await old.close()
        return visitor, chat

    def find(self, visitor: str | None, id: str) -> Chat | None:
        """Return a chat of a visitor; None for that of another one."""
        return self._chats.get(visitor or "", {}).get(id)

    async def close(self) -> None:
        """Close the streams of all chats."""
        for chat in self:
            await chat.close()
