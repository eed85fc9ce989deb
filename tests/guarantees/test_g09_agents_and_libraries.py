"""G9: which operations on agents and libraries are retried."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import product
from typing import Any, TypeAlias, TypeVar

import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncMistral,
    NotFoundError,
    RetryPolicy,
    SDKError,
)
from tests.support.agent_bodies import AGENT_ID, agent
from tests.support.client_and_server import client_served_by
from tests.support.clients import FAST, Reply, answers, lose, refusal, reset
from tests.support.for_each import for_each
from tests.support.library_bodies import DOCUMENT_ID, LIBRARY_ID, USER_ID
from tests.support.raw_server import json_answer

pytestmark = pytest.mark.anyio

Operation: TypeAlias = Callable[[AsyncMistral], Awaitable[Any]]

Failure = TypeVar("Failure")

IDS = LIBRARY_ID, DOCUMENT_ID
USER: Mapping[str, Any] = {"share_with_uuid": USER_ID, "share_with_type": "User"}

READS: Mapping[str, Operation] = {
    "agents.list": lambda c: c.agents.list(),
    "agents.list_pages": lambda c: c.agents.list_pages(),
    "agents.list_all": lambda c: anext(c.agents.list_all()),
    "agents.get": lambda c: c.agents.get(AGENT_ID),
    "agents.list_versions": lambda c: c.agents.list_versions(AGENT_ID),
    "agents.get_version": lambda c: c.agents.get_version(AGENT_ID, 1),
    "agents.list_aliases": lambda c: c.agents.list_aliases(AGENT_ID),
    "libraries.list": lambda c: c.libraries.list(),
    "libraries.list_all": lambda c: anext(c.libraries.list_all()),
    "libraries.get": lambda c: c.libraries.get(LIBRARY_ID),
    "documents.list": lambda c: c.libraries.documents.list(LIBRARY_ID),
    "documents.get": lambda c: c.libraries.documents.get(*IDS),
    "documents.status": lambda c: c.libraries.documents.status(*IDS),
    "documents.text_content": lambda c: c.libraries.documents.text_content(*IDS),
    "documents.signed_url": lambda c: c.libraries.documents.signed_url(*IDS),
    "accesses.list": lambda c: c.libraries.accesses.list(LIBRARY_ID),
}
PUTS: Mapping[str, Operation] = {
    "agents.alias": lambda c: c.agents.create_or_update_alias(AGENT_ID, "a", 1),
    "accesses.update_or_create": lambda c: c.libraries.accesses.update_or_create(
        LIBRARY_ID, level="Viewer", **USER
    ),
}
DELETES: Mapping[str, Operation] = {
    "agents.delete": lambda c: c.agents.delete(AGENT_ID),
    "agents.delete_alias": lambda c: c.agents.delete_alias(AGENT_ID, "a"),
    "libraries.delete": lambda c: c.libraries.delete(LIBRARY_ID),
    "documents.delete": lambda c: c.libraries.documents.delete(*IDS),
    "accesses.delete": lambda c: c.libraries.accesses.delete(LIBRARY_ID, **USER),
}
ONCE: Mapping[str, Operation] = {
    "agents.create": lambda c: c.agents.create(model="m", name="n"),
    "agents.update": lambda c: c.agents.update(AGENT_ID, name="n"),
    "agents.update_version": lambda c: c.agents.update_version(AGENT_ID, 1),
    "libraries.update": lambda c: c.libraries.update(LIBRARY_ID, name="n"),
    "documents.update": lambda c: c.libraries.documents.update(*IDS, name="n"),
    "libraries.create": lambda c: c.libraries.create("n"),
    "documents.reprocess": lambda c: c.libraries.documents.reprocess(*IDS),
}
REPEATED = {**READS, **PUTS, **DELETES}

SEEN: Mapping[str, Reply] = {
    "lost": lose,
    "reset": reset,
    **{str(status): refusal(status) for status in (408, 500, 502, 503, 504)},
}
"""Failures after which the call may have been processed."""


ONE_OF_EACH_METHOD = {
    *("agents.get", "agents.alias", "agents.delete"),
    *("agents.create", "agents.update"),
}


def paired(
    operations: Iterable[str], failures: Iterable[Failure]
) -> list[tuple[Failure, str]]:
    """Pair one operation of each method with all failures, the others with the first.

    The retry looks at the method alone.
    """
    first, *others = failures
    return [
        *((first, operation) for operation in operations),
        *product(others, [each for each in operations if each in ONE_OF_EACH_METHOD]),
    ]


async def failed(
    operation: Operation, *replies: Reply, retries: RetryPolicy = FAST
) -> tuple[Any, list[Any]]:
    """Return the error of a call, and the requests the server received."""
    handler = answers(*replies)
    async with client_served_by(AsyncMistral, handler, retries=retries) as (
        client,
        server,
    ):
        with pytest.raises((APIConnectionError, SDKError)) as caught:
            await operation(client)
    return caught.value, [(r.method, r.target, r.body) for r in server.requests]


@pytest.mark.parametrize(("failure", "operation"), paired(REPEATED, SEEN))
async def test_reads_puts_and_deletes_are_sent_again(
    failure: str, operation: str
) -> None:
    error, sent = await failed(REPEATED[operation], SEEN[failure])
    assert sent == [sent[0]] * (FAST.max_retries + 1)
    assert error.attempts == FAST.max_retries + 1


@for_each("operation", ONCE)
@for_each("failure", SEEN)
async def test_posts_and_patches_are_sent_once(failure: str, operation: str) -> None:
    error, sent = await failed(ONCE[operation], SEEN[failure])
    assert (len(sent), error.attempts) == (1, 1)
    assert error.may_have_been_processed


@pytest.mark.parametrize("operation", ONCE)
@pytest.mark.parametrize(
    "refused", [refusal(429), refusal(503, Retry_After="0")], ids=["429", "503"]
)
async def test_posts_and_patches_that_were_refused_are_sent_again(
    refused: bytes, operation: str
) -> None:
    error, sent = await failed(ONCE[operation], refused)
    assert sent == [sent[0]] * (FAST.max_retries + 1)
    assert not error.may_have_been_processed


@pytest.mark.parametrize("operation", ONCE)
async def test_posts_and_patches_are_sent_again_where_the_caller_opts_in(
    operation: str,
) -> None:
    policy = RetryPolicy(max_retries=2, max_delay=0.01, resend=True)
    _, sent = await failed(ONCE[operation], lose, retries=policy)
    assert sent == [sent[0]] * 3


@for_each(
    ("status", "operation"),
    paired([*REPEATED, *ONCE], [404, 400, 401, 403, 409, 422, 501]),
)
async def test_a_lasting_status_is_raised_at_once(status: int, operation: str) -> None:
    error, sent = await failed({**REPEATED, **ONCE}[operation], refusal(status))
    assert (error.status, error.attempts, len(sent)) == (status, 1, 1)


@for_each(("loss", "operation"), paired([*REPEATED, *ONCE], [lose, reset]))
async def test_a_kept_connection_that_is_lost_has_nothing_sent_again_unasked(
    loss: Reply, operation: str
) -> None:
    """Where aiohttp would send GET, PUT and DELETE once more by itself."""
    handler = answers(json_answer(agent()), loss)
    async with client_served_by(AsyncMistral, handler, retries=0) as (client, server):
        await client.agents.get(AGENT_ID)
        with pytest.raises(APIConnectionError):
            await {**REPEATED, **ONCE}[operation](client)
        assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.parametrize("operation", DELETES)
@pytest.mark.parametrize("first", [lose, reset, refusal(502)])
async def test_a_delete_that_finds_nothing_after_a_lost_answer_is_done(
    first: Reply, operation: str
) -> None:
    handler = answers(first, refusal(404))
    async with client_served_by(AsyncMistral, handler, retries=FAST) as (
        client,
        server,
    ):
        assert await DELETES[operation](client) is None
        assert len(server.requests) == 2


@pytest.mark.parametrize("operation", [*READS, *PUTS])
async def test_a_404_after_a_lost_answer_is_an_error_elsewhere(operation: str) -> None:
    error, sent = await failed(REPEATED[operation], lose, refusal(404))
    assert isinstance(error, NotFoundError)
    assert len(sent) == 2
