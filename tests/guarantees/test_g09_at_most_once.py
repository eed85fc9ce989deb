"""G9: nothing is done twice that must not be; errors count the attempts."""

import asyncio

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncConversations,
    RetryPolicy,
    SDKError,
    StreamError,
    StreamInterruptedError,
    Timeout,
)
from tests.support.bodies import CONVERSATION_ID, model_conversation
from tests.support.clients import (
    FAST,
    POSTS,
    READS,
    Reply,
    answers,
    becomes_true,
    begun_stream,
    client_of,
    lose,
    refusal,
    refusing_port,
    reset,
    silent_port,
    stay_mute,
    whole_answer,
    whole_stream,
)
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    http,
    json_answer,
    raw_server,
)

pytestmark = pytest.mark.anyio

PASSING = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]
LASTING = [400, 401, 403, 404, 409, 422, 501, 525, 530]

REFUSED = [status for status in LASTING if status < 500]


async def cut_head(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 200 O")
    connection.close()


async def cut_body(connection: Connection) -> None:
    await connection.send(http(200, b'{"outputs": ')[:-1])
    connection.close()


LOSSES: dict[str, Reply] = {
    "closed": lose,
    "reset": reset,
    "head cut": cut_head,
    "body cut": cut_body,
}


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize("status", PASSING)
async def test_read_is_sent_again_after_a_passing_status(
    status: int, operation: str
) -> None:
    async with (
        raw_server(answers(refusal(status))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await READS[operation](client)
        assert len(server.requests) == FAST.max_retries + 1
    assert caught.value.attempts == FAST.max_retries + 1
    assert caught.value.status == status


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize("loss", LOSSES)
async def test_read_is_sent_again_after_a_lost_connection(
    loss: str, operation: str
) -> None:
    async with (
        raw_server(answers(LOSSES[loss])) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(APIConnectionError) as caught:
            await READS[operation](client)
        assert len(server.requests) == FAST.max_retries + 1
    assert caught.value.attempts == FAST.max_retries + 1


@for_each("operation", READS)
@for_each("status", LASTING)
async def test_read_is_not_sent_again_after_a_lasting_status(
    status: int, operation: str
) -> None:
    async with (
        raw_server(answers(refusal(status))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await READS[operation](client)
        assert len(server.requests) == 1
    assert caught.value.attempts == 1


async def test_read_succeeds_when_a_later_attempt_does() -> None:
    found = json_answer(model_conversation(1))
    async with (
        raw_server(answers(refusal(502), lose, found)) as server,
        client_of(server, retries=FAST) as client,
    ):
        conversation = await client.get(CONVERSATION_ID)
        assert len(server.requests) == 3
    assert conversation.meta is not None
    assert conversation.meta.attempts == 3


@pytest.mark.parametrize("status", [520, 522, 524, 529])
async def test_list_succeeds_after_a_status_of_a_gateway(status: int) -> None:
    async with (
        raw_server(answers(refusal(status), json_answer([model_conversation(1)]))) as s,
        client_of(s, retries=FAST) as client,
    ):
        page = await client.list()
        assert len(s.requests) == 2
    assert len(page) == 1


@for_each("operation", POSTS)
@for_each("status", [408, 500, 502, 503, 504, 520, 529, *LASTING])
async def test_post_is_not_sent_again_where_it_may_have_been_processed(
    status: int, operation: str
) -> None:
    async with (
        raw_server(answers(refusal(status))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await POSTS[operation](client)
        assert len(server.requests) == 1
    assert caught.value.attempts == 1
    assert caught.value.may_have_been_processed == (status not in REFUSED)


@for_each("operation", POSTS)
@for_each("loss", LOSSES)
async def test_post_is_not_sent_again_after_a_lost_connection(
    loss: str, operation: str
) -> None:
    async with (
        raw_server(answers(LOSSES[loss])) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises((APIConnectionError, StreamError)) as caught:
            await POSTS[operation](client)
        assert len(server.requests) == 1
    assert caught.value.may_have_been_processed


@pytest.mark.parametrize("operation", [*READS, *POSTS])
@pytest.mark.parametrize("loss", ["closed", "reset"])
async def test_kept_connection_that_is_lost_has_nothing_sent_again_unasked(
    loss: str, operation: str
) -> None:
    """Where aiohttp would send GET, PUT and DELETE once more by itself."""
    async with (
        raw_server(answers(whole_answer(), LOSSES[loss])) as server,
        client_of(server, retries=FAST) as client,
    ):
        await client.start("Sky?", model="m")
        with pytest.raises((APIConnectionError, StreamError)):
            await {**READS, **POSTS}[operation](client)
        again = FAST.max_retries if operation in READS else 0
        assert len(server.requests) == 1 + 1 + again
        assert server.connections == 1 + again


@pytest.mark.parametrize("operation", POSTS)
@pytest.mark.parametrize(
    "refused", [refusal(429), refusal(503, Retry_After="0")], ids=["429", "503"]
)
async def test_post_is_sent_again_when_it_was_not_processed(
    refused: bytes, operation: str
) -> None:
    async with (
        raw_server(answers(refused)) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await POSTS[operation](client)
        assert len(server.requests) == FAST.max_retries + 1
        first, *others = (request.body for request in server.requests)
        assert all(other == first for other in others)
    assert caught.value.attempts == FAST.max_retries + 1
    assert not caught.value.may_have_been_processed


@pytest.mark.parametrize("operation", ["start", "start_stream"])
async def test_post_succeeds_after_it_was_refused(operation: str) -> None:
    good = whole_stream() if operation == "start_stream" else whole_answer()
    async with (
        raw_server(answers(refusal(429, Retry_After="0"), good)) as server,
        client_of(server, retries=FAST) as client,
    ):
        answer = await POSTS[operation](client)
        assert len(server.requests) == 2
    assert answer.text.startswith("Blue")
    assert answer.meta.attempts == 2


@pytest.mark.parametrize("operation", ["start", "start_stream", "get", "delete"])
async def test_call_is_tried_again_when_its_connection_is_refused(
    operation: str,
) -> None:
    with refusing_port() as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with AsyncConversations("key", base_url=url, retries=FAST) as client:
            with pytest.raises(APIConnectionError) as caught:
                await {**READS, **POSTS}[operation](client)
    assert caught.value.attempts == FAST.max_retries + 1
    assert not caught.value.may_have_been_processed


async def test_post_succeeds_once_the_server_listens() -> None:
    asked = 0
    with refusing_port() as bound:

        def key() -> str:
            nonlocal asked
            asked += 1
            if asked == 2:
                bound.listen()
            return "key"

        bound.setblocking(False)
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with AsyncConversations(key, base_url=url, retries=FAST) as client:
            call = asyncio.create_task(client.start("Sky?", model="m"))
            loop = asyncio.get_running_loop()
            assert await becomes_true(lambda: asked == 2)
            accepted, _ = await loop.sock_accept(bound)
            with accepted:
                assert b"POST /v1/conversations" in await loop.sock_recv(accepted, 999)
                await loop.sock_sendall(accepted, whole_answer())
                answer = await call
    assert answer.meta is not None
    assert answer.meta.attempts == 2


async def test_post_is_tried_again_when_connecting_takes_too_long() -> None:
    async with silent_port() as port:
        client = AsyncConversations(
            "key",
            base_url=f"https://127.0.0.1:{port}",
            timeout=Timeout(connect=0.05),
            retries=FAST,
        )
        async with client:
            with pytest.raises(APITimeoutError) as caught:
                await client.start("Sky?", model="m")
    assert caught.value.phase == "connect"
    assert caught.value.attempts == FAST.max_retries + 1
    assert not caught.value.may_have_been_processed


@pytest.mark.parametrize("method", ["get", "start"])
async def test_call_is_not_sent_again_after_a_limit(method: str) -> None:
    policy = RetryPolicy(max_retries=2, max_delay=0.01, resend=True)
    async with (
        raw_server(answers(stay_mute)) as server,
        client_of(server, retries=policy, timeout=Timeout(response=0.05)) as client,
    ):
        with pytest.raises(APITimeoutError) as caught:
            await {**READS, **POSTS}[method](client)
        assert len(server.requests) == 1
    assert caught.value.may_have_been_processed


@pytest.mark.parametrize("operation", POSTS)
@pytest.mark.parametrize("failure", [lose, refusal(500), refusal(503)])
async def test_post_is_sent_again_where_the_caller_opts_in(
    failure: Reply, operation: str
) -> None:
    policy = RetryPolicy(max_retries=2, max_delay=0.01, resend=True)
    async with (
        raw_server(answers(failure)) as server,
        client_of(server, retries=0) as client,
    ):
        with pytest.raises((APIConnectionError, SDKError)) as caught:
            await POSTS[operation](client.with_options(retries=policy))
        assert len(server.requests) == 3
    assert getattr(caught.value, "attempts", None) == 3


async def test_stream_that_has_started_is_not_sent_again() -> None:
    async def begin(_: Request, connection: Connection) -> None:
        await connection.send(begun_stream())
        connection.close()

    policy = RetryPolicy(max_retries=2, max_delay=0.01, resend=True)
    async with (
        raw_server(begin) as server,
        client_of(server, retries=policy) as client,
    ):
        with pytest.raises(StreamInterruptedError):
            await client.start_stream("Sky?", model="m").response()
        assert len(server.requests) == 1
