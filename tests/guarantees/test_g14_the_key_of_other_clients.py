"""G14: no error text or traceback of the other clients contains the key."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    Accesses,
    Agents,
    AsyncAccesses,
    AsyncAgents,
    AsyncBatchJobs,
    AsyncConnectors,
    AsyncConversations,
    AsyncDocuments,
    AsyncFiles,
    AsyncLibraries,
    AsyncMistral,
    BatchJobs,
    BatchResultsError,
    ConfigurationError,
    Connectors,
    Conversations,
    Documents,
    Files,
    Libraries,
    Mistral,
    MistralConversationsError,
    Timeout,
)
from tests.guarantees.test_g14_the_key_is_not_shown import CANARY, assert_no_canary
from tests.support.agent_bodies import AGENT_ID
from tests.support.batch_bodies import JOB_ID, OUTPUT_FILE, job, line, lines
from tests.support.client_and_server import client_served_by
from tests.support.clients import answers, lose, refusal, reset, stay_mute
from tests.support.downloads import cut
from tests.support.for_each import for_each
from tests.support.library_bodies import DOCUMENT_ID, LIBRARY_ID
from tests.support.raw_server import (
    Connection,
    Request,
    http,
    json_answer,
    raw_server_on_thread,
)

pytestmark = pytest.mark.anyio

OF_ASYNCIO = [AsyncMistral, AsyncConversations, AsyncAgents, AsyncLibraries]
OF_ASYNCIO += [AsyncDocuments, AsyncAccesses, AsyncFiles, AsyncBatchJobs]
OF_ASYNCIO += [AsyncConnectors]
THAT_BLOCK = [Mistral, Conversations, Agents, Libraries, Documents, Accesses]
THAT_BLOCK += [Files, BatchJobs, Connectors]
CLIENTS: list[Any] = [*OF_ASYNCIO, *THAT_BLOCK]

REPLIES: dict[str, Any] = {
    "refused": refusal(401),
    "lost": lose,
    "reset": reset,
    "mute": stay_mute,
    "nonsense": json_answer({"id": 5}),
}
USES: dict[str, Callable[[Any], Any]] = {
    "agents": lambda c: c.agents.get(AGENT_ID),
    "update": lambda c: c.agents.update(AGENT_ID, name="n"),
    "pages": lambda c: c.agents.list_pages(),
    "libraries": lambda c: c.libraries.list(),
    "documents": lambda c: c.libraries.documents.get(LIBRARY_ID, DOCUMENT_ID),
    "url": lambda c: c.libraries.documents.signed_url(LIBRARY_ID, DOCUMENT_ID),
    "accesses": lambda c: c.libraries.accesses.list(LIBRARY_ID),
    "files": lambda c: c.files.upload(b"x", name="x"),
}
LIMIT = Timeout(response=0.1)


def shown(client: Any) -> str:
    parts = [client, client.agents, client.libraries, client.libraries.documents]
    return "".join(f"{part!r}{part}{vars(part)}" for part in parts)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("of_view", [False, True])
async def test_the_key_is_nowhere_to_be_seen(
    name: str, reply: str, caplog: pytest.LogCaptureFixture, *, of_view: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    key = "sk-other" if of_view else CANARY
    options: dict[str, Any] = {"api_key": key, "timeout": LIMIT, "retries": 0}
    async with client_served_by(AsyncMistral, answers(REPLIES[reply]), **options) as (
        c,
        server,
    ):
        client = c.with_options(api_key=CANARY) if of_view else c
        with pytest.raises(MistralConversationsError) as caught:
            await USES[name](client)
        assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
        assert CANARY not in shown(client) + caplog.text + repr(caught.value)
    assert_no_canary(caught.value)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("reply", REPLIES)
def test_the_key_of_the_blocking_client_is_nowhere_to_be_seen(
    name: str, reply: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    options: dict[str, Any] = {"timeout": LIMIT, "retries": 0}
    with (
        raw_server_on_thread(answers(REPLIES[reply])) as server,
        Mistral(CANARY, base_url=server.base_url, **options) as client,
    ):
        with pytest.raises(MistralConversationsError) as caught:
            USES[name](client)
        assert CANARY not in shown(client) + caplog.text + repr(caught.value)
    assert_no_canary(caught.value)


@pytest.mark.parametrize(
    "reply",
    [refusal(401), lose, stay_mute, cut(missing=9)],
    ids=["refused", "lost", "mute", "cut"],
)
async def test_the_key_is_in_no_error_of_a_download(
    reply: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    options: dict[str, Any] = {"api_key": CANARY, "timeout": LIMIT, "retries": 0}
    async with client_served_by(AsyncFiles, answers(reply), **options) as (files, _):
        for to in (None, tmp_path / "sky.bin"):
            with pytest.raises(MistralConversationsError) as caught:
                await files.download("1", to)
            assert_no_canary(caught.value)
    assert CANARY not in caplog.text


ECHO = {"custom_id": "1", "error": {"message": f"bad key {CANARY}", CANARY: [CANARY]}}
ECHOES = [ECHO, line("2", {"outputs": CANARY}), line("3", {"object": "error"} | ECHO)]


@pytest.mark.parametrize("of_file", [False, True])
async def test_the_key_is_in_no_error_of_a_result(*, of_file: bool) -> None:
    file = {"output_file": OUTPUT_FILE} if of_file else {"outputs": ECHOES}
    ended = json_answer(job(status="SUCCESS", **file))
    data = http(200, lines(*ECHOES) + b'{"a": ' + CANARY.encode())

    async def handler(request: Request, connection: Connection) -> None:
        is_file = request.target.startswith("/v1/files")
        await connection.send(data if is_file else ended)

    async with client_served_by(AsyncBatchJobs, handler, api_key=CANARY) as (jobs, _):
        for given in (JOB_ID, await jobs.get(JOB_ID)):
            results = [each async for each in jobs.results(given)]
            assert len(results) == len(ECHOES) + of_file
            for result in results:
                assert result.error is not None
                assert CANARY not in f"{result!r}{vars(result.error)}"
                assert_no_canary(result.error)


async def test_the_key_is_in_no_error_of_a_job_without_results() -> None:
    reply = json_answer(job(status="FAILED", errors=[{"message": f"bad {CANARY}"}]))
    client_of_jobs = client_served_by(AsyncBatchJobs, answers(reply), api_key=CANARY)
    async with client_of_jobs as (jobs, _):
        with pytest.raises(
            BatchResultsError, match=r"has no results: bad \*\*\*$"
        ) as caught:
            await anext(jobs.results(JOB_ID))
    assert_no_canary(caught.value)


@for_each("cls", CLIENTS)
@for_each("key", [f"{CANARY}\n", f"{CANARY} x", f"{CANARY}é"])
def test_a_key_that_is_refused_is_not_shown(cls: Any, key: str) -> None:
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        cls(key)
    assert_no_canary(caught.value)
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        cls("key").with_options(api_key=key)
    assert_no_canary(caught.value)


@for_each("cls", CLIENTS)
@for_each("given", [CANARY.encode(), [CANARY], {"key": CANARY}])
def test_value_given_instead_of_a_key_is_not_shown(cls: Any, given: Any) -> None:
    with pytest.raises(ConfigurationError, match="api_key must be a str") as caught:
        cls(given)
    assert_no_canary(caught.value)


@for_each("cls", CLIENTS)
@for_each(
    "wrong", [{"limit": -1}, {"timeout": "1"}, {"base_url": "ftp://a"}, {"proxy": 5}]
)
def test_another_parameter_that_is_refused_shows_no_key(
    cls: Any, wrong: dict[str, Any]
) -> None:
    with pytest.raises((ConfigurationError, TypeError)) as caught:
        cls(CANARY, **wrong)
    assert_no_canary(caught.value)
