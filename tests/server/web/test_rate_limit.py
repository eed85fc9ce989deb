"""The rate limit of a server: windows of tokens and requests, 429 and its headers."""

from collections.abc import Callable
from typing import Any

import pytest

from mistral_conversations import AsyncConversations, RateLimitError
from mistral_conversations.server import LocalServer, Quota, say
from mistral_conversations.server.web.failures import RefusalError
from mistral_conversations.server.web.rate_limit import RateLimiter
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

LIMIT = "x-ratelimit-limit-tokens-minute"
LEFT = "x-ratelimit-remaining-tokens-minute"


class Watch:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.time = 1000.5

    def __call__(self) -> float:
        return self.time


def limited(**values: Any) -> tuple[RateLimiter, Watch]:
    watch = Watch()
    return RateLimiter(Quota(**values), watch), watch


def refused(limiter: RateLimiter) -> str:
    with pytest.raises(RefusalError) as caught:
        limiter.admit()
    assert caught.value.status == 429
    return caught.value.headers["Retry-After"]


def test_requests_are_refused_once_the_tokens_are_used() -> None:
    limiter, _ = limited(tokens=100)
    limiter.admit()
    limiter.count(99)
    limiter.admit()
    limiter.count(31)
    assert refused(limiter) == "60"
    assert limiter.headers(31)[LIMIT] == "100"
    assert limiter.headers(31)[LEFT] == "0"


def test_refused_requests_do_not_count() -> None:
    limiter, watch = limited(requests=2, window=10)
    limiter.admit()
    limiter.admit()
    assert refused(limiter) == refused(limiter) == "10"
    watch.time += 10
    limiter.admit()
    assert limiter.headers(5) == {
        "x-ratelimit-limit-req-minute": "2",
        "x-ratelimit-remaining-req-minute": "1",
    }


def test_windows_follow_each_other_from_the_first_request() -> None:
    limiter, watch = limited(tokens=10)
    limiter.admit()
    watch.time += 200
    limiter.count(10)
    assert refused(limiter) == "40"
    watch.time += 39.5
    assert refused(limiter) == "1"
    watch.time += 0.5
    limiter.admit()
    assert limiter.headers(0)[LEFT] == "10"


def test_short_window_asks_for_a_fraction_of_a_second() -> None:
    limiter, watch = limited(requests=1, window=0.5)
    limiter.admit()
    watch.time += 0.2
    assert refused(limiter) == "0.300"


@for_each(
    ("make", "error", "name"),
    [
        (Quota, ValueError, "tokens or requests"),
        (lambda: Quota(tokens=0), ValueError, "tokens"),
        (lambda: Quota(tokens=1.5), TypeError, "tokens"),  # type: ignore[arg-type]
        (lambda: Quota(requests=-1), ValueError, "requests"),
        (lambda: Quota(tokens=1, window=0), ValueError, "window"),
        (
            lambda: LocalServer(rate_limit=5),  # type: ignore[arg-type]
            TypeError,
            "rate_limit",
        ),
    ],
)
def test_unusable_limit_is_refused(
    make: Callable[[], object], error: type[Exception], name: str
) -> None:
    with pytest.raises(error, match=name):
        make()


async def test_answers_of_all_kinds_use_the_limit() -> None:
    limit = Quota(tokens=9, window=60)
    async with (
        LocalServer([say("one")] * 3, rate_limit=limit) as server,
        AsyncConversations("key", base_url=server.base_url, retries=0) as client,
    ):
        first = await client.start("one two", model="m")
        assert first.meta is not None
        assert first.meta.headers[LIMIT] == "9"
        assert first.meta.headers[LEFT] == "6"
        async with client.start_stream("one two", model="m") as stream:
            await stream.response()
        assert LIMIT not in (stream.meta.headers if stream.meta else {})
        await client.append(first.conversation_id, "two")
        with pytest.raises(RateLimitError, match="Rate limit exceeded") as caught:
            await client.append(first.conversation_id, "two")
        assert 0 < (caught.value.retry_after or 0) <= 60
        await client.get_history(first.conversation_id)


async def test_server_without_a_limit_names_that_of_the_service() -> None:
    async with (
        LocalServer() as server,
        AsyncConversations("key", base_url=server.base_url) as client,
    ):
        response = await client.start("one two", model="m")
    assert response.meta is not None
    assert response.meta.headers[LIMIT] == "500000"
    assert response.meta.headers[LEFT] == "499996"
