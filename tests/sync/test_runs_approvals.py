"""Approvals of blocking runs."""

import threading
from typing import Any

import pytest

from mistral_conversations import Conversations, OpenCall, RunOptions, RunPaused
from mistral_conversations.server import LocalServer, call
from tests.support.till import Till

PAY = call("pay", amount=3)


class Stopped(BaseException):
    """What ends a program, such as KeyboardInterrupt."""


@pytest.mark.parametrize("threads", [True, False])
def test_plain_functions_decide_in_the_calling_thread(
    client: Conversations, server: LocalServer, threads: bool
) -> None:
    seen: list[int] = []

    def decide(_: OpenCall) -> bool:
        seen.append(threading.get_ident())
        return True

    server.model = [[PAY, PAY], "Done"]
    till = Till(rule=decide)
    options = RunOptions(threads=threads)
    result = client.run(
        "Go", model="m", tools=till.tools, approve=decide, options=options
    )
    assert (result.text, till.calls) == ("Done", ["pay 3", "pay 3"])
    assert seen == [threading.get_ident()] * 4


def test_an_async_callback_decides(client: Conversations, server: LocalServer) -> None:
    async def approve(open_call: OpenCall) -> None:
        open_call.approve({"amount": 1})

    server.model = [PAY, "Done"]
    till = Till()
    client.run("Go", model="m", tools=till.tools, approve=approve)
    assert till.calls == ["pay 1"]


def test_a_pause_is_resumed(client: Conversations, server: LocalServer) -> None:
    server.model = [PAY, "Done"]
    till = Till()
    with pytest.raises(RunPaused) as caught:
        client.run("Go", model="m", tools=till.tools)
    for each in caught.value.calls:
        each.approve()
    result = client.run(caught.value, tools=till.tools)
    assert (result.text, till.calls) == ("Done", ["pay 3"])


def test_a_callback_may_use_the_client(
    client: Conversations, server: LocalServer
) -> None:
    def approve(_: OpenCall) -> bool:
        return client.start("May it?", model="m").text == "Yes"

    server.model = [PAY, "Yes", "Done"]
    till = Till()
    result = client.run("Go", model="m", tools=till.tools, approve=approve)
    assert (result.text, till.calls) == ("Done", ["pay 3"])


@pytest.mark.parametrize("error", [LookupError, Stopped, KeyboardInterrupt])
def test_an_exception_of_the_callback_ends_the_run_with_its_calls_open(
    client: Conversations, server: LocalServer, error: type[BaseException]
) -> None:
    def approve(_: OpenCall) -> bool:
        raise error("no")

    server.model = [PAY, "Done"]
    till = Till()
    options: dict[str, Any] = {"tools": till.tools}
    with pytest.raises(error, match="no"):
        client.run("Go", model="m", approve=approve, **options)
    (stored,) = client.list()
    result = client.run(conversation_id=stored.id, approve=lambda _: True, **options)
    assert (result.text, till.calls) == ("Done", ["pay 3"])


def test_a_streamed_run_pauses_and_resumes(
    client: Conversations, server: LocalServer
) -> None:
    server.model = [PAY, "Done"]
    till = Till()
    with (
        pytest.raises(RunPaused) as caught,
        client.run_stream("Go", model="m", tools=till.tools) as run,
    ):
        for _ in run:
            pass
    seen: list[int] = []

    def approve(_: OpenCall) -> bool:
        seen.append(threading.get_ident())
        return True

    paused = RunPaused.from_json(caught.value.to_json())
    with client.run_stream(paused, tools=till.tools, approve=approve) as run:
        types = [event.type for event in run]
        assert run.result().text == "Done"
    assert types[:2] == ["run.function.started", "run.function.finished"]
    assert (till.calls, seen) == (["pay 3"], [threading.get_ident()])
