"""Talk to a model in a terminal: turns, a function that needs an approval, a restart.

With MISTRAL_API_KEY set, the program talks to Mistral's service, and you type the
messages. Without, it talks to a `LocalServer` inside this program, and types itself.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mistral_conversations import (
    Chat,
    Conversations,
    FunctionStarted,
    MessageOutputEvent,
    RunPaused,
    RunStream,
    function_tool,
)
from mistral_conversations.server import LocalServer, call, say

MODEL = "mistral-small-latest"
SCRIPT = (
    say("Order 71 is two books, and was sent yesterday."),
    [call("refund", order=71)],
    say("I have refunded order 71."),
    say("You are welcome."),
)
TYPED = ("What is order 71?", "Please refund it.", "y", "Thank you!")


def refund(order: int) -> str:
    """Refund an order."""
    return f"Order {order} is refunded."


TOOLS = [function_tool(refund, requires_approval=True)]


def show(turn: RunStream) -> None:
    """Print the words of a turn as they come, and the functions that run."""
    with turn:
        for event in turn:
            match event:
                case MessageOutputEvent(content=str(text)):
                    print(text, end="", flush=True)
                case FunctionStarted(name=name, arguments=arguments):
                    print(f"[{name} {dict(arguments)}]")
    print()


def decide(chat: Chat, ask: Callable[[str], str]) -> None:
    """Let the person decide about the calls that wait."""
    for waiting in chat.paused.calls if chat.paused else ():
        if ask(f"Run {waiting.name}({waiting.entry.arguments})? [y/n] ") == "y":
            waiting.approve()
        else:
            waiting.reject()


@contextmanager
def connect() -> Iterator[tuple[Conversations, Callable[[str], str]]]:
    """Open a client of the service, or of a server in this program; and a keyboard."""
    if os.environ.get("MISTRAL_API_KEY"):
        with Conversations() as conversations:
            yield conversations, input
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    lines = iter(TYPED)

    def type_next(prompt: str) -> str:
        line = next(lines, None)
        print(prompt + (line or ""))
        if line is None:
            raise EOFError
        return line

    with (
        LocalServer(list(SCRIPT)) as server,
        Conversations("key", base_url=server.base_url) as conversations,
    ):
        yield conversations, type_next


def main() -> None:
    """Talk until Ctrl-D; then continue the chat from its JSON."""
    with connect() as (conversations, ask):
        chat = conversations.chat(model=MODEL, tools=TOOLS)
        for turn in chat.talk(lambda: ask("> ")):
            try:
                show(turn)
            except RunPaused:
                decide(chat, ask)
        if chat.id is None:
            sys.exit("Nothing was said.")
        again = conversations.chat_from_json(chat.to_json(), tools=TOOLS)
        print(
            f"{len(again.history().entries)} entries, {again.usage.total_tokens} tokens"
        )
        again.delete()


if __name__ == "__main__":
    main()
