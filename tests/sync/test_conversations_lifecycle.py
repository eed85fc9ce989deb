"""Views of the blocking client, and its end."""

import pytest

from mistral_conversations import (
    ConfigurationError,
    Conversations,
    RetryPolicy,
)
from mistral_conversations.server import LocalServer, Trouble
from tests.support.obedient_server import blocking_client, loop_threads

MODEL = "mistral-small-latest"


def test_view_has_other_defaults_on_the_same_connections(
    client: Conversations, server: LocalServer
) -> None:
    view = client.with_options(headers={"X-Team": "a"}, timeout=5, api_key="other")
    further = view.with_options(retries=RetryPolicy(max_retries=1, max_delay=0.01))
    assert type(further) is Conversations
    server.inflict(Trouble(status=429))
    further.list()
    assert len(server.requests) == 2
    assert server.requests[-1].headers["X-Team"] == "a"
    client.list()
    assert "X-Team" not in server.requests[-1].headers
    assert len(loop_threads()) == 1


def test_closing_a_view_closes_nothing(client: Conversations) -> None:
    with client.with_options(timeout=5) as view:
        view.list()
    view.list()
    client.list()


def test_closing_the_client_closes_its_views(client: Conversations) -> None:
    view = client.with_options(timeout=5)
    view.list()
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        view.list()
    assert loop_threads() == []


def test_view_outlives_a_client_that_is_dropped(server: LocalServer) -> None:
    view = blocking_client(server).with_options(timeout=5)
    view.list()
    assert len(loop_threads()) == 1
    view.list()


def test_closed_client_says_so(client: Conversations, server: LocalServer) -> None:
    client.list()
    client.close()
    pages = client.list_all()
    for use in (client.list, lambda: client.start("Hi", model=MODEL), pages.__next__):
        with pytest.raises(ConfigurationError, match="this client is closed"):
            use()
    assert len(server.requests) == 1
    assert loop_threads() == []


def test_closing_twice_does_nothing(client: Conversations) -> None:
    client.list()
    client.close()
    client.close()
    with client:
        pass


def test_client_that_was_not_used_begins_no_thread(server: LocalServer) -> None:
    client = blocking_client(server)
    client.start_stream("Sky?", model=MODEL)
    client.list_all()
    client.with_options(timeout=5).close()
    client.close()
    assert loop_threads() == []
    with pytest.raises(ConfigurationError, match="this client is closed"):
        client.list()
    assert loop_threads() == []


def test_many_rounds_leave_no_thread(server: LocalServer) -> None:
    for _ in range(50):
        with blocking_client(server) as client:
            client.list()
    assert loop_threads() == []
