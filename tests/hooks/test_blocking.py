"""Blocking clients call hooks on the thread of their event loop."""

import gc
import threading
from typing import Any

import pytest

from mistral_conversations import Conversations, NotFoundError
from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each
from tests.support.hooks import HOOKS, Seen
from tests.support.obedient_server import eventually
from tests.support.scripted import ADD, MODEL, add


class Threads(Seen):
    """Keeps the threads, too."""

    def hook(self, name: str, *, is_async: bool) -> Any:
        keep = super().hook(name, is_async=False)

        def plain(info: Any) -> None:
            keep((info, threading.current_thread().name))

        async def asynchronous(info: Any) -> None:
            plain(info)

        return asynchronous if is_async else plain


@for_each("is_async", [False, True])
def test_all_hooks_are_called_on_the_thread_of_the_loop(*, is_async: bool) -> None:
    seen = Threads()
    hooks: dict[str, Any] = {n: seen.hook(n, is_async=is_async) for n in HOOKS}
    with (
        LocalServer([ADD, "Done", "Streamed", ADD, "Again"]) as server,
        Conversations("key", base_url=server.base_url, **hooks) as client,
    ):
        result = client.run("Begin", model=MODEL, tools=[add])
        conversation = result.conversation_id or ""
        with client.append_stream(conversation, "Hi") as stream:
            for _ in stream:
                pass
        client.run_stream("Go", conversation_id=conversation, tools=[add]).result()
        with pytest.raises(NotFoundError):
            client.get("none")
    assert {*seen.names} == {*HOOKS} - {"on_retry"}
    assert {thread for _, (_, thread) in seen.infos} == {"mistral_conversations"}
    assert [info.outcome for info, _ in seen.of("on_run_end")] == ["done", "done"]


def test_streams_that_are_left_and_dropped() -> None:
    seen = Seen()
    hooks: dict[str, Any] = {n: seen.hook(n, is_async=False) for n in HOOKS}
    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url, **hooks) as client,
    ):
        for event in client.start_stream("Hi", model="m"):
            assert event
            break
        gc.collect()
        assert eventually(lambda: seen.of("on_event_stream_end"), 5)
        run = client.run_stream("Begin", model=MODEL, tools=[add])
        next(run)
        run.close()
    first = seen.of("on_event_stream_end")[0]
    assert first.outcome in {"closed", "dropped"}
    assert seen.one("on_run_end").outcome == "closed"
