"""Runs of this library and of the vendor's agree on the same script."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import attrs
import pytest

from mistral_conversations import AsyncMistral
from mistral_conversations.server import LocalServer, Piece, call, execute, say
from tests.support.vendor_client import REASON, client

context: Any = pytest.importorskip("mistralai.extra.run.context", reason=REASON)

pytestmark = pytest.mark.anyio

MODEL = "mistral-small-latest"
SCRIPTS: dict[str, list[Any]] = {
    "two at once": [
        [call("get_weather", city="Paris"), call("add", a=1, b=5)],
        say("Sunny, and six"),
    ],
    "one by one": [
        call("get_weather", city="Paris"),
        [say("Now the sum."), call("add", a=1)],
        say("Sunny, and three"),
    ],
    "beside a tool of the service": [
        [execute("code_interpreter"), call("add", a=2, b=2)],
        say("Four"),
    ],
    "no call": [say("Hello")],
}


def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"sunny in {city}"


async def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


FUNCTIONS = (get_weather, add)


@attrs.frozen
class Both:
    """A server, and both clients of it."""

    server: LocalServer
    ours: AsyncMistral
    vendor: Any

    async def run_ours(self, inputs: str | None = "Hi", **parameters: Any) -> Any:
        return await self.ours.conversations.run(inputs, tools=FUNCTIONS, **parameters)

    async def run_vendor(self, inputs: Any = "Hi", **settings: Any) -> Any:
        async with context.RunContext(**settings) as run:
            for function in FUNCTIONS:
                run.register_func(function)
            conversations = self.vendor.beta.conversations
            return await conversations.run_async(run_ctx=run, inputs=inputs)

    async def kept(self, conversation_id: str) -> list[Any]:
        """Return what the history of a conversation says, without ids and times."""
        history = await self.ours.conversations.get_history(conversation_id)
        return [_said(entry) for entry in history.entries]


Open = Callable[[list[Any]], Any]


@pytest.fixture
async def open_both() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def run(script: list[Any]) -> Both:
            server = await stack.enter_async_context(LocalServer(script))
            made = AsyncMistral("key-of-a-test", base_url=server.base_url)
            ours = await stack.enter_async_context(made)
            vendor = await stack.enter_async_context(client(server))
            return Both(server, ours, vendor)

        yield run


def _said(entry: Any) -> tuple[Any, ...]:
    names = ("content", "name", "arguments", "result")
    return (entry.type, *(getattr(entry, name, None) for name in names))


@pytest.fixture(params=SCRIPTS)
def script(request: pytest.FixtureRequest) -> list[Piece | list[Piece]]:
    chosen: list[Piece | list[Piece]] = SCRIPTS[request.param]
    return chosen


async def test_runs_leave_the_same_history(open_both: Open, script: list[Any]) -> None:
    both = await open_both([*script, *script])
    ours = await both.run_ours(model=MODEL)
    theirs = await both.run_vendor(model=MODEL)
    assert theirs.output_as_text.endswith(ours.text)  # theirs joins all messages
    assert await both.kept(ours.conversation_id) == await both.kept(
        theirs.conversation_id
    )
    assert [_said(entry) for entry in ours.entries] == [
        _said(entry) for entry in theirs.output_entries
    ]
    paths = [request.path.partition("conv_")[0] for request in both.server.requests]
    posts = [path for path in paths if not path.endswith("history")][: 2 * ours.turns]
    assert posts[: ours.turns] == posts[ours.turns :]


async def test_functions_are_declared_alike(open_both: Open) -> None:
    both = await open_both([say("Hello"), say("Hello")])
    await both.run_ours(model=MODEL)
    await both.run_vendor(model=MODEL)
    ours, theirs = (
        [tool["function"] for tool in request.json["tools"]]
        for request in both.server.requests
    )
    for one, other in zip(ours, theirs, strict=True):
        assert one["name"] == other["name"]
        assert one["description"] == other["description"]
        mine, others = one["parameters"], other["parameters"]
        assert mine["required"] == others["required"]
        assert _types(mine) == _types(others)


def _types(parameters: Any) -> dict[str, str]:
    return {name: each["type"] for name, each in parameters["properties"].items()}


async def test_our_run_answers_for_an_agent_of_the_vendors(open_both: Open) -> None:
    both = await open_both(SCRIPTS["one by one"])
    agent = await both.vendor.beta.agents.create_async(
        model=MODEL, name="desk", instructions="Be brief", tools=[_declared("add")]
    )
    result = await both.run_ours(agent_id=agent.id)
    assert result.text == "Sunny, and three"
    assert [each.result for each in result.calls] == ["sunny in Paris", "3"]
    assert "tools" not in both.server.requests[1].json
    after = await both.vendor.beta.agents.get_async(agent_id=agent.id)
    assert after == agent


async def test_runs_continue_a_conversation_in_turns(open_both: Open) -> None:
    both = await open_both([*SCRIPTS["two at once"], *SCRIPTS["one by one"]])
    first = await both.run_vendor(model=MODEL)
    second = await both.run_ours("And?", conversation_id=first.conversation_id)
    assert second.conversation_id == first.conversation_id
    assert second.text == "Sunny, and three"
    kinds = [each[0] for each in await both.kept(first.conversation_id)]
    assert kinds.count("function.call") == kinds.count("function.result") == 4


async def test_our_run_answers_the_calls_that_the_vendor_left_open(
    open_both: Open,
) -> None:
    both = await open_both(SCRIPTS["two at once"])
    started = await both.vendor.beta.conversations.start_async(
        inputs="Hi", model=MODEL, tools=[_declared("get_weather"), _declared("add")]
    )
    result = await both.run_ours(None, conversation_id=started.conversation_id)
    assert [each.result for each in result.calls] == ["sunny in Paris", "6"]
    assert result.text == "Sunny, and six"


async def test_the_vendors_run_continues_one_of_ours(open_both: Open) -> None:
    both = await open_both([*SCRIPTS["one by one"], *SCRIPTS["two at once"]])
    first = await both.run_ours(model=MODEL)
    second = await both.run_vendor(model=MODEL, conversation_id=first.conversation_id)
    assert second.output_as_text == "Sunny, and six"


def _declared(name: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {}}
    function = {"name": name, "description": "", "parameters": parameters}
    return {"type": "function", "function": function}
