"""The pacer, on the loop: it holds requests, lets them pass in order, forgets them."""

import asyncio

import pytest

from mistral_conversations import RateLimitError
from mistral_conversations._wire.failure import failure
from mistral_conversations.batch.pacing.pacer import Pacer
from mistral_conversations.errors import SDKError

pytestmark = pytest.mark.anyio

LIMITED = {
    "x-ratelimit-limit-tokens-minute": "1000",
    "x-ratelimit-remaining-tokens-minute": "0",
}


def refusal(status: int = 429, **headers: str) -> SDKError:
    return failure(
        status, {name.replace("_", "-"): v for name, v in headers.items()}, b""
    )


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_requests_pass_at_once_without_a_limit() -> None:
    pacer = Pacer(2)
    (await pacer.enter(10)).left(answered=True)
    await pacer.enter(10)
    await pacer.enter(0)


async def test_no_more_requests_than_allowed_are_under_way() -> None:
    pacer = Pacer(1)
    first = await pacer.enter(10)
    waiting = [asyncio.create_task(pacer.enter(10)) for _ in range(2)]
    await settle()
    assert not any(each.done() for each in waiting)
    first.left(answered=True)
    await settle()
    assert [each.done() for each in waiting] == [True, False]
    waiting[0].result().left(answered=False)
    (await waiting[1]).left(answered=True)


async def test_request_cancelled_in_the_wait_is_forgotten() -> None:
    pacer = Pacer(1)
    first = await pacer.enter(10)
    waiting = [asyncio.create_task(pacer.enter(10)) for _ in range(3)]
    await settle()
    waiting[0].cancel()
    waiting[1].cancel()
    await settle()
    first.left(answered=True)
    (await waiting[2]).left(answered=True)


async def test_request_cancelled_as_it_could_pass_leaves_its_place() -> None:
    pacer = Pacer(1)
    first = await pacer.enter(10)
    waiting = [asyncio.create_task(pacer.enter(10)) for _ in range(2)]
    await settle()
    first.left(answered=True)
    waiting[0].cancel()
    (await waiting[1]).left(answered=True)
    assert waiting[0].cancelled()


async def test_refusal_holds_all_requests_for_as_long_as_it_says() -> None:
    pacer = Pacer(8)
    first = await pacer.enter(10)
    begin = asyncio.get_running_loop().time()
    held = pacer.refused(refusal(retry_after="0.2"))
    first.left(answered=False)
    assert held == pytest.approx(0.2, abs=0.1)
    await asyncio.gather(*(pacer.enter(10) for _ in range(4)))
    assert asyncio.get_running_loop().time() - begin >= 0.19


async def test_overloaded_service_holds_all_requests_and_leaves_the_policy_alone() -> (
    None
):
    pacer = Pacer(8)
    begin = asyncio.get_running_loop().time()
    assert pacer.refused(refusal(503, retry_after="0.2")) is None
    await pacer.enter(10)
    assert asyncio.get_running_loop().time() - begin >= 0.19


@pytest.mark.parametrize("error", [refusal(503), refusal(400), refusal(409)])
async def test_other_errors_hold_nothing(error: SDKError) -> None:
    pacer = Pacer(8)
    assert pacer.refused(error) is None
    async with asyncio.timeout(5):
        await pacer.enter(10)


async def test_exhausted_quota_ends_all_requests() -> None:
    pacer = Pacer(2, window=0.06)
    error = refusal()
    for _ in range(10):
        passage = await pacer.enter(10)
        assert pacer.refused(error) is not None
        passage.left(answered=False)
    passage = await pacer.enter(10)
    waiting = asyncio.create_task(pacer.enter(10))
    await settle()
    assert pacer.refused(error) is None
    passage.left(answered=False)
    with pytest.raises(RateLimitError) as caught:
        await waiting
    assert caught.value is not error
    with pytest.raises(RateLimitError):
        await pacer.enter(10)


async def test_exhausted_quota_is_tried_again_after_a_while() -> None:
    pacer = Pacer(2, window=0.06)
    assert pacer.refused(refusal(retry_after="4000")) is None
    with pytest.raises(RateLimitError):
        await pacer.enter(10)
    pacer = Pacer(2, window=0.01)
    for _ in range(12):
        pacer.refused(refusal())
        passage = await pacer.enter(10) if _ < 10 else None
        if passage is not None:
            passage.left(answered=False)
    await asyncio.sleep(0.02)
    (await pacer.enter(10)).left(answered=True)


async def test_limits_are_learned_from_good_answers_only() -> None:
    pacer = Pacer(8, window=0.1)
    pacer.answered(500, LIMITED)
    (await pacer.enter(10)).left(answered=True)
    pacer.answered(200, LIMITED)
    waiting = asyncio.create_task(pacer.enter(10))
    await settle()
    assert not waiting.done()
    await waiting


async def test_tokens_that_rows_have_used_count() -> None:
    pacer = Pacer(8, tokens_per_minute=1000, window=0.1)
    (await pacer.enter(1)).left(answered=True)
    begin = asyncio.get_running_loop().time()
    pacer.spent(1500)
    await pacer.enter(1)
    assert asyncio.get_running_loop().time() - begin >= 0.1
