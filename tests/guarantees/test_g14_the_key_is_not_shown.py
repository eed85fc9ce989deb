"""G14: no error text, log or traceback contains the key."""

import asyncio
import json
import logging
import traceback
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    ConfigurationError,
    MistralConversationsError,
    Timeout,
)
from tests.support.bodies import response, started
from tests.support.client_and_server import served_by
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    json_answer,
    stream_head,
)

pytestmark = pytest.mark.anyio

CANARY = "sk-canary-4f1e9a"


async def refuse(_: Request, connection: Connection) -> None:
    await connection.send(json_answer({"message": "No"}, 401))


async def close(_: Request, connection: Connection) -> None:
    connection.close()


async def reset(_: Request, connection: Connection) -> None:
    connection.reset()


async def nonsense(_: Request, connection: Connection) -> None:
    await connection.send(bytes(range(256)) * 4)
    connection.close()


async def mute(_: Request, connection: Connection) -> None:
    await connection.until_client_closes()


async def break_the_stream(_: Request, connection: Connection) -> None:
    await connection.send(stream_head() + chunked(event(started())))
    connection.reset()


async def answer_nonsense(_: Request, connection: Connection) -> None:
    await connection.send(json_answer({**response(), "outputs": 5}))


HANDLERS = [refuse, close, reset, nonsense, mute, break_the_stream, answer_nonsense]


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("form", ["text", "function", "coroutine", "view"])
async def test_the_key_is_nowhere_to_be_seen(
    handler: Any, streamed: bool, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with served_by(
        handler, api_key=key_as(form), timeout=Timeout(response=0.1)
    ) as (
        client,
        _,
    ):
        used = client.with_options(api_key=CANARY) if form == "view" else client
        with pytest.raises(MistralConversationsError) as caught:
            await call(used, streamed=streamed)
    for text in (repr(used), str(used.__dict__), caplog.text, repr(caught.value)):
        assert CANARY not in text
    assert_no_canary(caught.value)


async def test_the_key_is_not_in_the_error_of_a_port_that_is_closed() -> None:
    async with served_by(close) as (_, server):
        url = server.base_url
    async with AsyncConversations(CANARY, base_url=url, retries=0) as client:
        with pytest.raises(APIConnectionError) as caught:
            await call(client, streamed=False)
    assert_no_canary(caught.value)


@for_each("key", [f"{CANARY}\n", f"{CANARY} x", f"{CANARY}é"])
def test_a_key_that_is_refused_is_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match="api_key") as caught:
        AsyncConversations(key)
    assert_no_canary(caught.value)


class Given:
    """A value that a caller passes instead of a key; its repr shows nothing."""

    def __init__(self, form: str) -> None:
        self._form = form

    def key(self) -> Any:
        value = CANARY.encode()
        return {"list": [CANARY], "mapping": {"key": CANARY}}.get(self._form, value)

    def function(self) -> Any:
        return self.key()

    async def coroutine(self) -> Any:
        return self.key()

    def future(self) -> Any:
        done = asyncio.get_running_loop().create_future()
        done.set_result(self.key())
        return done


KINDS = ["bytes", "list", "mapping"]


@for_each("form", KINDS)
def test_value_given_instead_of_a_key_is_not_shown(form: str) -> None:
    given = Given(form)
    with pytest.raises(ConfigurationError, match="api_key must be a str") as caught:
        AsyncConversations(given.key())
    assert_no_canary(caught.value)
    client = AsyncConversations("key")
    with pytest.raises(ConfigurationError, match="api_key must be a str") as caught:
        client.with_options(api_key=given.key())
    assert_no_canary(caught.value)


@for_each("form", KINDS)
@for_each("by", ["function", "coroutine", "future"])
@for_each("streamed", [False, True])
async def test_value_a_function_returns_instead_of_a_key_is_not_shown(
    by: str, form: str, *, streamed: bool
) -> None:
    give = getattr(Given(form), by)
    async with served_by(refuse, api_key=give) as (client, server):
        with pytest.raises(ConfigurationError, match="api_key must be a str") as caught:
            await call(client, streamed=streamed)
        assert server.connections == 0
    assert_no_canary(caught.value)


async def call(client: AsyncConversations, *, streamed: bool) -> None:
    if streamed:
        await client.start_stream("Hi").response()
    else:
        await client.start("Hi")


def key_as(form: str) -> Any:
    async def give() -> str:
        return CANARY

    return {"text": CANARY, "function": lambda: CANARY, "coroutine": give}.get(form)


def assert_no_canary(error: BaseException) -> None:
    """Walk the causes and contexts; leave out the frames of the tests themselves."""
    seen: set[int] = set()
    errors = [error]
    while errors:
        each = errors.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        shown = traceback.TracebackException.from_exception(each, capture_locals=True)
        frames = [frame for frame in shown.stack if "/tests/" not in frame.filename]
        text = "".join(traceback.StackSummary.from_list(frames).format())
        text += "".join(shown.format_exception_only()) + repr(each.__dict__)
        assert CANARY not in text
        errors += filter(None, (each.__cause__, each.__context__))
    assert seen


def test_the_search_for_the_key_finds_one() -> None:
    """Prove that `assert_no_canary` can fail: json's frames hold the text."""
    try:
        json.loads(CANARY)
    except ValueError as error:
        found = error
    with pytest.raises(AssertionError):
        assert_no_canary(found)
