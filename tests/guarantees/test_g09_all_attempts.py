"""G9: an error reports all attempts of its call, over real sockets."""

import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from mistral_conversations import (
    AsyncMistral,
    MistralConversationsError,
    RetryPolicy,
    Timeout,
)
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import lose, refusal, stay_mute
from tests.support.library_bodies import LIBRARY_ID
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    http,
    json_answer,
)

pytestmark = pytest.mark.anyio

CLOSE = {"Connection": "close"}


async def cut(connection: Connection) -> None:
    await connection.send(http(200, b'{"outputs": ', CLOSE)[:-1])
    connection.close()


def busy() -> bytes:
    return json_answer({"message": "Conversation is being updated"}, 409, CLOSE)


ANSWERS: dict[str, Any] = {
    "lost": lose,
    "cut": cut,
    "mute": stay_mute,
    "404": refusal(404, **CLOSE),
    "409": busy(),
    "429": refusal(429, Retry_After="0", **CLOSE),
    "500": refusal(500, **CLOSE),
    "503": refusal(503, **CLOSE),
    "503 later": refusal(503, Retry_After="0", **CLOSE),
    "malformed": json_answer([1], 200, CLOSE),
}
OUTCOMES = [*ANSWERS, "refused", "no key", "key function"]

MAY_HAVE_BEEN_PROCESSED = {"lost", "cut", "mute", "500", "503", "malformed"}
ALWAYS_REPEATED = {"429", "503 later", "refused"}
REPEATED_IF_SAFE = {"lost", "cut", "500", "503"}

OPERATIONS: dict[str, Callable[[AsyncMistral], Awaitable[Any]]] = {
    "get": lambda c: c.conversations.get(CONVERSATION_ID),
    "delete": lambda c: c.conversations.delete(CONVERSATION_ID),
    "append": lambda c: c.conversations.append(CONVERSATION_ID, "Sky?"),
    "stream": lambda c: c.conversations.append_stream(
        CONVERSATION_ID, "Sky?"
    ).response(),
    "upload": lambda c: c.libraries.documents.upload(
        LIBRARY_ID, b"Sky", name="sky.txt"
    ),
}


class Script:
    """A server on a fixed port whose attempts end as a list of outcomes says.

    The client asks for its key before each attempt: the moment to prepare that attempt.
    """

    def __init__(self, outcomes: Sequence[str]) -> None:
        self._rest = list(outcomes)
        self._outcome = ""
        self._server: RawServer | None = None
        self._place = socket.socket()  # keeps the port while the server is stopped
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._place.bind(("127.0.0.1", 0))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._place.getsockname()[1]}"

    async def key(self) -> str:
        await self._stop()
        self._outcome = self._rest.pop(0)
        if self._outcome == "no key":
            return ""
        if self._outcome == "key function":
            raise LookupError("no vault")
        if self._outcome != "refused":
            port = self._place.getsockname()[1]
            self._server = RawServer(self._answer, port=port, reuse_port=True)
            await self._server.start()
        return "key"

    async def _answer(self, _: Request, connection: Connection) -> None:
        reply = ANSWERS[self._outcome]
        if isinstance(reply, bytes):
            await connection.send(reply)
            connection.close()
        else:
            await reply(connection)

    async def aclose(self) -> None:
        await self._stop()
        self._place.close()

    async def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.stop()


def expected(
    operation: str, outcomes: Sequence[str], *, resend: bool
) -> tuple[int, bool]:
    """Return the attempts, and whether one of them may have been processed."""
    safe = REPEATED_IF_SAFE if resend or operation in {"get", "delete"} else set()
    if operation == "stream":
        safe = safe - {"cut"}  # it has begun, and is no event stream
    processed = False
    for number, outcome in enumerate(outcomes, 1):
        processed = processed or outcome in MAY_HAVE_BEEN_PROCESSED
        if outcome not in ALWAYS_REPEATED | safe:
            return number, processed
    return len(outcomes), processed


@pytest.mark.parametrize("resend", [False, True])
@pytest.mark.parametrize("first", OUTCOMES)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_error_reports_all_attempts(
    operation: str, first: str, *, resend: bool
) -> None:
    for second in OUTCOMES:
        number, processed = expected(operation, [first, second], resend=resend)
        if operation == "delete" and [first, second][number - 1] == "malformed":
            continue  # a DELETE reads no body
        script = Script([first, second])
        async with aclosing(script):
            limit = 0.2 if "mute" in {first, second} else 10.0
            found = await failure_of(operation, script, resend=resend, limit=limit)
        if operation == "delete" and processed and second == "404" and number > 1:
            assert found is None  # deleted by the attempt whose answer was lost
        elif isinstance(found, MistralConversationsError):
            reported = (found.attempts, found.may_have_been_processed)
            assert reported == (number, processed), (first, second)
        else:
            assert isinstance(found, LookupError)
            assert hasattr(found, "__notes__") == processed
        if number == 1:
            break  # no second attempt follows


async def failure_of(
    operation: str, script: Script, *, resend: bool, limit: float
) -> Exception | None:
    client = AsyncMistral(
        script.key,
        base_url=script.base_url,
        timeout=Timeout(response=limit),
        retries=RetryPolicy(max_retries=1, max_delay=0.001, resend=resend),
    )
    async with client:
        try:
            await OPERATIONS[operation](client)
        except (MistralConversationsError, LookupError) as error:
            return error
    return None
