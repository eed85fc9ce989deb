"""Blocking calls from a coroutine cause one warning; other calls cause none."""

import ast
import asyncio
import contextlib
import warnings
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from functools import partial
from types import coroutine
from typing import Any

import pytest
from blockbuster import BlockBuster

from mistral_conversations import Conversations
from mistral_conversations.server import LocalServer
from mistral_conversations.sync.portal import Portal
from tests.support.obedient_server import blocking_client, loop_threads

MODEL = "mistral-small-latest"


@pytest.fixture(autouse=True)
def may_block(nothing_blocks: BlockBuster) -> None:
    """Allow a caller to wait in the portal while a loop runs in its thread."""
    nothing_blocks.functions["threading.Lock.acquire"].can_block_in(
        "mistral_conversations/sync/portal.py", vars(Portal)
    )


@pytest.fixture
def caught() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def test_coroutine_that_calls_is_warned_once(
    client: Conversations, caught: list[warnings.WarningMessage]
) -> None:
    async def work() -> None:
        client.list()
        client.start("Hi", model=MODEL)
        client.start_stream("Hi", model=MODEL).response()

    asyncio.run(work())
    asyncio.run(work())
    (warning,) = caught
    assert warning.category is RuntimeWarning
    assert "AsyncConversations" in str(warning.message)
    assert warning.filename == __file__
    assert warning.lineno == work.__code__.co_firstlineno + 1


async def iterates(client: Conversations) -> None:
    for _ in client.start_stream("Hi", model=MODEL):
        pass


async def reads_the_text(client: Conversations) -> None:
    list(client.start_stream("Hi", model=MODEL).text())


async def waits_for_the_response(client: Conversations) -> None:
    client.start_stream("Hi", model=MODEL).response()


async def enters_a_stream(client: Conversations) -> None:
    with client.start_stream("Hi", model=MODEL):
        pass


async def lists_all(client: Conversations) -> None:
    for _ in client.list_all():
        pass


async def uses_a_view(client: Conversations) -> None:
    client.with_options(timeout=5).list()
    client.list()


async def yields_in_between(client: Conversations) -> None:
    async def generate() -> AsyncIterator[int]:
        yield len(client.list())

    _ = [_ async for _ in generate()]


async def calls_a_helper(client: Conversations) -> None:
    def helper() -> None:
        client.list()

    helper()


async def calls_a_helper_of_a_helper(client: Conversations) -> None:
    def helper(depth: int) -> int:
        return helper(depth - 1) if depth else len(client.list())

    helper(30)


async def calls_a_lambda(client: Conversations) -> None:
    calls: list[Callable[[], object]] = [lambda: client.list(page=0)]
    calls[0]()


async def calls_a_partial(client: Conversations) -> None:
    partial(client.start, "Hi", model=MODEL)()


async def maps(client: Conversations) -> None:
    list(map(lambda page: client.list(page=page), range(2)))  # noqa: C417


async def calls_in_comprehensions(client: Conversations) -> None:
    assert [len(client.list()) for _ in range(2)]
    assert {len(client.list()) for _ in range(2)} == {0}


async def calls_in_a_generator(client: Conversations) -> None:
    def generate() -> Iterator[int]:
        yield len(client.list())

    assert list(generate()) == [0]


async def calls_in_a_class(client: Conversations) -> None:
    class Thing:
        def __init__(self) -> None:
            client.list()

        @property
        def count(self) -> int:
            return len(client.list())

    assert Thing().count == 0


async def awaits_a_coroutine_of_the_old_kind(client: Conversations) -> None:
    def generate() -> Generator[Any, None, None]:
        client.list()
        yield None

    old: Any = coroutine(generate)
    await old()


@pytest.mark.parametrize(
    "work",
    [
        calls_a_helper,
        calls_a_helper_of_a_helper,
        calls_a_lambda,
        calls_a_partial,
        maps,
        calls_in_comprehensions,
        calls_in_a_generator,
        calls_in_a_class,
        awaits_a_coroutine_of_the_old_kind,
        iterates,
        reads_the_text,
        waits_for_the_response,
        enters_a_stream,
        lists_all,
        uses_a_view,
        yields_in_between,
    ],
    ids=lambda work: work.__name__,
)
def test_coroutine_is_warned_when_it(
    work: Callable[[Conversations], "asyncio.Future[None]"],
    client: Conversations,
    caught: list[warnings.WarningMessage],
) -> None:
    asyncio.run(work(client))  # type: ignore[arg-type]
    (warning,) = caught
    assert warning.filename == __file__


@pytest.mark.usefixtures("caught")
def test_warned_call_works(client: Conversations) -> None:
    async def work() -> str:
        return client.start("Hi", model=MODEL).text

    assert "Hi" in asyncio.run(work())


def test_plain_function_is_not_warned(
    client: Conversations, caught: list[warnings.WarningMessage]
) -> None:
    client.start("Hi", model=MODEL)
    for _ in client.start_stream("Hi", model=MODEL):
        pass
    assert [each.id for each in client.list_all()]
    assert [len(client.list()) for _ in range(2)]
    assert caught == []


def test_thread_of_a_coroutine_is_not_warned(
    client: Conversations, caught: list[warnings.WarningMessage]
) -> None:
    async def work() -> int:
        return len(await asyncio.to_thread(client.list))

    assert asyncio.run(work()) == 0
    assert caught == []


def test_what_opens_nothing_does_not_warn(
    server: LocalServer, caught: list[warnings.WarningMessage]
) -> None:
    async def work() -> None:
        with blocking_client(server) as client:
            client.start_stream("Hi", model=MODEL)
            client.with_options(timeout=5)
            client.list_all()

    asyncio.run(work())
    assert caught == []


def test_warning_that_is_an_error_is_raised_once(client: Conversations) -> None:
    async def work() -> int:
        with pytest.raises(RuntimeWarning, match="AsyncConversations"):
            client.list()
        return len(client.list())

    assert asyncio.run(work()) == 0


def test_client_is_closed_even_if_its_close_would_warn(server: LocalServer) -> None:
    """Leaving `with` closes, whatever the filter of warnings is."""

    def use(client: Conversations) -> None:
        client.list()

    async def work() -> None:
        with blocking_client(server) as client:
            use(client)

    with contextlib.suppress(RuntimeWarning):
        asyncio.run(work())
    assert loop_threads() == []


CELLS = {
    "calls": "client.list()",
    "calls_and_awaits": "await asyncio.sleep(0); client.list()",
    "calls_a_helper": """
def helper():
    return client.list()
helper()
""",
    "calls_in_an_async_comprehension": """
async def two():
    yield 1
    yield 2
[client.list() async for _ in two()]
""",
}
COROUTINE = """
async def work():
    client.list()
await work()
"""
COROUTINE_WITH_A_HELPER = """
async def work():
    (lambda: client.list())()
await asyncio.gather(work())
"""


def run_cell(source: str, client: Conversations) -> None:
    """Run a cell as a notebook does: in a coroutine of IPython, and as one if needed.

    Compiled under the names that IPython gives to its own modules and to cells.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    shell: dict[str, Any] = {"__name__": "IPython.core.interactiveshell"}
    runner = """
async def run_code(code, namespace):
    made = eval(code, namespace)
    if made is not None:
        await made
"""
    exec(runner, shell)
    code = compile(source, "cell", "exec", flags)
    names = {"client": client, "asyncio": asyncio, "__name__": "__main__"}
    asyncio.run(shell["run_code"](code, names))


@pytest.mark.parametrize("cell", CELLS)
def test_cell_of_a_notebook_is_not_warned(
    cell: str, client: Conversations, caught: list[warnings.WarningMessage]
) -> None:
    run_cell(CELLS[cell], client)
    assert caught == []


@pytest.mark.parametrize("cell", [COROUTINE, COROUTINE_WITH_A_HELPER])
def test_coroutine_that_a_cell_awaits_is_warned(
    cell: str, client: Conversations, caught: list[warnings.WarningMessage]
) -> None:
    run_cell(cell, client)
    (warning,) = caught
    assert warning.filename == "cell"
