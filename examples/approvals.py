"""Let a person decide about function calls, and continue the run in another process.

The model wants to order something, which needs an approval: the run pauses, and the
program saves it to a file. Then the program starts itself with that file; the second
process asks about each call and resumes the run.

With MISTRAL_API_KEY set, both processes talk to Mistral's service. Without, they talk
to a `LocalServer` in the first one.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mistral_conversations import Conversations, OpenCall, RunPaused, function_tool
from mistral_conversations.server import LocalServer, Piece, call, say

MODEL = "mistral-medium-latest"
QUESTION = "Order ten reams of paper and two chairs, if there are fewer than five left."
MOST = 100
"""The price in euros up to which orders are allowed if nobody can be asked."""

STOCK = {"ream": 2, "chair": 0}


def stock(item: str) -> int:
    """Return how many pieces of an item are left.

    Args:
        item: the item, in English and singular.
    """
    return STOCK.get(item, 0)


@function_tool(requires_approval=True)
def order(item: str, pieces: int, euros: float) -> str:
    """Order pieces of an item.

    Args:
        item: the item, in English and singular.
        pieces: the number of pieces.
        euros: the estimated price of the order.
    """
    return f"{pieces} x {item} ordered for {euros:g} euros."


TOOLS = (stock, order)


@contextmanager
def served() -> Iterator[None]:
    """Run a server in this program, unless there is a key of the service."""
    if os.environ.get("MISTRAL_API_KEY"):
        yield
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    script: list[Piece | list[Piece]] = [
        [call("stock", item="ream"), call("stock", item="chair")],
        [
            call("order", item="ream", pieces=10, euros=45),
            call("order", item="chair", pieces=2, euros=380),
        ],
        say("The paper is on its way. Your manager must order the chairs."),
    ]
    with LocalServer(script) as server:
        os.environ["MISTRAL_API_KEY"] = "local"
        os.environ["MISTRAL_BASE_URL"] = server.base_url
        yield


def begin(path: Path) -> bool:
    """Run until a call needs an approval, and save the run; return whether it did."""
    print(f"> {QUESTION}")
    with Conversations() as conversations:
        try:
            result = conversations.run(QUESTION, model=MODEL, tools=TOOLS)
        except RunPaused as paused:
            path.write_text(paused.to_json(), encoding="utf-8")
            for waiting in paused.calls:
                print(f"{waiting.name}({waiting.arguments}) waits for a decision.")
            return True
    print(result.text)
    return False


def resume(path: Path) -> None:
    """Decide about the calls of a saved run, and continue it."""
    paused = RunPaused.from_json(path.read_text(encoding="utf-8"))
    for waiting in paused.calls:
        decide(waiting)
    with Conversations() as conversations:
        # Later calls are decided by the same function, without a pause.
        result = conversations.run(paused, tools=TOOLS, approve=decide)
    for done in result.calls:
        print(f"[{done.name} -> {done.result}]")
    print(result.text)


def decide(waiting: OpenCall) -> None:
    """Ask about a call; without a terminal, decide by its price."""
    arguments = waiting.entry.parsed_arguments
    if sys.stdin.isatty():
        answer = input(f"Run {waiting.name}({arguments})? [y/N] ")
        is_allowed = answer.lower().startswith("y")
    else:
        is_allowed = arguments["euros"] <= MOST
        print(f"{arguments}: {'allowed' if is_allowed else 'rejected'}")
    if is_allowed:
        waiting.approve()
    else:
        waiting.reject("Too expensive: the manager must order this.")


def main() -> None:
    """Run the first process, which starts the second one."""
    if sys.argv[1:]:
        resume(Path(sys.argv[1]))
        return
    with served(), tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "paused.json")
        if begin(path):
            sys.stdout.flush()
            subprocess.run([sys.executable, __file__, str(path)], check=True)


if __name__ == "__main__":
    main()
