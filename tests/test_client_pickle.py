"""The pickle of a client: a new client with the same settings."""

import copy
import pickle
import ssl
import threading
import traceback
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from mistral_conversations import (
    AsyncConversations,
    AsyncMistral,
    ConfigurationError,
    Conversations,
    Mistral,
    RequestInfo,
    RetryPolicy,
    Telemetry,
    Timeout,
)
from mistral_conversations._api_client import APIClient
from mistral_conversations.server import LocalServer
from tests.guarantees.test_g14_the_key_is_not_shown import CANARY
from tests.support.bodies import response
from tests.support.client_and_server import client_served_by
from tests.support.clients import answers
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer
from tests.test_client import PARTS

pytestmark = pytest.mark.anyio

MODEL = "mistral-small-latest"
PROXY = f"http://user:{CANARY}@127.0.0.1:9"

operations: list[str] = []


def note(info: RequestInfo) -> None:
    operations.append(info.operation)


def key() -> str:
    return CANARY


class Labelled(AsyncConversations):
    def __init__(self, label: str) -> None:
        super().__init__(CANARY, base_url="http://127.0.0.1:9")
        self.label = label


def again(client: Any) -> Any:
    return pickle.loads(pickle.dumps(client))


def settings(client: Any) -> dict[str, Any]:
    """Return all settings of a client."""
    found: dict[str, Any] = client.__getstate__()["settings"]
    return found


@for_each("cls", [AsyncConversations, AsyncMistral, Conversations, Mistral])
def test_all_settings_travel(cls: Any) -> None:
    given = {
        "api_key": CANARY,
        "base_url": "http://127.0.0.1:9/there",
        "timeout": Timeout(connect=3, idle=None, total=5),
        "retries": RetryPolicy(4, max_delay=7, resend=True),
        "headers": {"X-Team": "a"},
        "limit": 3,
        "ssl": False,
        "proxy": PROXY,
        "max_event_bytes": 1001,
        "max_response_bytes": 1002,
        "max_header_bytes": 1003,
        "on_request": note,
        "on_response": note,
        "on_retry": note,
        "on_event_stream_end": note,
        "on_function_start": note,
        "on_function_end": note,
        "on_run_end": note,
        "hook_bodies": True,
        "telemetry": False,
    }
    client = cls(**given)
    for copied in (again(client), again(again(client)), copy.deepcopy(client)):
        assert type(copied) is cls
        assert settings(copied) == given
        assert CANARY not in repr(settings(copied))
    if cls in {Conversations, Mistral}:
        client.close()


@for_each("name", PARTS)
async def test_part_of_a_client_becomes_a_client_of_its_own(name: str) -> None:
    part, kind, blocking = PARTS[name]
    async with AsyncMistral(CANARY) as mistral:
        alone: Any = again(part(mistral))
        assert type(alone) is kind
        assert "view" not in repr(alone)
        await alone.aclose()
        assert mistral.conversations is not None
        assert "open" in repr(mistral)
    with Mistral(CANARY) as mistral_twin:
        alone_twin: Any = again(part(mistral_twin))
        alone_twin.close()
        assert type(alone_twin) is blocking
        assert "open" in repr(mistral_twin)


async def test_used_client_pickles_and_its_copy_has_connections_of_its_own() -> None:
    handler = answers(json_answer(response()))
    async with client_served_by(AsyncConversations, handler, on_request=note) as both:
        client, server = both
        await client.start("Sky?", model=MODEL)
        view = client.with_options(headers={"X-Team": "a"}, timeout=20, api_key="two")
        operations.clear()
        async with again(view) as copied:
            await copied.start("Sky?", model=MODEL)
            assert server.connections == 2
        await client.start("Sky?", model=MODEL)
        assert server.connections == 2
        assert operations == ["conversations.start"] * 2
    first, second, third = server.requests
    assert second.headers["x-team"] == "a"
    assert second.headers["authorization"] == "Bearer two"
    assert "x-team" not in third.headers
    assert first.headers["authorization"] == third.headers["authorization"]


def test_closed_client_makes_an_open_one(mistral_server: LocalServer) -> None:
    with Conversations("key", base_url=mistral_server.base_url) as client:
        client.start("Sky?", model=MODEL)
    with again(client) as copied:
        assert copied.start("Sky?", model=MODEL).text


async def test_missing_key_is_read_where_the_copy_is_used(
    mistral_server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", CANARY)
    saved = pickle.dumps(AsyncConversations(base_url=mistral_server.base_url))
    assert CANARY.encode() not in saved
    monkeypatch.delenv("MISTRAL_API_KEY")
    async with pickle.loads(saved) as copied:
        with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
            await copied.list()
        monkeypatch.setenv("MISTRAL_API_KEY", "another")
        assert list(await copied.list()) == []


def test_address_of_the_environment_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_BASE_URL", "http://127.0.0.1:9")
    saved = pickle.dumps(AsyncConversations("key"))
    monkeypatch.delenv("MISTRAL_BASE_URL")
    assert "http://127.0.0.1:9" in repr(pickle.loads(saved))


def test_function_for_the_key_travels_by_its_name() -> None:
    saved = pickle.dumps(AsyncConversations(key))
    assert CANARY.encode() not in saved
    assert settings(pickle.loads(saved))["api_key"] is key
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(AsyncConversations(lambda: CANARY))


def test_attributes_of_a_subclass_travel() -> None:
    client = Labelled("a")
    assert again(client).label == "a"
    assert again(client.with_options(timeout=2)).label == "a"
    assert copy.copy(client).label == "a"


@for_each("cls", [AsyncConversations, Conversations])
def test_copy_shares_the_connections(cls: Any) -> None:
    client = cls(CANARY)
    copied = copy.copy(client)
    assert type(copied) is cls
    assert vars(copied) == vars(client)
    if cls is Conversations:
        client.close()
        assert "closed" in repr(copied)


async def test_client_with_a_session_refuses() -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncConversations(CANARY, session=session)
        for each in (client, client.with_options(timeout=1)):
            refused(each, "leave session out")


UNUSABLE: dict[str, Callable[[], dict[str, Any]]] = {
    "SSL_CERT_FILE": lambda: {"ssl": ssl.create_default_context()},
    "telemetry=True": lambda: {"telemetry": Telemetry(tracer_provider=Provider())},
}


class Provider:
    def __init__(self) -> None:
        self.lock = threading.Lock()

    def get_tracer(self, *_: Any, **__: Any) -> Any:
        return self


@for_each("cls", [AsyncConversations, Conversations])
@for_each("remedy", UNUSABLE)
def test_setting_that_does_not_pickle_is_named(cls: Any, remedy: str) -> None:
    client = cls(CANARY, **UNUSABLE[remedy]())
    refused(client, remedy)
    if cls is Conversations:
        client.close()


@for_each("cls", [AsyncConversations, Conversations])
def test_chat_refuses(cls: Any) -> None:
    client = cls(CANARY)
    refused(client.chat(model=MODEL), "to_json")
    if cls is Conversations:
        client.close()


def test_no_traceback_shows_the_key_of_a_pickle() -> None:
    state = AsyncConversations(CANARY, proxy=PROXY).__getstate__()
    state["settings"] = {
        name: str(value) if name in {"api_key", "proxy"} else value
        for name, value in state["settings"].items()
    }
    state["settings"]["base_url"] = "nowhere"
    copied = AsyncConversations.__new__(AsyncConversations)
    with pytest.raises(ConfigurationError) as raised:
        copied.__setstate__(state)
    assert CANARY not in described(raised.value)


def refused(item: Any, remedy: str) -> None:
    """Check that an object does not pickle, and that the error shows no key."""
    with pytest.raises(ConfigurationError, match=remedy) as raised:
        pickle.dumps(item)
    assert CANARY not in described(raised.value)


def described(error: BaseException) -> str:
    """Return the traceback with locals, without the constants of this module."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format())


def test_every_client_pickles() -> None:
    classes = set[type]()
    found: list[type] = [APIClient]
    for cls in found:
        found += cls.__subclasses__()
    for cls in found[1:]:
        if cls.__module__.startswith("mistral_conversations"):
            classes.add(cls)
            assert type(again(cls(CANARY))) is cls
    assert len(classes) == len(PARTS) + 1
