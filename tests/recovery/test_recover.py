"""`recover` and `recover=`, against LocalServer with trouble."""

import asyncio
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncConversations,
    ConfigurationError,
    Conversations,
    NeverArrivedError,
    NotFoundError,
    Recovery,
    RecoveryUncertainError,
    ResponseFailedError,
    ServerError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamRecoveryUncertainError,
    StreamTimeoutError,
    Timeout,
)
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.lost_call import attach_sent_at, record
from mistral_conversations._wire.service_clock import Moment, ServiceClock
from mistral_conversations.server import (
    LocalServer,
    RecordedRequest,
    Trouble,
    call,
    execute,
    fail,
    say,
    think,
)
from tests.support.clients import becomes_true

pytestmark = pytest.mark.anyio

MODEL = "mistral-small-latest"
QUICK = Recovery(timeout=10, lock=0.3, settle=0, poll=0.02)
ANSWER: Any = [think("Hm, let me see"), execute("web_search"), "One two three four."]


@attrs.define
class Both:
    """A server, a client of it, and a conversation in which one answer stands."""

    server: LocalServer
    client: AsyncConversations
    id: str
    entry_id: str

    async def append(self, **options: Any) -> Any:
        return await self.client.append(self.id, "Again?", **options)

    async def append_stream(self, **options: Any) -> Any:
        return await self.client.append_stream(self.id, "Again?", **options).response()

    async def restart(self, **options: Any) -> Any:
        return await self.client.restart(self.id, self.entry_id, "Again?", **options)

    async def restart_stream(self, **options: Any) -> Any:
        stream = self.client.restart_stream(self.id, self.entry_id, "Again?", **options)
        return await stream.response()

    async def start_stream(self, **options: Any) -> Any:
        stream = self.client.start_stream("Again?", model=MODEL, **options)
        return await stream.response()

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.server.requests)


@asynccontextmanager
async def both(*script: Any, **options: Any) -> AsyncIterator[Both]:
    script = script or (say("Hello!"), ANSWER)
    async with (
        LocalServer(list(script), **options) as server,
        AsyncConversations("key", base_url=server.base_url) as client,
    ):
        started = await client.start("Hi", model=MODEL)
        entry_id = server.conversations[0].entries[-1]["id"]
        yield Both(server, client, started.conversation_id, entry_id)


CALLS = ["append", "append_stream", "restart", "restart_stream", "start_stream"]
LOSSES = {
    "before the head": Trouble(cut="close"),
    "not JSON": Trouble(garbage="{"),
    "after the head": Trouble(cut="close", after_bytes=1),
    "in the middle": Trouble(cut="reset", after_events=4),
    "properly": Trouble(cut="end", after_events=5),
    "with garbage": Trouble(garbage="{", after_events=5),
}


STREAMED_LOSSES = {"in the middle", "properly", "with garbage"}

CASES = [
    (name, loss)
    for name in CALLS
    for loss in LOSSES
    if (name.endswith("stream") or loss not in STREAMED_LOSSES)
    and (name != "start_stream" or loss in STREAMED_LOSSES)  # else without an id
]


@pytest.mark.parametrize(("name", "loss"), CASES)
async def test_a_lost_answer_is_recovered(name: str, loss: str) -> None:
    async with both(say("Hello!"), ANSWER, ANSWER) as local:
        whole = await getattr(local, name)()
        posts = local.posts
        local.server.inflict(LOSSES[loss])
        recovered = await getattr(local, name)(recover=QUICK)
        assert local.posts == posts + 1
        stored = local.server.conversations[-1 if "append" not in name else 0]
    assert [entry.type for entry in recovered.outputs] == [
        entry.type for entry in whole.outputs
    ]
    assert recovered.text == whole.text == "One two three four."
    assert recovered.conversation_id == stored.id
    assert recovered.outputs[-1].id == stored.entries[-1]["id"]
    assert recovered.usage.total_tokens == 0
    assert recovered.meta.status == 200


@pytest.mark.parametrize("name", CALLS)
async def test_recover_returns_what_an_error_has_lost(name: str) -> None:
    loss = Trouble(cut="close", after_events=3 if "stream" in name else 0)
    async with both(busy_after_drop=0.05) as local:
        local.server.inflict(loss)
        with pytest.raises((APIConnectionError, StreamError)) as caught:
            await getattr(local, name)()
        error = pickle.loads(pickle.dumps(caught.value))
        assert error.may_have_been_processed
        recovered = await local.client.recover(error, QUICK)
    assert recovered.text == "One two three four."


@pytest.mark.parametrize("name", ["append", "append_stream", "restart"])
async def test_a_request_that_never_arrived_can_be_sent_again(name: str) -> None:
    async with both() as local:
        local.server.inflict(Trouble(status=503, cut="close"))
        with pytest.raises(NeverArrivedError, match="can be sent again") as caught:
            await getattr(local, name)(recover=QUICK)
        assert not caught.value.may_have_been_processed
        assert isinstance(caught.value.error, APIConnectionError)
        assert (await getattr(local, name)()).text == "One two three four."
        assert sum(each.method == "POST" for each in local.server.requests) == 3


async def test_never_arrived_is_not_said_before_the_lock_ends() -> None:
    async with both() as local:
        local.server.inflict(Trouble(status=503, cut="close"))
        patient = attrs.evolve(QUICK, lock=60, timeout=0.3)
        with pytest.raises(RecoveryUncertainError, match="within") as caught:
            await local.append(recover=patient)
    error = caught.value
    assert (error.arrived, error.entries, error.may_have_been_processed) == (
        None,
        (),
        True,
    )


async def test_an_answer_that_fails_is_uncertain() -> None:
    async with both(say("Hello!"), fail("No luck")) as local:
        local.server.inflict(Trouble(cut="close"))
        with pytest.raises(RecoveryUncertainError) as caught:
            await local.append(recover=attrs.evolve(QUICK, timeout=0.6))
    assert caught.value.arrived
    assert [entry.type for entry in caught.value.entries] == ["message.input"]
    assert caught.value.conversation_id == local.id


async def test_the_error_of_a_stream_that_had_started_is_a_stream_error() -> None:
    async with both(say("Hello!"), [say("One two"), fail("No luck")]) as local:
        local.server.inflict(Trouble(cut="close", after_events=2))
        stream = local.client.append_stream(
            local.id, "Again?", recover=attrs.evolve(QUICK, timeout=0.5)
        )
        with pytest.raises(StreamRecoveryUncertainError) as caught:
            await stream.response()
        with pytest.raises(StreamError) as again:
            await stream.response()
    assert again.value is caught.value
    assert caught.value.partial is not None
    assert caught.value.partial.text == "One"
    assert isinstance(caught.value.error, StreamInterruptedError)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)).error, StreamError)
    assert not stream.recovered


async def test_an_uncertain_recovery_can_be_repeated() -> None:
    async with both(busy_after_drop=0.5) as local:
        local.server.inflict(Trouble(cut="close", after_events=3))
        with pytest.raises(RecoveryUncertainError) as caught:
            await local.append_stream(recover=attrs.evolve(QUICK, timeout=0.1))
        error = pickle.loads(pickle.dumps(caught.value))
        assert (await local.client.recover(error, QUICK)).text == "One two three four."


async def test_a_plain_start_cannot_be_recovered() -> None:
    async with both() as local:
        local.server.inflict(Trouble(cut="close"))
        with pytest.raises(APIConnectionError) as caught:
            await local.client.start("Again?", model=MODEL)
        count = len(local.server.requests)
        with pytest.raises(RecoveryUncertainError, match="a start that failed before"):
            await local.client.recover(caught.value)
        assert len(local.server.requests) == count


async def test_what_is_not_stored_cannot_be_recovered() -> None:
    async with both() as local:
        for name in CALLS:
            with pytest.raises(ValueError, match="store=False"):
                await getattr(local, name)(recover=True, store=False)
        local.server.inflict(Trouble(cut="close"))
        with pytest.raises(APIConnectionError) as caught:
            await local.append(store=False)
        with pytest.raises(RecoveryUncertainError, match="store=False"):
            await local.client.recover(caught.value)


@pytest.mark.parametrize("name", ["append", "append_stream"])
async def test_an_error_that_says_what_became_of_the_call_is_raised(name: str) -> None:
    async with both() as local:
        for trouble, kind in (
            (Trouble(status=404), NotFoundError),
            (Trouble(status=503, retry_after=0), ServerError),
            (
                Trouble(error="No luck", after_events=2),
                (ResponseFailedError, ServerError),
            ),
        ):
            count = len(local.server.requests)
            local.server.inflict(trouble)
            with pytest.raises(kind) as caught:
                await getattr(local, name)(recover=QUICK, retries=0)
            with pytest.raises(kind) as again:
                await local.client.recover(caught.value)
            assert again.value is caught.value
            assert len(local.server.requests) == count + 1


async def test_a_gateway_that_gives_up_may_have_passed_the_request_on() -> None:
    async with both() as local:
        local.server.inflict(Trouble(status=502))
        with pytest.raises(NeverArrivedError):
            await local.append(recover=QUICK)


async def test_wrong_parameters() -> None:
    client = AsyncConversations("key", base_url="http://127.0.0.1:9")
    wrong: Any
    for wrong in (1, 60.0, "yes", {"timeout": 3}):
        with pytest.raises(
            TypeError, match=r"recover must be .* Recovery\(timeout=60\)"
        ):
            client.append_stream("conv_1", "Hi", recover=wrong)
        with pytest.raises(TypeError, match="recovery must be"):
            await client.recover(_lost(), wrong)
    for wrong in (ValueError("x"), "error", None):
        with pytest.raises(TypeError, match="error must be an error of this library"):
            await client.recover(wrong)
    with pytest.raises(ValueError, match="error must come from"):
        await client.recover(ConfigurationError("x"))


def _lost() -> APIConnectionError:
    error = APIConnectionError("lost", may_have_been_processed=True)
    attach_sent_at(error, Moment.now())
    call = Call("POST", "/v1/conversations/1", conversation_id="1")
    record(error, call, ServiceClock())
    return error


def is_post(request: RecordedRequest) -> bool:
    return request.method == "POST"


def is_reading(request: RecordedRequest) -> bool:
    return request.method == "GET"


async def test_readings_that_fail_are_repeated() -> None:
    async with both() as local:
        local.server.inflict(Trouble(cut="close"))
        for trouble in (
            Trouble(status=500),
            Trouble(status=429),
            Trouble(cut="reset"),
            Trouble(cut="end", after_bytes=20),
            Trouble(status=200, body="<h1>Busy</h1>"),
        ):
            local.server.inflict(trouble, when=is_reading)
        recovered = await local.append(recover=QUICK, retries=0)
        assert recovered.text == "One two three four."


async def test_a_history_that_cannot_be_read_is_uncertain() -> None:
    async with both() as local:
        local.server.inflict(Trouble(cut="close"))
        local.server.inflict(Trouble(status=403), when=is_reading, times=None)
        with pytest.raises(RecoveryUncertainError, match="cannot be read: HTTP 403"):
            await local.append(recover=QUICK)
        local.server.forgive()
        local.server.inflict(Trouble(cut="close"))
        local.server.inflict(Trouble(status=500), when=is_reading, times=None)
        with pytest.raises(RecoveryUncertainError, match="cannot be read: HTTP 500"):
            await local.append(recover=attrs.evolve(QUICK, timeout=0.2), retries=0)


async def test_a_deleted_conversation_is_uncertain() -> None:
    async with both() as local:
        local.server.inflict(Trouble(cut="close"))
        with pytest.raises(APIConnectionError) as caught:
            await local.append()
        await local.client.delete(local.id)
        with pytest.raises(
            RecoveryUncertainError, match="no longer exists"
        ) as uncertain:
            await local.client.recover(caught.value)
    assert isinstance(uncertain.value.__cause__, Exception)


async def test_a_timeout_is_recovered_within_a_time_of_its_own() -> None:
    async with both(latency=0.1) as local:
        for name, kind in (
            ("append", APITimeoutError),
            ("append_stream", StreamTimeoutError),
        ):
            limit = Timeout(total=0.05 if name == "append" else 0.25)
            local.server.model = [ANSWER]
            with pytest.raises(kind) as caught:
                await getattr(local, name)(timeout=limit)
            found = await local.client.recover(caught.value, QUICK)
            assert found.text == "One two three four."


async def test_two_restarts_that_look_alike_are_uncertain() -> None:
    async with both(say("Hello!"), ANSWER, ANSWER) as local:
        local.server.inflict(Trouble(cut="close"), times=2)
        with pytest.raises(APIConnectionError) as caught:
            await local.restart()
        with pytest.raises(APIConnectionError):
            await local.restart()
        with pytest.raises(RecoveryUncertainError, match="several conversations"):
            await local.client.recover(caught.value, QUICK)


async def test_a_restart_is_found_among_other_conversations() -> None:
    async with both(say("Hello!"), ANSWER, "Other", "Another") as local:
        local.server.inflict(Trouble(cut="close"))
        with pytest.raises(APIConnectionError) as caught:
            await local.restart(metadata={"a": 1})
        await local.client.start("Again?", model=MODEL)
        await local.client.restart(local.id, local.entry_id, "Something else")
        found = await local.client.recover(caught.value, QUICK)
    assert found.text == "One two three four."
    assert found.conversation_id != local.id


async def test_closing_a_stream_ends_its_recovery() -> None:
    async with both(busy_after_drop=30) as local:
        local.server.inflict(Trouble(cut="close", after_events=2))
        stream = local.client.append_stream(local.id, "Again?", recover=True)
        reader = asyncio.create_task(_all(stream))
        await becomes_true(lambda: "recovering" in repr(stream))
        await stream.aclose()
        assert len(await reader) == 2
        assert "closed" in repr(stream)


async def _all(stream: Any) -> list[Any]:
    return [event async for event in stream]


async def test_a_cancelled_step_recovers_later() -> None:
    async with both(busy_after_drop=0.4) as local:
        local.server.inflict(Trouble(cut="close", after_events=2))
        stream = local.client.append_stream(local.id, "Again?", recover=QUICK)
        events = [await anext(stream), await anext(stream)]
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(stream)
        events += [event async for event in stream]
        assert (await stream.response()).text == "One two three four."
        assert events[-1].type == "conversation.response.done"


async def test_steps_that_have_no_time_end_with_the_recovery() -> None:
    async with both(busy_after_drop=30) as local:
        local.server.inflict(Trouble(cut="close", after_events=2))
        short = attrs.evolve(QUICK, timeout=0.1)
        stream = local.client.append_stream(local.id, "Again?", recover=short)
        for _ in range(2):
            await anext(stream)
        with pytest.raises(RecoveryUncertainError):
            await _without_time(stream)


async def _without_time(stream: Any) -> None:
    while True:
        try:
            async with asyncio.timeout(0):
                await anext(stream)
        except TimeoutError:
            await asyncio.sleep(0.001)


async def test_a_cancelled_call_is_not_recovered() -> None:
    async with both() as local:
        local.server.inflict(Trouble(stall=True))
        task = asyncio.create_task(local.append(recover=True))
        await becomes_true(lambda: local.posts == 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert all(request.method == "POST" for request in local.server.requests)


async def test_a_body_that_is_no_stream_is_recovered() -> None:
    async with both() as local:
        page = {"body": "<p>Hello</p>", "headers": {"Content-Type": "text/html"}}
        local.server.inflict(Trouble(status=200, **page))  # type: ignore[arg-type]
        with pytest.raises(StreamDecodeError) as caught:
            await local.append_stream()
        with pytest.raises(RecoveryUncertainError) as uncertain:
            await local.client.recover(caught.value, attrs.evolve(QUICK, timeout=0.5))
    assert uncertain.value.arrived


@pytest.mark.parametrize("loss", ["before the head", "in the middle", "with garbage"])
def test_a_blocking_stream_recovers(loss: str) -> None:
    with (
        LocalServer([say("Hello!"), ANSWER]) as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        id = client.start("Hi", model=MODEL).conversation_id
        server.inflict(LOSSES[loss])
        with client.append_stream(id, "Again?", recover=QUICK) as stream:
            assert "".join(stream.text()) == "One two three four."
            assert stream.recovered
        server.model = [ANSWER]
        server.inflict(Trouble(cut="close"))
        with pytest.raises(APIConnectionError) as caught:
            client.append(id, "More")
        assert client.recover(caught.value, QUICK).text == "One two three four."


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_run_recovers_each_of_its_answers(streamed: bool) -> None:
    script: Any = [[call("add", a=1, b=2)], [call("add", a=3, b=4)], "Seven."]
    async with (
        LocalServer(script) as server,
        AsyncConversations("key", base_url=server.base_url) as client,
    ):
        for after in (2, 2 if streamed else 0, 2 if streamed else 0):
            server.inflict(Trouble(cut="close", after_events=after), when=is_post)
        if streamed:
            run = client.run_stream("Go", model=MODEL, tools=[add], recover=QUICK)
            async with run:
                texts = [piece async for piece in run.text()]
            result = await run.result()
            assert "".join(texts) == "Seven."
        else:
            result = await client.run("Go", model=MODEL, tools=[add], recover=QUICK)
        posts = sum(request.method == "POST" for request in server.requests)
    assert (posts, result.text) == (3, "Seven.")
    assert [each.value for each in result.calls] == [3, 7]


async def test_entering_a_stream_recovers_an_answer_lost_before_its_head() -> None:
    async with both(say("Hello!"), ANSWER) as local:
        local.server.inflict(LOSSES["before the head"])
        stream = local.client.append_stream(local.id, "Again?", recover=QUICK)
        async with stream:
            assert stream.recovered
            pieces = [piece async for piece in stream.text()]
    assert "".join(pieces) == "One two three four."
