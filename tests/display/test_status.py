"""The line below an answer that grows."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from mistral_conversations import ConversationEvents, FunctionStarted, from_dict
from mistral_conversations.display.status import Status
from tests.support.bodies import (
    delta,
    done,
    thinking,
    tool_delta,
    tool_done,
    tool_started,
)


def status_after(*events: Mapping[str, Any]) -> str:
    status = Status()
    for event in events:
        status.add(from_dict(cast("Any", ConversationEvents), event))
    return status.html()


def test_before_the_first_event_it_waits() -> None:
    assert "waiting for the answer" in status_after()


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([delta("Bl")], "being written"),
        ([tool_started()], "running code_interpreter"),
        ([tool_started(), tool_delta("{")], "running code_interpreter"),
        ([tool_started(), tool_done()], "being written"),
        ([{**tool_started(), "name": "<b>\x1b[1m" + "a" * 500}], "&lt;b&gt;\\x1b[1m"),
        ([delta(thinking("Hm"))], "thinking"),
        ([done()], "being written"),
    ],
)
def test_it_names_what_happens(events: list[Mapping[str, Any]], words: str) -> None:
    assert words in status_after(*events)
    assert len(status_after(*events)) < 500


def test_a_function_that_runs_is_named() -> None:
    status = Status()
    status.add(FunctionStarted(turn=1, tool_call_id="1", name="add", arguments={}))
    assert "running add" in status.html()


def test_a_thought_is_shown_while_it_lasts() -> None:
    thoughts = [delta(thinking("The sky")), delta(thinking(" is <b>."))]
    assert "The sky is &lt;b&gt;." in status_after(*thoughts)
    assert "The sky" not in status_after(*thoughts, delta("Blue."))


def test_a_long_thought_shows_its_end() -> None:
    html = status_after(*[delta(thinking(f"{n} ")) for n in range(10_000)])
    assert "… " in html
    assert "9998 9999 <" in html
    assert len(html) < 1200
