"""What an error reports of all attempts, for every sequence of outcomes."""

import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence

import attrs
import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    DecodeError,
    MistralConversationsError,
    RetryPolicy,
    StreamDecodeError,
)
from mistral_conversations._transport.attempts import Attempt, Attempts
from mistral_conversations._transport.deadline import Deadline
from mistral_conversations._wire.failure import failure
from mistral_conversations.models.model import ResponseMeta
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

BUSY = b'{"message": "Conversation is being updated"}'
AT_ONCE = {"retry-after": "0"}


@attrs.frozen
class Outcome:
    """How one attempt ends, and what must follow from that."""

    make: Callable[[], MistralConversationsError]
    processed: bool = False
    """Whether the service may have processed this attempt."""
    repeated: str = "never"
    """When the call is sent again: never, by resend, always; or busy."""


OUTCOMES = {
    "refused": Outcome(lambda: APIConnectionError("x"), repeated="always"),
    "lost": Outcome(
        lambda: APIConnectionError("x", may_have_been_processed=True), True, "resend"
    ),
    "connect": Outcome(lambda: APITimeoutError("x", phase="connect"), False, "always"),
    "pool": Outcome(lambda: APITimeoutError("x", phase="pool")),
    "response": Outcome(
        lambda: APITimeoutError("x", phase="response", may_have_been_processed=True),
        True,
    ),
    "idle": Outcome(
        lambda: APITimeoutError("x", phase="idle", may_have_been_processed=True), True
    ),
    "404": Outcome(lambda: failure(404, {}, b"")),
    "408": Outcome(lambda: failure(408, AT_ONCE, b""), True, "resend"),
    "409": Outcome(lambda: failure(409, {}, BUSY), False, "busy"),
    "429": Outcome(lambda: failure(429, AT_ONCE, b""), False, "always"),
    "500": Outcome(lambda: failure(500, AT_ONCE, b""), True, "resend"),
    "503": Outcome(lambda: failure(503, {}, b""), True, "resend"),
    "503 later": Outcome(lambda: failure(503, AT_ONCE, b""), False, "always"),
    "522": Outcome(lambda: failure(522, AT_ONCE, b""), True, "resend"),
    "key": Outcome(lambda: ConfigurationError("api_key is blank")),
    "malformed": Outcome(lambda: DecodeError("x"), True),
    "no stream": Outcome(
        lambda: StreamDecodeError("x", meta=ResponseMeta(status=200)), True
    ),
}


class NearlyOver(Deadline):
    """Leave next to nothing of a wait, however often it is asked."""

    def left(self) -> float:
        return 1e-9


def failing(outcomes: Sequence[Outcome]) -> Callable[[Attempt], Awaitable[None]]:
    rest = list(outcomes)

    async def once(_: Attempt) -> None:
        raise rest.pop(0).make()

    return once


def expected(
    outcomes: Sequence[Outcome], *, resends: bool, waits: bool
) -> tuple[int, bool]:
    """Return the attempts, and whether one of them may have been processed."""
    processed = False
    for number, outcome in enumerate(outcomes, 1):
        processed = processed or outcome.processed
        again = (
            outcome.repeated == "always"
            or (outcome.repeated == "resend" and resends)
            or (outcome.repeated == "busy" and waits)
        )
        if not again:
            return number, processed
    return len(outcomes), processed


def sequences(length: int) -> Iterator[tuple[str, ...]]:
    """Return all sequences of outcomes, without those that may end before the last."""
    again = [name for name in OUTCOMES if OUTCOMES[name].repeated != "never"]
    yield from itertools.product(*[again] * (length - 1), OUTCOMES)


METHODS = ["GET", "PUT", "DELETE", "POST", "PATCH"]
LENGTHS = [
    *itertools.product(METHODS, [1, 2]),
    *itertools.product(["GET", "POST"], [3]),  # each like the others of its kind
]


@pytest.mark.parametrize("resend", [False, True])
@pytest.mark.parametrize("waits", [False, True])
@for_each(("method", "length"), LENGTHS)
async def test_error_reports_all_attempts(
    method: str, length: int, *, resend: bool, waits: bool
) -> None:
    resends = resend or method in {"GET", "PUT", "DELETE"}
    policy = RetryPolicy(max_retries=length, max_delay=1e-9, resend=resend)
    for names in sequences(length):
        outcomes = [OUTCOMES[name] for name in names]
        number, processed = expected(outcomes, resends=resends, waits=waits)
        if number == length:
            outcomes.append(OUTCOMES["404"])  # ends what would be repeated
            number, processed = expected(outcomes, resends=resends, waits=waits)
        busy = NearlyOver(1) if waits else None
        made = Attempts(method, policy, Deadline(None), busy)
        with pytest.raises(MistralConversationsError) as caught:
            await made.run(failing(outcomes))
        reported = (caught.value.attempts, caught.value.may_have_been_processed)
        assert reported == (number, processed), names
        assert made.may_have_been_processed == processed, names
