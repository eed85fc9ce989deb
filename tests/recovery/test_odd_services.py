"""Recovery from a service whose clocks, lists and replicas are odd."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    ConflictError,
    NeverArrivedError,
    Recovery,
    RecoveryUncertainError,
    RetryPolicy,
    to_dict,
)
from mistral_conversations.server import LocalServer, RecordedRequest, Trouble, say

pytestmark = pytest.mark.anyio

MODEL = "mistral-small-latest"
QUICK = Recovery(timeout=5, lock=0.05, settle=0, poll=0.01)
LOST = Trouble(cut="close")
NEVER_ARRIVES = Trouble(status=503, cut="close")


@attrs.define
class Local:
    server: LocalServer
    client: AsyncConversations
    id: str
    output_id: str
    slow: float = attrs.field(default=0.0, init=False)
    """Seconds that the model takes."""

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [dict(entry) for entry in self.server.conversations[0].entries]

    async def lose(self, *args: Any) -> APIConnectionError:
        """Append, lose the answer, and return the error."""
        with pytest.raises(APIConnectionError) as caught:
            await self.client.append(self.id, *args)
        return caught.value

    def show(self, entries: list[dict[str, Any]], **options: Any) -> None:
        """Let the next reading of the history show other entries."""
        trouble = Trouble(status=200, body=history_of(entries), **options)
        self.server.inflict(trouble, when=is_history)

    def copy_only(self, times: int | None) -> None:
        """Let readings of new conversations show nothing but the entries so far."""

        def is_new(request: RecordedRequest) -> bool:
            return is_history(request) and self.id not in request.path

        trouble = Trouble(status=200, body=history_of(self.entries))
        self.server.inflict(trouble, times=times, when=is_new)


def history_of(entries: list[dict[str, Any]]) -> dict[str, Any]:
    kind = "conversation.history"
    return {"object": kind, "conversation_id": "conv_1", "entries": entries}


def is_history(request: RecordedRequest) -> bool:
    return request.path.endswith("/history")


def lists_page(number: int) -> Callable[[RecordedRequest], bool]:
    def lists(request: RecordedRequest) -> bool:
        is_list = request.method == "GET" and request.path.endswith("/conversations")
        return is_list and int(request.query.get("page", 0)) == number

    return lists


@asynccontextmanager
async def local() -> AsyncIterator[Local]:
    async def answer(conversation: Any, _: Any) -> Any:
        await asyncio.sleep(found.slow if found else 0)
        return say(f"Answer {len(conversation.entries)}")

    found: Local | None = None
    async with (
        LocalServer(answer) as server,
        AsyncConversations("key", base_url=server.base_url) as client,
    ):
        started = await client.start("Hi", model=MODEL)
        output: Any = started.outputs[0]
        found = Local(server, client, started.conversation_id, output.id)
        yield found


async def test_a_date_that_is_ahead_makes_no_answer_old() -> None:
    async with local() as service:
        service.server.inflict(LOST)
        error = await service.lose("Again?")
        await asyncio.sleep(0.05)
        ahead = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        service.show(service.entries, headers={"Date": ahead})
        with pytest.raises(RecoveryUncertainError, match="clocks of the service"):
            await service.client.recover(error, QUICK)


async def test_an_equal_message_from_before_is_told_apart_in_another_process() -> None:
    async with local() as service:
        service.server.inflict(NEVER_ARRIVES)
        saved = pickle.dumps(await service.lose("Hi"))
        url = service.server.base_url
        async with AsyncConversations("key", base_url=url) as other:
            with pytest.raises(NeverArrivedError):
                await other.recover(pickle.loads(saved), QUICK)


async def test_a_reading_of_an_older_replica_is_ignored() -> None:
    async with local() as service:
        before = service.entries
        service.server.inflict(LOST)
        error = await service.lose("Again?")
        await asyncio.sleep(0.06)
        after = service.entries
        service.show(after[:-1])
        service.show(before)
        recovered = await service.client.recover(error, QUICK)
    assert recovered.text == after[-1]["content"]


async def test_a_reading_that_fails_settles_no_answer() -> None:
    async with local() as service:
        service.server.inflict(LOST)
        error = await service.lose("Again?")
        await asyncio.sleep(0.02)
        whole = service.entries
        first = {**whole[-1], "id": "msg_1", "content": "First"}
        service.show([*whole[:-1], first])
        service.server.inflict(Trouble(status=500), times=8, when=is_history)
        settled = attrs.evolve(QUICK, settle=0.05)
        recovered = await service.client.recover(error, settled, retries=0)
    assert recovered.text == whole[-1]["content"]


async def test_the_timeout_of_the_call_does_not_limit_readings() -> None:
    async with local() as service:
        service.slow = 0.1
        service.server.inflict(Trouble(delay=0.1), times=None, when=is_history)
        recovered = await service.client.append(
            service.id, "Again?", timeout=0.05, recover=attrs.evolve(QUICK, lock=1)
        )
    assert recovered.text == "Answer 3"


async def test_a_repeated_request_that_is_refused_recovers_the_first() -> None:
    async with local() as service:
        for status in (504, 409):
            service.server.inflict(Trouble(status=status))
        again = RetryPolicy(max_retries=1, first_delay=0.01, resend=True)
        with pytest.raises(NeverArrivedError):
            await service.client.append(service.id, "A", retries=again, recover=QUICK)
        service.server.inflict(Trouble(status=409))
        with pytest.raises(ConflictError):
            await service.client.append(service.id, "A", retries=again, recover=QUICK)


async def test_a_restart_appears_late_and_begins_with_copies() -> None:
    async with local() as service:
        client, id = service.client, service.id
        restart = [id, service.output_id, "Hi"]
        service.server.inflict(LOST)
        service.copy_only(times=8)
        assert (await client.restart(*restart, recover=QUICK)).text == "Answer 3"
        service.server.inflict(Trouble(cut="close", after_events=1))
        service.copy_only(times=8)
        stream = client.restart_stream(*restart, recover=QUICK)
        assert (await stream.response()).text == "Answer 3"
        service.server.inflict(Trouble(cut="close", after_events=1))
        stream = client.restart_stream(*restart[:2], recover=QUICK)
        assert (await stream.response()).text == "Answer 2"


async def test_the_list_of_conversations_may_have_any_order() -> None:
    async with local() as service:
        service.server.inflict(LOST)
        with pytest.raises(APIConnectionError) as caught:
            await service.client.restart(service.id, service.output_id, "Again?")
        await asyncio.sleep(0.02)
        listed = await service.client.list()
        bodies: list[Any] = [to_dict(each) for each in listed]
        old = {**bodies[-1], "created_at": "2020-01-01T00:00:00Z"}
        pages: list[list[Any]] = [
            [{**old, "id": f"conv_{n:032}"} for n in range(100)],
            [bodies[0], old],
            [],
        ]
        pages[0][-1]["created_at"] = "2020-01-01T00:00:01Z"
        for number, page in enumerate(pages):
            trouble = Trouble(status=200, body=page)
            service.server.inflict(trouble, times=None, when=lists_page(number))
        recovered = await service.client.recover(caught.value, QUICK)
    assert recovered.text == "Answer 3"


async def test_a_restart_of_another_process_is_no_answer() -> None:
    async with local() as service:
        restart = [service.id, service.output_id, "Again?"]
        url = service.server.base_url
        await service.client.restart(*restart)
        listed = [to_dict(each) for each in await service.client.list()]
        later = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
        trouble = Trouble(status=200, body=listed, headers={"Date": later})
        service.server.inflict(trouble, times=None, when=lists_page(0))
        service.server.inflict(NEVER_ARRIVES)
        async with AsyncConversations("key", base_url=url) as other:
            with pytest.raises(RecoveryUncertainError, match="another conversation"):
                await other.restart(*restart, recover=attrs.evolve(QUICK, timeout=0.2))


async def test_an_error_of_the_key_keeps_the_one_that_lost_the_answer() -> None:
    keys = ["key"]
    async with local() as service:
        service.server.inflict(LOST)
        url = service.server.base_url
        async with AsyncConversations(keys.pop, base_url=url) as other:
            with pytest.raises(IndexError) as caught:
                await other.append(service.id, "Again?", recover=QUICK)
    assert isinstance(caught.value.__context__, APIConnectionError)


async def test_a_conversation_that_shows_only_copies_may_be_the_restarted_one() -> None:
    async with local() as service:
        service.server.inflict(LOST)
        service.copy_only(times=None)
        with pytest.raises(RecoveryUncertainError, match="may be the") as caught:
            await service.client.restart(
                service.id,
                service.output_id,
                "Again?",
                recover=attrs.evolve(QUICK, timeout=0.2),
            )
    assert caught.value.arrived is None
