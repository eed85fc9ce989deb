"""`AsyncMistral` and `Mistral`: the parts of one client."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import aiohttp
import attrs
import pytest

from mistral_conversations import (
    Accesses,
    Agents,
    APITimeoutError,
    AsyncAccesses,
    AsyncAgents,
    AsyncBatchJobs,
    AsyncConnectors,
    AsyncConversations,
    AsyncDocuments,
    AsyncFiles,
    AsyncLibraries,
    AsyncMistral,
    AsyncModels,
    BatchJobs,
    ConfigurationError,
    Connectors,
    Conversations,
    Documents,
    EventTooLargeError,
    Files,
    Libraries,
    Mistral,
    Models,
    ServerError,
    Timeout,
)
from mistral_conversations._api_client import APIClient
from tests.support.agent_bodies import AGENT_ID, agent
from tests.support.batch_bodies import JOB_ID, job
from tests.support.bodies import response, text_stream
from tests.support.client_and_server import (
    client_answered_with,
    client_served_by,
    event_stream,
)
from tests.support.clients import refusal, stay_mute
from tests.support.connector_bodies import connector
from tests.support.file_bodies import FILE_ID, file
from tests.support.for_each import for_each
from tests.support.library_bodies import (
    DOCUMENT_ID,
    LIBRARY_ID,
    document,
    libraries,
    sharings,
)
from tests.support.model_bodies import model_list
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    json_answer,
    raw_server,
    raw_server_on_thread,
)

pytestmark = pytest.mark.anyio

PARTS: dict[str, tuple[Callable[[Any], Any], type[APIClient], type]] = {
    "conversations": (lambda c: c.conversations, AsyncConversations, Conversations),
    "agents": (lambda c: c.agents, AsyncAgents, Agents),
    "libraries": (lambda c: c.libraries, AsyncLibraries, Libraries),
    "documents": (lambda c: c.libraries.documents, AsyncDocuments, Documents),
    "accesses": (lambda c: c.libraries.accesses, AsyncAccesses, Accesses),
    "files": (lambda c: c.files, AsyncFiles, Files),
    "models": (lambda c: c.models, AsyncModels, Models),
    "batch_jobs": (lambda c: c.batch_jobs, AsyncBatchJobs, BatchJobs),
    "connectors": (lambda c: c.connectors, AsyncConnectors, Connectors),
}
USES: dict[str, Callable[[Any], Any]] = {
    "conversations": lambda part: part.start("Hi", model="m"),
    "agents": lambda part: part.get(AGENT_ID),
    "libraries": lambda part: part.list(),
    "documents": lambda part: part.get(LIBRARY_ID, DOCUMENT_ID),
    "accesses": lambda part: part.list(LIBRARY_ID),
    "files": lambda part: part.retrieve(FILE_ID),
    "models": lambda part: part.list(),
    "batch_jobs": lambda part: part.get(JOB_ID),
    "connectors": lambda part: part.get("harbour"),
}
BODIES: dict[str, Any] = {
    "/v1/conversations": response(),
    f"/v1/agents/{AGENT_ID}": agent(),
    "/v1/libraries?page_size=100": libraries(),
    f"/v1/libraries/{LIBRARY_ID}/documents/{DOCUMENT_ID}": document(),
    f"/v1/libraries/{LIBRARY_ID}/share": sharings(),
    f"/v1/files/{FILE_ID}": file(deleted=False),
    "/v1/models": model_list(),
    f"/v1/batch/jobs/{JOB_ID}": job(),
    "/v1/connectors/harbour": connector(),
}


async def answer(request: Request, connection: Connection) -> None:
    await connection.send(json_answer(BODIES[request.target]))


def use(client: Any, name: str) -> Any:
    return USES[name](PARTS[name][0](client))


def sent(server: RawServer, header: str) -> list[str | None]:
    return [request.headers.get(header) for request in server.requests]


@for_each("name", PARTS)
def test_a_part_is_of_its_class_and_nothing_is_opened(name: str) -> None:
    part, kind, _ = PARTS[name]
    client = AsyncMistral("key")
    assert type(part(client)) is kind
    assert part(client)._transport is client._transport


async def test_all_parts_share_one_connection() -> None:
    async with client_served_by(AsyncMistral, answer) as (client, server):
        for name in [*PARTS, *PARTS]:
            await use(client, name)
        assert server.connections == 1
    assert [request.target for request in server.requests] == [*BODIES, *BODIES]
    assert set(sent(server, "authorization")) == {"Bearer sk-test"}


async def test_a_limit_of_connections_is_one_for_all_parts() -> None:
    async with client_served_by(AsyncMistral, answer, limit=2) as (client, server):
        await asyncio.gather(*(use(client, name) for name in list(PARTS) * 4))
        assert server.connections <= 2
    assert len(server.requests) == 4 * len(PARTS)


async def test_closing_a_part_closes_nothing() -> None:
    async with client_served_by(AsyncMistral, answer) as (client, server):
        for name, (part, _, _) in PARTS.items():
            async with part(client):
                await use(client, name)
            await part(client).aclose()
        await use(client, "agents")
        assert server.connections == 1


@for_each("name", PARTS)
async def test_closing_the_client_ends_its_parts(name: str) -> None:
    async with client_served_by(AsyncMistral, answer) as (client, server):
        part = PARTS[name][0](client)
        await USES[name](part)
        await client.aclose()
        for ended in (part, part.with_options(retries=1), PARTS[name][0](client)):
            with pytest.raises(ConfigurationError, match="this client is closed"):
                await USES[name](ended)
        assert len(server.requests) == 1
    await client.aclose()


@for_each("name", PARTS)
async def test_a_view_gives_its_options_to_its_parts(name: str) -> None:
    async with client_served_by(AsyncMistral, answer, headers={"X-A": "client"}) as (
        client,
        server,
    ):
        view = client.with_options(api_key="sk-2", headers={"X-B": "view"})
        assert type(view) is AsyncMistral
        async with view:
            await use(view, name)
        part = PARTS[name][0](client).with_options(headers={"X-B": "part"})
        assert type(part) is PARTS[name][1]
        await USES[name](part)
        await use(client, name)
        assert server.connections == 1
    keys = ["Bearer sk-2", "Bearer sk-test", "Bearer sk-test"]
    assert sent(server, "authorization") == keys
    assert sent(server, "x-a") == ["client"] * 3
    assert sent(server, "x-b") == ["view", "part", None]


@pytest.mark.parametrize("name", PARTS)
async def test_the_limits_of_the_client_are_those_of_its_parts(name: str) -> None:
    async def mute(_: Request, connection: Connection) -> None:
        await stay_mute(connection)

    async with client_served_by(AsyncMistral, mute, timeout=Timeout(response=0.05)) as (
        c,
        _,
    ):
        with pytest.raises(APITimeoutError) as caught:
            await use(c, name)
    assert caught.value.phase == "response"


@for_each("name", sorted(PARTS.keys() - {"conversations"}))
async def test_the_retries_of_the_client_are_those_of_its_parts(name: str) -> None:
    busy = refusal(503, Retry_After="0")
    async with client_answered_with(AsyncMistral, busy, retries=1) as (client, server):
        with pytest.raises(ServerError):
            await use(client, name)
        assert len(server.requests) == 2
        with pytest.raises(ServerError):
            await use(client.with_options(retries=0), name)
    assert len(server.requests) == 3


@for_each("name", PARTS)
async def test_a_part_can_be_built_alone(name: str) -> None:
    kind: Any = PARTS[name][1]
    async with client_served_by(kind, answer) as (client, server):
        assert type(client) is kind
        await USES[name](client)
        await client.aclose()
        with pytest.raises(ConfigurationError, match="this client is closed"):
            await USES[name](client)
    assert len(server.requests) == 1


@for_each("name", PARTS)
async def test_a_session_of_the_callers_stays_open(name: str) -> None:
    async with raw_server(answer) as server, aiohttp.ClientSession() as session:
        options: dict[str, Any] = {"base_url": server.base_url, "session": session}
        async with AsyncMistral("key", **options) as client:
            await use(client, name)
        async with PARTS[name][1]("key", **options) as alone:
            await USES[name](alone)
        assert not session.closed
        assert server.connections == 1


async def test_an_event_that_is_too_large_is_one_for_the_client_too() -> None:
    stream = event_stream(*text_stream("B" * 500))
    async with client_answered_with(AsyncMistral, stream, max_event_bytes=400) as (
        client,
        _,
    ):
        for view in (client, client.with_options(retries=0)):
            with pytest.raises(EventTooLargeError):
                await view.conversations.start_stream("Hi", model="m").response()
    async with client_answered_with(AsyncMistral, stream) as (client, _):
        answered = await client.conversations.start_stream("Hi", model="m").response()
    assert len(answered.text) == 500


CLIENTS = [AsyncMistral, *(cls for _, cls, _ in PARTS.values())]
CLIENTS_THAT_BLOCK = [Mistral, *(twin for _, _, twin in PARTS.values())]


@for_each("cls", [*CLIENTS, *CLIENTS_THAT_BLOCK])
def test_every_client_takes_the_same_parameters(cls: Any) -> None:
    first = AsyncMistral if cls in CLIENTS else Mistral
    assert inspect.signature(cls) == inspect.signature(first)


def test_a_view_is_a_client_on_the_same_connection() -> None:
    client = AsyncMistral("key", max_event_bytes=400)
    for view in (client.agents, client.with_options(), client.with_options().agents):
        connection = attrs.evolve(client._connection, is_view=True)
        assert view._connection == connection
        assert vars(view).keys() == vars(client).keys()
    assert not client._connection.is_view


@for_each("cls", [*CLIENTS, *CLIENTS_THAT_BLOCK])
def test_a_parameter_that_cannot_work_is_refused_by_its_name(cls: Any) -> None:
    wrong: dict[str, Any] = {
        "api_key": " ",
        "base_url": "ftp://a.example",
        "limit": -1,
        "ssl": "yes",
        "proxy": "ftp://a.example",
        "headers": {"A": "b\nc"},
        "max_event_bytes": 0,
        "max_response_bytes": 0,
        "max_header_bytes": 0,
    }
    for name, value in wrong.items():
        with pytest.raises(ConfigurationError, match=name):
            cls(**{"api_key": "key", name: value})
    for name in ("timeout", "retries"):
        with pytest.raises(TypeError, match=f"^{name} must be"):
            cls("key", **{name: "1"})


@pytest.mark.parametrize("base", [AsyncConversations, Conversations])
def test_a_view_of_a_subclass_has_its_attributes(base: type[Any]) -> None:
    class Tenant(base):  # type: ignore[misc]
        def __init__(self, tenant: str) -> None:
            super().__init__("sk-test")
            self.tenant = tenant

    client = Tenant("Sky")
    view = client.with_options(retries=0).with_options(timeout=3)
    assert (type(view), view.tenant) == (Tenant, "Sky")
    view.tenant = "Sea"
    assert client.tenant == "Sky"


@for_each("name", PARTS)
async def test_a_missing_key_is_reported_at_the_first_call(name: str) -> None:
    async with client_served_by(AsyncMistral, answer, api_key=None) as (client, server):
        with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
            await use(client, name)
    assert server.connections == 0


def test_the_blocking_client_has_the_same_parts_on_one_connection() -> None:
    with raw_server_on_thread(answer) as server:
        with Mistral("sk-test", base_url=server.base_url) as client:
            for name, (part, _, twin) in PARTS.items():
                assert type(part(client)) is twin
                assert type(part(client).with_options(retries=0)) is twin
                use(client.with_options(api_key="sk-2"), name)
                with part(client):
                    use(client, name)
            assert server.connections == 1
        keys = ["Bearer sk-2", "Bearer sk-test"] * len(PARTS)
        assert sent(server, "authorization") == keys
        for name in PARTS:
            with pytest.raises(ConfigurationError, match="closed"):
                use(client, name)


@for_each("name", PARTS)
def test_a_blocking_part_can_be_built_alone(name: str) -> None:
    with raw_server_on_thread(answer) as server:
        with PARTS[name][2]("key", base_url=server.base_url) as client:
            USES[name](client)
        with pytest.raises(ConfigurationError, match="closed"):
            USES[name](client)
        assert len(server.requests) == 1


def test_the_blocking_client_has_a_limit_for_events() -> None:
    stream = event_stream(*text_stream("B" * 500))

    async def answer_stream(_: Request, connection: Connection) -> None:
        await connection.send(stream)

    with (
        raw_server_on_thread(answer_stream) as server,
        Mistral("key", base_url=server.base_url, max_event_bytes=400) as client,
        pytest.raises(EventTooLargeError),
    ):
        client.conversations.start_stream("Hi", model="m").response()
