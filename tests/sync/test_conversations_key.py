"""The key of the blocking client, and the functions that return it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from mistral_conversations import (
    ConfigurationError,
    Conversations,
)
from mistral_conversations.server import LocalServer
from tests.support.programs import run_program

MODEL = "mistral-small-latest"


def test_key_may_come_from_a_function_plain_or_async(server: LocalServer) -> None:
    asked: list[str] = []

    def plain() -> str:
        asked.append(threading.current_thread().name)
        return "key"

    async def later() -> str:
        return plain()

    for give in (plain, later):
        with Conversations(give, base_url=server.base_url) as client:
            client.list()
            client.start_stream("Sky?", model=MODEL).response()
    assert len(asked) == 4


def test_function_for_the_key_sees_the_context_of_the_caller(
    server: LocalServer,
) -> None:
    tenant: ContextVar[str] = ContextVar("tenant", default="nobody")
    seen: list[str] = []

    def give() -> str:
        seen.append(tenant.get())
        return "key"

    def work(name: str) -> None:
        tenant.set(name)
        client.list()

    with (
        Conversations(give, base_url=server.base_url) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(work, "one").result()
        work("two")
    assert seen == ["one", "two"]


def test_error_of_the_function_for_the_key_reaches_the_caller(
    server: LocalServer,
) -> None:
    def fail() -> str:
        raise LookupError("no key")

    with Conversations(fail, base_url=server.base_url) as client:
        for use in (client.list, client.start_stream("Hi", model=MODEL).response):
            with pytest.raises(LookupError, match="no key"):
                use()


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_program_that_ends_in_the_function_for_the_key_ends_no_other_client(
    error: str, server: LocalServer
) -> None:
    program = f"""
def give():
    raise {error}("no key")
before = new_client()
before.list()
with new_client(give) as client:
    try:
        client.list()
    except {error} as error:
        say(error)
before.list()
new_client().list()
say(loop_threads())
"""
    ended = run_program(program, server)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "no key\n1\n"


def test_function_for_the_key_that_blocks_on_the_loop_raises_with_the_reason(
    server: LocalServer, client: Conversations
) -> None:
    def ask() -> str:
        return client.start("key", model=MODEL).text

    with (
        Conversations(ask, base_url=server.base_url) as other,
        pytest.raises((ConfigurationError, RuntimeError)) as caught,
    ):
        other.list()
    assert "is closed" not in str(caught.value)
    client.list()


def test_missing_key_is_reported(server: LocalServer) -> None:
    with (
        Conversations(base_url=server.base_url) as client,
        pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"),
    ):
        client.list()
