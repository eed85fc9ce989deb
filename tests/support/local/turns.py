"""Turns with all kinds of pieces, and calls of every operation."""

from typing import Any

import pytest

from mistral_conversations.server import call, execute, handoff, say, think
from tests.support import bodies
from tests.support.local.http_caller import Caller, Reply
from tests.support.local.recording_caller import id_in, results

__all__ = [
    "AGENT",
    "IMAGE",
    "TURNS",
    "WHO",
    "each_kind",
    "each_turn",
    "get_all",
    "streamed_and_plain",
    "use_every_operation",
]

AGENT = "ag_019f0000000000000000000000000003"
WHO: dict[str, dict[str, Any]] = {
    "model": {"model": "mistral-small-latest"},
    "agent": {"model": None, "agent_id": AGENT, "agent_version": 2},
}
IMAGE = {"type": "image_url", "image_url": {"url": "https://skies.example/a.png"}}
DOCUMENT = {"type": "document_url", "document_url": "https://skies.example/a.pdf"}
SIGNED = bodies.thinking("Signed.", signature="c2t5")
FOUND = {"query": "sky", "pages": [1, 2]}

TURNS: dict[str, list[Any]] = {
    "text": [say("Blue, mostly.\nAt night  black. ")],
    "empty": [say()],
    "nothing": [],
    "chunks": [
        say("See", bodies.reference(), bodies.tool_file(), IMAGE, DOCUMENT, "there."),
        say(bodies.text_chunk(), SIGNED),
    ],
    "thoughts": [think("Let me see."), think(" Hm."), say("Blue.")],
    "thought": [think("Hm")],
    "calls": [say("Wait."), call("weather", city="Oslo", days=[1, 2]), call("clock")],
    "pending": [call("send", to="all").pending(), call("wipe").pending()],
    "executions": [
        execute("web_search", arguments={"q": "sky"}, info=FOUND),
        execute("code_interpreter", function="run"),
        execute("web_search"),
        say("Found."),
    ],
    "handoffs": [
        say("One moment."),
        handoff("weather desk"),
        execute("web_search"),
        think("They ask me."),
        say("Grey."),
        handoff("front desk", previous="somebody"),
        call("weather"),
    ],
}

each_turn = pytest.mark.parametrize("turn", TURNS)
each_kind = pytest.mark.parametrize("who", WHO)
streamed_and_plain = pytest.mark.parametrize("stream", [False, True])

HELLO = {"role": "user", "content": "Go on"}


def use_every_operation(caller: Caller, who: str, stream: bool) -> list[Reply]:
    """Use each operation; return the answers to start, append and two restarts."""
    first = caller.start(**WHO[who], stream=stream)
    path_id = id_in(first)
    question, *answer = caller.history(path_id)
    last = (answer or [question])[-1]["id"]
    given = results(answer)
    return [
        first,
        caller.append(path_id, inputs=[*given, HELLO], stream=stream),
        caller.restart(
            path_id, from_entry_id=question["id"], inputs="Again", stream=stream
        ),
        caller.restart(path_id, from_entry_id=last, inputs=given, stream=stream),
    ]


def get_all(caller: Caller, conversation_ids: list[str]) -> None:
    """Get all stored conversations, histories and messages."""
    caller.get("/v1/conversations")
    for each in conversation_ids:
        for rest in ("", "/history", "/messages"):
            assert caller.get(f"/v1/conversations/{each}{rest}").status == 200
