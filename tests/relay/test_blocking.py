"""Blocking streams and runs relayed to a browser."""

import gc
import json

import pytest

from mistral_conversations import (
    ConfigurationError,
    Conversations,
    NotFoundError,
    RunLimitError,
    RunLimits,
    RunPaused,
    StreamInterruptedError,
)
from mistral_conversations.server import LocalServer, call
from tests.relay.reading import names, read
from tests.support.bodies import text_stream
from tests.support.client_and_server import event_stream
from tests.support.clients import refusal
from tests.support.obedient_server import (
    ask,
    blocking_client,
    blocking_client_and_server,
    eventually,
    obedient_server,
)
from tests.support.scripted import ADD, MODEL, add
from tests.support.till import PAY, Till

STREAM = event_stream(*text_stream("Blue, ", "mostly."))


def test_the_events_are_those_of_the_stream() -> None:
    with blocking_client_and_server(STREAM) as (client, server):
        stream = ask(client).open()
        assert stream.open() is stream
        relay = stream.sse()
        assert relay.headers["content-type"] == "text/event-stream"
        events = read(b"".join(relay))
        assert len(server.requests) == 1
    assert [data for _, data in events] == text_stream("Blue, ", "mostly.")
    assert repr(relay).startswith("<Relay of <ConversationStream ")


def test_open_raises_what_refuses_the_request() -> None:
    with blocking_client_and_server(refusal(404), refusal(404)) as (client, _):
        with pytest.raises(NotFoundError):
            ask(client).open()
        with pytest.raises(NotFoundError):
            client.run_stream("Hi", model=MODEL).open()


def test_a_broken_stream_ends_with_a_text_for_users() -> None:
    cut = event_stream(*text_stream("Blue, ")[:2])
    with blocking_client_and_server(cut) as (client, _):
        relay = ask(client).sse(error_text="Sorry.")
        name, data = read(b"".join(relay))[-1]
    assert (name, data["message"]) == ("conversation.response.error", "Sorry.")
    assert isinstance(relay.error, StreamInterruptedError)


def test_silence_is_filled_and_closing_closes_the_stream() -> None:
    with obedient_server() as server, blocking_client(server) as client:
        relay = client.start_stream("begin", model="m").sse(keep_alive=0.01)
        while next(relay) != b": keep-alive\n\n":
            pass
        relay.close()
        relay.close()
        assert list(relay) == []
        assert eventually(lambda: server.open_connections == 0)


def test_a_dropped_relay_closes_its_stream() -> None:
    with obedient_server() as server, blocking_client(server) as client:
        relay = client.start_stream("begin", model="m").sse(keep_alive=0.01)
        while next(relay) != b": keep-alive\n\n":
            pass
        del relay
        gc.collect()
        assert eventually(lambda: server.open_connections == 0)


def test_a_client_that_is_closed_ends_the_relay_with_a_text() -> None:
    with obedient_server() as server:
        client = blocking_client(server)
        relay = client.start_stream("begin", model="m").sse()
        assert names(next(relay))[0] == "conversation.response.started"
        client.close()
        assert names(b"".join(relay))[-1] == "conversation.response.error"
        assert relay.error is not None
        assert list(relay) == []


def test_a_whole_answer_outlives_its_client() -> None:
    with blocking_client_and_server(STREAM) as (client, _):
        relay = ask(client).sse()
        content = next(relay)
        while "conversation.response.done" not in names(content):
            content += next(relay)
    assert list(relay) == []
    assert relay.error is None


def test_a_relay_counts_as_the_iteration() -> None:
    with blocking_client_and_server(STREAM) as (client, _):
        stream = ask(client)
        list(stream.sse())
        with pytest.raises(ConfigurationError, match="only once"):
            stream.sse()


def test_a_pause_is_an_event_and_a_resumed_run_continues() -> None:
    till = Till()
    with (
        LocalServer([PAY, "Paid."]) as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        relay = client.run_stream("Pay", model=MODEL, tools=till.tools).sse()
        name, data = read(b"".join(relay))[-1]
        assert name == "run.paused"
        assert isinstance(relay.error, RunPaused)
        (waiting,) = data["calls"]
        assert json.loads(waiting["arguments"]) == {"amount": 3}
        relay.error.approve(waiting["tool_call_id"])
        list(client.run_stream(relay.error, tools=till.tools).sse())
    assert till.calls == ["pay 3"]


def test_the_error_of_a_run_can_be_used_without_await() -> None:
    with (
        LocalServer([ADD, ADD]) as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        limits = RunLimits(max_turns=1)
        run = client.run_stream("Go", model=MODEL, tools=[add], limits=limits)
        relay = run.sse()
        list(relay)
        assert isinstance(relay.error, RunLimitError)
        answer = relay.error.reject_all()
        assert answer.conversation_id == relay.error.conversation_id


def test_ctrl_c_in_a_function_reaches_the_caller() -> None:
    def stop() -> None:
        """Stop."""
        raise KeyboardInterrupt

    with (
        LocalServer([call("stop"), "Done"]) as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        relay = client.run_stream("Go", model=MODEL, tools=[stop]).sse()
        with pytest.raises(KeyboardInterrupt):
            list(relay)
        assert list(relay) == []
        assert client.start("Hi", model=MODEL).text == "Done"
