"""A blocking call on the loop of the server that would answer it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from blockbuster import BlockBuster

from mistral_conversations import ConfigurationError, Conversations, Mistral
from mistral_conversations._serving import serves_here, serving
from mistral_conversations.server import LocalServer
from mistral_conversations.server.web.address import addresses_of


@pytest.fixture(autouse=True)
def may_block(nothing_blocks: BlockBuster) -> None:
    """Let these tests do what is warned of: block the loop."""
    nothing_blocks.deactivate()


def _first(client: Conversations) -> object:
    with client.start_stream("Hi", model="m") as stream:
        return next(stream)


CALLS: dict[str, Callable[[Conversations], object]] = {
    "start": lambda client: client.start("Hi", model="m"),
    "list": lambda client: client.list(),
    "list_all": lambda client: next(client.list_all()),
    "delete": lambda client: client.delete("conv_1"),
    "with stream": _first,
    "stream": lambda client: next(client.start_stream("Hi", model="m")),
    "text": lambda client: next(client.start_stream("Hi", model="m").text()),
    "response": lambda client: client.start_stream("Hi", model="m").response(),
    "view": lambda client: client.with_options(timeout=5).list(),
}


@contextmanager
def _refused() -> Iterator[None]:
    with pytest.raises(ConfigurationError, match="blocks the event loop of the Local"):
        yield


@pytest.mark.anyio
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_blocking_call_on_the_loop_of_the_server_is_refused(
    call: Callable[[Conversations], object],
) -> None:
    async with LocalServer() as server:
        with Conversations("key", base_url=server.base_url) as client:
            with _refused():
                call(client)
            assert server.requests == ()
            await asyncio.to_thread(client.start, "Hi", model="m")
            assert len(server.requests) == 1


@pytest.mark.anyio
async def test_other_names_of_the_server_and_other_parts_are_refused() -> None:
    async with LocalServer() as server:
        for url in (
            server.base_url.replace("127.0.0.1", "LOCALHOST"),
            server.base_url.replace("127.0.0.1", "0.0.0.0"),
            f"{server.base_url}/prefix/",
        ):
            with Mistral("key", base_url=url) as client:
                for part in (client.agents, client.libraries, client.conversations):
                    with _refused():
                        part.list()


@pytest.mark.anyio
async def test_call_back_of_the_loop_is_refused() -> None:
    async with LocalServer() as server:
        with Conversations("key", base_url=server.base_url) as client:
            done = asyncio.get_running_loop().create_future()

            def call() -> None:
                with _refused():
                    client.list()
                done.set_result(None)

            asyncio.get_running_loop().call_soon(call)
            await done


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:this call blocks")
async def test_server_on_a_thread_answers_a_loop_that_is_blocked() -> None:
    with LocalServer() as server:
        async with LocalServer():
            with Conversations("key", base_url=server.base_url) as client:
                assert client.start("Hi", model="m").text == "Hi"


def test_server_that_has_left_is_no_longer_known() -> None:
    async def main(server: LocalServer) -> str:
        async with server:
            assert serves_here(server.base_url)
            async with LocalServer() as other:
                another = other.base_url
                assert serves_here(another)
            assert not serves_here(another)
            url = server.base_url
            assert serves_here(url)
        assert not serves_here(url)
        return url

    server = LocalServer()
    assert not serves_here(asyncio.run(main(server)))
    with server:
        assert not serves_here(server.base_url)


def test_another_loop_does_not_serve() -> None:
    async def outer() -> None:
        with serving({"localhost:80"}):
            await asyncio.to_thread(asyncio.run, inner())
            assert serves_here("http://localhost:80")
            assert not serves_here("https://localhost")

    async def inner() -> None:
        assert not serves_here("http://localhost:80")

    asyncio.run(outer())


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", {"127.0.0.1:1"}),
        ("::1", {"[::1]:1"}),
        ("0.0.0.0", {"127.0.0.1:1"}),
        ("Localhost", {"127.0.0.1:1", "[::1]:1"}),
    ],
)
def test_addresses(host: str, names: set[str]) -> None:
    always = {"localhost:1", "0.0.0.0:1", "[::]:1"}
    assert addresses_of(host, 1) == names | always
