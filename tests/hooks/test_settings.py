"""The parameters of hooks, and the data that they receive."""

import copy
import functools
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import pytest

import mistral_conversations
from mistral_conversations import AsyncConversations, ConfigurationError, Conversations
from mistral_conversations.server import LocalServer, Trouble
from tests.guarantees.test_g14_the_key_is_not_shown import CANARY
from tests.support.for_each import for_each
from tests.support.hooks import HOOKS, Seen, all_hooks
from tests.support.scripted import ADD, MODEL, add


def generator(info: Any) -> Iterator[Any]:
    yield info


async def async_generator(info: Any) -> AsyncIterator[Any]:
    yield info


class GeneratorHook:
    def __call__(self, info: Any) -> Iterator[Any]:
        yield info


WRONG: list[Any] = [
    *(1, "print", [print], dict, Seen, AsyncConversations),
    *(generator, async_generator, functools.partial(generator)),
    GeneratorHook(),
]


@for_each("cls", [AsyncConversations, Conversations])
@for_each("name", HOOKS)
def test_a_hook_must_be_a_function(cls: Any, name: str) -> None:
    for wrong in WRONG:
        with pytest.raises(ConfigurationError, match=f"^{name} must be a function"):
            cls("key", **{name: wrong})
    with pytest.raises(ConfigurationError) as raised:  # the parameters mixed up
        cls(**{name: CANARY})
    assert CANARY not in str(raised.value)


@for_each("cls", [AsyncConversations, Conversations])
def test_hook_bodies_is_a_flag(cls: Any) -> None:
    for wrong in (1, "yes", None):
        with pytest.raises(ConfigurationError, match="hook_bodies"):
            cls("key", hook_bodies=wrong)


def test_without_hooks_nothing_of_them_is_imported() -> None:
    program = """
import asyncio, sys
from mistral_conversations import AsyncConversations
from mistral_conversations.server import LocalServer

def f() -> int:
    return 1

async def main():
    async with LocalServer() as server:
        async with AsyncConversations("k", base_url=server.base_url) as client:
            await client.start("Hi", model="m")
            await client.start_stream("Hi", model="m").response()
            await client.run("Hi", model="m", tools=[f])

asyncio.run(main())
parts = ("_observing", "hooks", "telemetry")
print([part for part in parts if f"mistral_conversations.{part}" in sys.modules])
"""
    command = [sys.executable, "-c", program]  # not one that has imported everything
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")


@pytest.mark.anyio
async def test_what_hooks_receive_is_frozen_data_without_the_key() -> None:
    seen = Seen()
    async with (
        LocalServer([ADD, "Done", "Streamed"]) as server,
        AsyncConversations(
            CANARY,
            base_url=server.base_url,
            headers={"x-secret": CANARY},
            hook_bodies=True,
            **all_hooks(seen),
        ) as client,
    ):
        server.inflict(Trouble(status=503, retry_after=0, body={"message": CANARY}))
        result = await client.run("Begin", model=MODEL, tools=[add])
        await client.append_stream(result.conversation_id or "", "Hi").response()
    assert {*seen.names} == {*HOOKS}
    for _, info in seen.infos:
        assert copy.deepcopy(info) == info == pickle.loads(pickle.dumps(info))
        assert hash(info) == hash(copy.copy(info))
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            info.seconds = 1
        assert CANARY.encode() not in pickle.dumps(info)
        assert type(info).__module__ == mistral_conversations.__name__
