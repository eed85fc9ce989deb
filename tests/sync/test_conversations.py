"""The blocking client: each operation, its views, its end."""

import inspect
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import create_autospec

import pytest

from mistral_conversations import (
    ConfigurationError,
    ConversationHistory,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    Conversations,
    MessageInputEntry,
    ModelConversation,
    NotFoundError,
    RateLimitError,
    Timeout,
)
from mistral_conversations.server import LocalServer, Trouble, call, say

MODEL = "mistral-small-latest"


def test_start_and_append_answer(client: Conversations, server: LocalServer) -> None:
    server.model = [say("Blue."), say("Bleu.")]
    answer = client.start("Sky?", model=MODEL, instructions="One word.", store=True)
    assert isinstance(answer, ConversationResponse)
    assert answer.text == "Blue."
    assert answer.meta is not None
    again = client.append(answer.conversation_id, ["And in French?"], wait_if_busy=1)
    assert again.text == "Bleu."
    assert [request.path for request in server.requests] == [
        "/v1/conversations",
        f"/v1/conversations/{answer.conversation_id}",
    ]


def test_restart_branches(client: Conversations) -> None:
    answer = client.start("Sky?", model=MODEL)
    first = client.get_history(answer.conversation_id).entries[0]
    assert isinstance(first, MessageInputEntry)
    assert first.id is not None
    branch = client.restart(answer.conversation_id, first.id, "Sea?")
    assert branch.conversation_id != answer.conversation_id
    with client.restart_stream(answer.conversation_id, first.id, "Sun?") as stream:
        assert "Sun?" in "".join(stream.text())
    assert len(client.list()) == 3


def test_streams_append(client: Conversations) -> None:
    first = client.start_stream("Sky?", model=MODEL).response()
    second = client.append_stream(first.conversation_id, "Sea?").response()
    assert second.conversation_id == first.conversation_id
    assert len(client.get_history(first.conversation_id).entries) == 4


def test_what_is_stored_is_read_and_deleted(client: Conversations) -> None:
    answer = client.start("Sky?", model=MODEL, name="sky", metadata={"team": "a"})
    found = client.get(answer.conversation_id)
    assert isinstance(found, ModelConversation)
    assert found.name == "sky"
    history = client.get_history(answer.conversation_id)
    messages = client.get_messages(answer.conversation_id)
    assert isinstance(history, ConversationHistory)
    assert isinstance(messages, ConversationMessages)
    assert len(history.entries) == len(messages.messages) == 2
    client.delete(answer.conversation_id)
    with pytest.raises(NotFoundError):
        client.get(answer.conversation_id)


def test_list_gives_a_page(client: Conversations) -> None:
    ids = {client.start("Sky?", model=MODEL).conversation_id for _ in range(3)}
    page = client.list(page_size=2)
    assert isinstance(page, ConversationPage)
    assert len(page) == 2
    assert {each.id for each in (*page, *client.list(1, 2))} == ids


def test_list_all_gives_every_conversation_page_after_page(
    client: Conversations, server: LocalServer
) -> None:
    ids = {client.start("Sky?", model=MODEL).conversation_id for _ in range(5)}
    asked = len(server.requests)
    found = client.list_all(page_size=2)
    assert iter(found) is found
    assert len(server.requests) == asked
    first = next(found)
    assert len(server.requests) == asked + 1
    rest = [each.id for each in found]
    assert {first.id, *rest} == ids
    assert len(rest) == 4
    assert next(found, None) is None


def test_threads_share_the_items_of_list_all(
    client: Conversations, server: LocalServer
) -> None:
    ids = [client.start("Sky?", model=MODEL).conversation_id for _ in range(45)]
    asked = len(server.requests)
    shared = client.list_all(page_size=10)
    with ThreadPoolExecutor(8) as pool:
        read = [pool.submit(lambda: [each.id for each in shared]) for _ in range(8)]
    assert sorted(id for each in read for id in each.result()) == sorted(ids)
    assert len(server.requests) - asked == 6


def test_list_all_of_nothing(client: Conversations) -> None:
    assert list(client.list_all()) == []
    assert list(client.list_all(metadata={"team": "none"})) == []


def test_list_all_continues_after_an_error(
    client: Conversations, server: LocalServer
) -> None:
    ids = {client.start("Sky?", model=MODEL).conversation_id for _ in range(3)}
    found = client.list_all(page_size=2)
    read = [next(found).id, next(found).id]
    server.inflict(Trouble(status=429))
    with pytest.raises(RateLimitError):
        next(found)
    assert {*read, next(found).id} == ids


def test_function_call_is_answered(client: Conversations, server: LocalServer) -> None:
    server.model = [call("get_weather", city="Oslo"), say("Grey.")]
    answer = client.start("Weather?", model=MODEL)
    (asked,) = answer.function_calls
    result = {
        "type": "function.result",
        "tool_call_id": asked.tool_call_id,
        "result": "grey",
    }
    assert client.append(answer.conversation_id, [result]).text == "Grey."


def test_wrong_arguments_are_refused_before_anything_is_sent(
    client: Conversations, server: LocalServer
) -> None:
    with pytest.raises(TypeError, match="start_stream"):
        client.start("Sky?", stream=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        client.start()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        client.start({1, 2}, model=MODEL)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="agent_id"):
        client.start_stream("Sky?", model=MODEL, agent_id="ag_1")
    with pytest.raises(ValueError, match="page"):
        client.list(page=-1)
    with pytest.raises(ValueError, match="page_size"):
        client.list_all(page_size=0)
    assert server.requests == ()


def test_wrong_settings_are_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="api_key"):
        Conversations(" ")
    with pytest.raises(TypeError):
        Conversations("key", timeout="soon")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Conversations("key", session=None)  # type: ignore[call-arg]


def test_timeout_of_a_call_is_kept(client: Conversations, server: LocalServer) -> None:
    server.inflict(Trouble(delay=20))
    with pytest.raises(TimeoutError):
        client.start("Sky?", model=MODEL, timeout=Timeout(response=0.05))


def test_methods_are_described() -> None:
    assert inspect.signature(Conversations("key").get).parameters.keys() == {
        "conversation_id",
        "timeout",
        "retries",
        "headers",
    }
    for name in ("start", "append_stream", "list_all", "delete"):
        method = getattr(Conversations, name)
        assert method.__doc__.startswith(f"Blocking twin of `AsyncConversations.{name}")
        assert method.__qualname__ == f"Conversations.{name}"
        assert not inspect.iscoroutinefunction(method)


def test_autospec_of_the_client_blocks() -> None:
    """What people test their programs with takes no method for a coroutine."""
    double = create_autospec(Conversations, instance=True)
    double.start.return_value = "answer"
    assert double.start("Hi", model=MODEL) == "answer"
    with pytest.raises(TypeError):
        double.start("Hi", modle=MODEL)
