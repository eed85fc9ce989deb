"""Blocking calls from a coroutine cause one warning; other calls cause none."""

import asyncio
import contextlib
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType, SimpleNamespace

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


@pytest.mark.parametrize(
    "work",
    [
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
    def cell() -> None:
        client.start("Hi", model=MODEL)
        for _ in client.start_stream("Hi", model=MODEL):
            pass
        assert [each.id for each in client.list_all()]
        assert [len(client.list()) for _ in range(2)]

    async def work() -> None:
        cell()

    asyncio.run(work())
    cell()
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


def kernel(*, runs: bool) -> ModuleType:
    module = ModuleType("IPython")
    shell = SimpleNamespace() if runs else None
    module.get_ipython = lambda: shell  # type: ignore[attr-defined]
    return module


def warned(client: Conversations, caught: list[warnings.WarningMessage]) -> bool:
    async def work() -> None:
        client.list()

    asyncio.run(work())
    return bool(caught)


def test_notebook_is_not_warned(
    client: Conversations,
    caught: list[warnings.WarningMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "IPython", kernel(runs=True))
    assert not warned(client, caught)


def test_program_that_only_imports_ipython_is_warned(
    client: Conversations,
    caught: list[warnings.WarningMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "IPython", kernel(runs=False))
    assert warned(client, caught)


@pytest.mark.parametrize("module", [None, ModuleType("IPython")])
def test_ipython_that_is_blocked_or_half_imported_harms_nothing(
    module: ModuleType | None,
    client: Conversations,
    caught: list[warnings.WarningMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert warned(client, caught)
