"""The loop of attempts, with attempts that need no network."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    ConversationBusyError,
    DecodeError,
    RetryPolicy,
    SDKError,
)
from mistral_conversations._transport.attempts import Attempt, Attempts
from mistral_conversations._transport.deadline import Deadline
from mistral_conversations._wire.failure import failure
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

FAST = RetryPolicy(max_retries=2, max_delay=0.001)


def answered(status: int) -> SDKError:
    return failure(status, {}, b"")


def busy() -> SDKError:
    body = b'{"message": "Conversation is being updated"}'
    error = failure(409, {}, body)
    assert isinstance(error, ConversationBusyError)
    return error


def failing(*errors: Exception) -> Callable[[Attempt], Awaitable[int]]:
    """Raise one error after another, then return the number of the attempt."""
    rest = list(errors)

    async def once(attempt: Attempt) -> int:
        if rest:
            raise rest.pop(0)
        return attempt.number

    return once


def attempts(
    method: str = "GET",
    policy: RetryPolicy = FAST,
    total: float | None = None,
    wait: float | None = None,
) -> Attempts:
    busy_until = None if wait is None else Deadline(wait)
    return Attempts(method, policy, Deadline(total), busy_until)


async def test_first_answer_is_given() -> None:
    made = attempts()
    assert await made.run(failing()) == 1
    assert not made.may_have_been_processed


async def test_attempts_are_numbered_from_one() -> None:
    assert await attempts().run(failing(answered(500), answered(502))) == 3


async def test_last_error_is_raised_with_the_attempts_made() -> None:
    errors = [answered(500), answered(502), answered(503), answered(504)]
    with pytest.raises(SDKError) as caught:
        await attempts().run(failing(*errors))
    assert caught.value is errors[2]
    assert caught.value.attempts == 3


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_error_that_is_not_to_be_repeated_is_raised_at_once(method: str) -> None:
    error = APIConnectionError("lost", may_have_been_processed=True)
    made = attempts(method)
    if method == "DELETE":
        assert await made.run(failing(error)) == 2
        assert made.may_have_been_processed
    else:
        with pytest.raises(APIConnectionError):
            await made.run(failing(error))


async def test_attempt_that_was_surely_not_processed_is_not_remembered_as_such() -> (
    None
):
    made = attempts("DELETE")
    assert await made.run(failing(answered(429))) == 2
    assert not made.may_have_been_processed


@for_each("error", [DecodeError("x"), ZeroDivisionError(), KeyError()])
async def test_error_of_another_kind_passes(error: Exception) -> None:
    with pytest.raises(type(error)):
        await attempts().run(failing(error))


@pytest.mark.parametrize("total", [None, 5.0])
async def test_timeout_that_is_not_ours_passes(total: float | None) -> None:
    """Such as one that the caller's function for the key raises."""
    with pytest.raises(TimeoutError, match="the vault") as caught:
        await attempts(total=total).run(failing(TimeoutError("the vault is slow")))
    assert not isinstance(caught.value, APITimeoutError)


async def test_wait_that_would_reach_the_deadline_is_not_begun() -> None:
    made = attempts(policy=RetryPolicy(max_delay=60), total=0.2)
    with pytest.raises(SDKError):
        await made.run(failing(answered(500)))


async def test_attempt_that_never_ends_is_ended_by_the_deadline() -> None:
    async def never(_: Attempt) -> None:
        await asyncio.sleep(30)

    with pytest.raises(APITimeoutError) as caught:
        await attempts(total=0.05).run(never)
    assert caught.value.phase == "total"
    assert caught.value.attempts == 1


async def test_busy_conversation_is_raised_at_once_by_default() -> None:
    with pytest.raises(ConversationBusyError) as caught:
        await attempts("POST").run(failing(busy()))
    assert caught.value.attempts == 1


async def test_busy_conversation_uses_up_no_retries() -> None:
    made = attempts("POST", RetryPolicy(max_retries=0), wait=5)
    assert await made.run(failing(busy())) == 2


async def test_busy_conversation_is_asked_a_last_time_when_the_wait_is_over() -> None:
    begin = time.monotonic()
    made = attempts("POST", wait=0.05)
    with pytest.raises(ConversationBusyError) as caught:
        await made.run(failing(*(busy() for _ in range(9))))
    assert 0.05 <= time.monotonic() - begin < 5
    assert caught.value.attempts == 2
