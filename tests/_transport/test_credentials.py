"""The sources of the key, rejected keys, and that no key is shown."""

import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from mistral_conversations import AsyncConversations, ConfigurationError
from mistral_conversations._secret import Secret
from mistral_conversations._transport.credentials import Credentials
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

CANARY = "s3cret-canary"


async def test_key_becomes_a_bearer() -> None:
    assert await Credentials("abc").authorization() == "Bearer abc"


async def test_function_is_asked_at_each_request() -> None:
    keys = iter(["first", "second"])
    credentials = Credentials(lambda: next(keys))
    assert await credentials.authorization() == "Bearer first"
    assert await credentials.authorization() == "Bearer second"


async def test_async_function_is_awaited() -> None:
    async def give() -> str:
        return "abc"

    assert await Credentials(give).authorization() == "Bearer abc"


async def test_object_that_can_be_called_is_asked() -> None:
    class Vault:
        async def __call__(self) -> str:
            return "abc"

    assert await Credentials(Vault()).authorization() == "Bearer abc"


async def test_variable_is_read_late(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials(None)
    monkeypatch.setenv("MISTRAL_API_KEY", "abc")
    assert await credentials.authorization() == "Bearer abc"


async def test_key_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "other")
    assert await Credentials("abc").authorization() == "Bearer abc"


async def test_no_key_names_the_variable() -> None:
    with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
        await Credentials(None).authorization()


BAD = ["", " ", "\t", CANARY + "\n", CANARY + " x", "\x7f" + CANARY, "é" + CANARY]


@for_each("key", BAD)
def test_bad_key_is_refused_unseen(key: str) -> None:
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        Credentials(key)
    assert CANARY not in str(caught.value)


@for_each("key", [3, b"abc", ["abc"], {"key": "abc"}])
def test_key_that_is_no_text_is_refused(key: Any) -> None:
    with pytest.raises(ConfigurationError, match="api_key must be a str"):
        Credentials(key)


@for_each("key", [*BAD, 3, b"abc"])
async def test_bad_key_that_a_function_gives_is_refused(key: Any) -> None:
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        await Credentials(lambda: key).authorization()
    assert CANARY not in str(caught.value)


async def test_function_that_gives_nothing_is_refused() -> None:
    def give() -> Any:
        return None

    with pytest.raises(ConfigurationError):
        await Credentials(give).authorization()


@pytest.mark.parametrize("key", [k for k in BAD if k.strip()])
async def test_bad_key_of_the_variable_is_refused_unseen(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", key)
    with pytest.raises(
        ConfigurationError, match=r"^MISTRAL_API_KEY contains"
    ) as caught:
        await Credentials(None).authorization()
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("blank", [" ", "\t"])
async def test_blank_variable_is_named(
    blank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", blank)
    with pytest.raises(ConfigurationError, match=r"^MISTRAL_API_KEY is blank: set it"):
        await Credentials(None).authorization()


async def test_error_of_the_function_is_the_callers() -> None:
    def give() -> str:
        raise LookupError("no vault")

    with pytest.raises(LookupError, match="no vault"):
        await Credentials(give).authorization()


@for_each("error", [TimeoutError, ConnectionError, OSError])
async def test_error_of_the_function_reaches_the_caller_of_an_operation(
    error: type[Exception],
) -> None:
    async def give() -> str:
        raise error("the vault is closed")

    async with AsyncConversations(give, base_url="http://127.0.0.1:9") as client:
        with pytest.raises(error, match="the vault is closed"):
            await client.list()


async def test_secret_is_not_shown() -> None:
    secret = Secret(CANARY)
    given = await Credentials(CANARY).authorization()
    for shown in (repr(secret), f"{secret!r}", repr([secret]), repr({"a": given})):
        assert CANARY not in shown
    assert secret == CANARY
    assert given.encode() == b"Bearer " + CANARY.encode()


@for_each(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda secret: pickle.loads(pickle.dumps(secret)),
        lambda secret: pickle.loads(pickle.dumps(secret, protocol=0)),
        lambda secret: json.loads(json.dumps(secret)),
        lambda secret: yaml.unsafe_load(yaml.dump(secret)),
    ],
)
async def test_copy_of_a_secret_is_a_plain_str(copied: Callable[[str], str]) -> None:
    """Tools that store requests need no class of this package to read them."""
    given = await Credentials(CANARY).authorization()
    for value in (given, {"a": [given]}["a"][0]):
        assert copied(value) == f"Bearer {CANARY}"
        assert type(copied(value)) is str


async def test_key_of_the_variable_is_known_to_be_its(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "abc")
    assert Credentials(None).variable == "MISTRAL_API_KEY"
    assert Credentials("abc").variable is None
    assert Credentials(lambda: "abc").variable is None


def test_client_shows_no_key() -> None:
    client = AsyncConversations(CANARY)
    for shown in (client, client._options, client._options.credentials, vars(client)):
        assert CANARY not in repr(shown)


async def test_asking_logs_no_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await Credentials(lambda: CANARY).authorization()
    assert CANARY not in caplog.text
