"""Failures before the headers of an answer arrive, as our errors."""

import asyncio
import errno

import aiohttp
import pytest
from aiohttp import http_exceptions
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    Timeout,
)
from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.limit import Limit
from mistral_conversations._transport.opening import (
    Opening,
    ReplayRefusedError,
    describe,
    keep_from_replaying,
)
from mistral_conversations.errors import MistralConversationsError, TimeoutPhase
from tests.support.clients import (
    FAST,
    READS,
    answers,
    client_of,
    lose,
    stay_mute,
)
from tests.support.for_each import for_each
from tests.support.raw_server import raw_server

pytestmark = pytest.mark.anyio

LIMITS = Timeout(connect=3, response=7)

KEY = ConnectionKey("host.test", 443, True, True, None, None, None)

REFUSED = aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "refused"))
NO_PROXY = aiohttp.ClientProxyConnectionError(KEY, OSError(errno.EHOSTUNREACH, "away"))


def sent() -> Attempt:
    """Return an attempt whose request may have left."""
    return Attempt(1, is_begun=True)


def raised(
    error: BaseException, *, queued: bool = False, attempt: Attempt | None = None
) -> MistralConversationsError:
    """Return what an opening makes of an error."""
    opening = Opening(LIMITS, Limit(7), attempt or sent())
    opening.queued = queued
    with pytest.raises(MistralConversationsError) as caught, opening:
        raise error
    return caught.value


def test_nothing_is_raised_without_an_error() -> None:
    with Opening(LIMITS, Limit(7), sent()):
        pass


@for_each(
    "error", [ZeroDivisionError("mine"), RuntimeError("mine"), KeyboardInterrupt()]
)
def test_error_that_is_not_of_the_connection_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, Opening(LIMITS, Limit(7), sent()):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (REFUSED, "could not connect: Connection refused (host.test:443)"),
        (NO_PROXY, "could not connect to the proxy: "),
    ],
)
def test_request_that_could_not_connect_was_not_processed(
    error: Exception, message: str
) -> None:
    made = raised(error)
    assert isinstance(made, APIConnectionError)
    assert not isinstance(made, APITimeoutError)
    assert str(made).startswith(message)
    assert not made.may_have_been_processed
    assert made.__cause__ is error


@for_each(
    "error",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(errno.EPIPE, "broken"),
        aiohttp.ClientPayloadError("short"),
        ReplayRefusedError("gone"),
        ConnectionResetError(),
        OSError(errno.EIO, "input/output"),
        http_exceptions.BadStatusLine("SSH-2.0"),
        RuntimeError("unable to perform operation on <TCP>; the handler is closed"),
    ],
)
def test_request_that_was_lost_may_have_been_processed(error: Exception) -> None:
    made = raised(error)
    assert isinstance(made, APIConnectionError)
    assert str(made).startswith("the connection was lost before an answer arrived: ")
    assert made.may_have_been_processed
    assert made.__cause__ is error


@for_each(
    "error",
    [
        aiohttp.ServerDisconnectedError(),
        ConnectionResetError(),
        http_exceptions.BadStatusLine("SSH-2.0"),
    ],
)
def test_request_whose_connection_was_lost_before_it_was_made_was_not_processed(
    error: Exception,
) -> None:
    made = raised(error, attempt=Attempt(1, is_begun=True, is_connecting=True))
    assert isinstance(made, APIConnectionError)
    assert str(made).startswith("could not connect: ")
    assert not made.may_have_been_processed


def test_limit_for_the_first_byte_of_a_proxy_was_not_processed() -> None:
    connecting = Attempt(1, is_begun=True, is_connecting=True)
    made = raised(aiohttp.SocketTimeoutError(), attempt=connecting)
    assert isinstance(made, APITimeoutError)
    assert (made.phase, made.may_have_been_processed) == ("response", False)


@for_each(
    ("error", "queued", "phase", "message", "processed"),
    [
        (
            aiohttp.ConnectionTimeoutError(),
            False,
            "connect",
            "could not connect within 3 seconds (connect)",
            False,
        ),
        (
            aiohttp.ConnectionTimeoutError(),
            True,
            "pool",
            (
                "no connection became free within 3 seconds (connect): all of "
                "`limit` are in use"
            ),
            False,
        ),
        (
            aiohttp.SocketTimeoutError(),
            False,
            "response",
            "no status and headers in 7 seconds (response)",
            True,
        ),
    ],
)
def test_limit_that_was_reached_has_its_phase(
    error: Exception, queued: bool, phase: TimeoutPhase, message: str, processed: bool
) -> None:
    made = raised(error, queued=queued)
    assert isinstance(made, APITimeoutError)
    assert made.phase == phase
    assert str(made) == message
    assert made.may_have_been_processed is processed


async def test_answer_that_does_not_begin_is_a_response_timeout() -> None:
    limit = Limit(0.01)
    opening = Opening(LIMITS, limit, sent())

    async def send() -> None:
        limit.begin()
        with opening:
            await limit.within(asyncio.sleep(5))

    with pytest.raises(APITimeoutError) as caught:
        await send()
    assert caught.value.phase == "response"
    assert caught.value.may_have_been_processed
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "error", [aiohttp.InvalidURL(URL("http://a..b")), UnicodeError("label too long")]
)
def test_address_that_cannot_be_requested_is_the_callers(error: Exception) -> None:
    made = raised(error)
    assert isinstance(made, ConfigurationError)
    assert "base_url cannot be requested" in str(made)


def test_refusal_of_a_proxy_shows_no_password() -> None:
    url = URL("http://me:s3cret@proxy.test")
    info = aiohttp.RequestInfo(url, "CONNECT", CIMultiDictProxy(CIMultiDict()), url)
    made = raised(
        aiohttp.ClientHttpProxyError(info, (), status=407, message="Who are you?")
    )
    assert str(made) == "could not connect: the proxy answered 407 Who are you?"
    assert not made.may_have_been_processed
    assert made.__cause__ is None
    assert made.__suppress_context__


async def test_call_that_is_cancelled_is_cancelled() -> None:
    async def wait() -> None:
        with Opening(LIMITS, Limit(7), sent()):
            await asyncio.sleep(5)

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_call_cancelled_by_no_caller_has_lost_its_client() -> None:
    """As aiohttp ends what waits for a connection when a session is closed."""
    made = raised(asyncio.CancelledError())
    assert isinstance(made, ConfigurationError)
    assert str(made) == (
        "this client was closed while the request waited for a connection"
    )


@pytest.mark.parametrize(
    ("error", "text"), [(OSError("broken"), "broken"), (TimeoutError(), "TimeoutError")]
)
def test_error_is_described_by_its_text_or_its_name(
    error: Exception, text: str
) -> None:
    assert describe(error) == text


@for_each(
    ("error", "passed_on"),
    [
        (aiohttp.ClientOSError("broken"), ReplayRefusedError),
        (aiohttp.ServerDisconnectedError(), ReplayRefusedError),
        (REFUSED, aiohttp.ClientConnectorError),
        (aiohttp.ClientPayloadError("short"), aiohttp.ClientPayloadError),
    ],
)
async def test_error_for_which_aiohttp_would_replay_is_replaced(
    error: Exception, passed_on: type[Exception]
) -> None:
    async def fail(_: object) -> aiohttp.ClientResponse:
        raise error

    with pytest.raises(passed_on):
        await keep_from_replaying(None, fail)  # type: ignore[arg-type]


@pytest.mark.parametrize("operation", READS)
async def test_requests_are_sent_as_often_as_the_policy_says(operation: str) -> None:
    async with (
        raw_server(answers(lose)) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(APIConnectionError):
            await READS[operation](client)
        assert len(server.requests) == FAST.max_retries + 1


async def test_wait_for_a_connection_is_a_phase_of_its_own() -> None:
    limits = Timeout(connect=0.1)
    async with (
        raw_server(answers(stay_mute)) as server,
        client_of(server, limit=1, timeout=limits) as client,
    ):
        first = asyncio.ensure_future(client.start("Sky?", model="m"))
        await asyncio.sleep(0.02)
        with pytest.raises(APITimeoutError) as caught:
            await client.start("Sky?", model="m")
        first.cancel()
        await asyncio.wait([first])
    assert caught.value.phase == "pool"
    assert not caught.value.may_have_been_processed
