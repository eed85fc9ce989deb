"""An answer that grows in a cell, on a clock that the test moves."""

from collections.abc import Mapping
from typing import Any

import pytest

from mistral_conversations import (
    ConversationResponse,
    MessageOutputEntry,
    RunResult,
    TextChunk,
    ToolExecutionDoneEvent,
    from_dict,
)
from mistral_conversations.display.cell import Cell, Shown
from mistral_conversations.html import run, transcript
from tests.support.bodies import tool_done

EVENT = from_dict(ToolExecutionDoneEvent, tool_done())


class Notebook:
    """The output of a cell, with a clock; an update takes some seconds."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.now = 100.0
        self.bundles: list[Mapping[str, Any]] = []
        self._seconds = seconds

    def show(self, bundle: Mapping[str, Any]) -> None:
        self.bundles.append(bundle)
        self.now += self._seconds

    @property
    def html(self) -> str:
        return str(self.bundles[-1]["text/html"])

    @property
    def text(self) -> str:
        return str(self.bundles[-1]["text/plain"])


def answer(text: str) -> ConversationResponse:
    message = MessageOutputEntry(content=(TextChunk(text=text),))
    return ConversationResponse(conversation_id="conv_1", outputs=(message,))


def update(cell: Cell, shown: Shown) -> None:
    cell.publish(cell.render(shown))


def test_the_first_update_is_due_at_once_and_shows_that_something_comes() -> None:
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    assert cell.patience == 0
    update(cell, None)
    assert "waiting for the answer" in notebook.html
    assert notebook.text == ""
    assert cell.patience is None


def test_a_change_waits_for_the_end_of_the_interval() -> None:
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    update(cell, None)
    cell.add(EVENT)
    assert cell.patience == pytest.approx(0.1)
    notebook.now += 0.07
    assert cell.patience == pytest.approx(0.03)
    notebook.now += 1
    assert cell.patience == 0


def test_slow_updates_take_a_fifth_of_the_time() -> None:
    notebook = Notebook(seconds=2)
    cell = Cell(notebook, lambda: notebook.now)
    update(cell, answer("a"))
    cell.add(EVENT)
    assert cell.patience == pytest.approx(8)


def test_large_updates_stay_below_the_limit_of_a_jupyter_server() -> None:
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    cell.write("a" * 1_000_000)
    update(cell, answer("a" * 1_000_000))
    cell.add(EVENT)
    assert cell.patience == pytest.approx(8, rel=0.01)


def test_an_answer_is_shown_as_html_and_as_text() -> None:
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    for piece in ("Bl", "ue\x1b[0m."):
        cell.write(piece)
    update(cell, answer("Blue."))
    assert notebook.text == r"Blue\x1b[0m."
    assert notebook.html.startswith(transcript(answer("Blue.")))
    assert set(notebook.bundles[-1]) == {"text/plain", "text/html"}


def test_the_end_shows_the_last_state_once() -> None:
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    update(cell, answer("Bl"))
    cell.add(EVENT)
    cell.end(answer("Blue."))
    assert notebook.html == transcript(answer("Blue."))
    cell.end(answer("Blue."))
    assert len(notebook.bundles) == 2


def test_the_end_without_a_change_only_removes_the_note() -> None:
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    update(cell, answer("Blue."))
    cell.end(answer("Blue."))
    assert notebook.html == transcript(answer("Blue."))


def test_a_last_update_needs_no_end() -> None:
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    cell.publish(cell.render(answer("Blue.")), is_last=True)
    cell.end(answer("Blue."))
    assert [bundle["text/html"] for bundle in notebook.bundles] == [
        transcript(answer("Blue."))
    ]


def test_a_run_is_shown_with_all_its_entries() -> None:
    entries = answer("first").outputs + answer("second").outputs
    result = RunResult(
        conversation_id="conv_1", response=answer("second"), entries=entries
    )
    notebook = Notebook()
    cell = Cell(notebook, lambda: notebook.now)
    cell.end(result)
    assert notebook.html == run(result)
    assert "first" in notebook.html


@pytest.mark.parametrize(
    "empty",
    [
        None,
        ConversationResponse(conversation_id="conv_1", outputs=()),
        RunResult(conversation_id=None, response=None),
    ],
)
def test_without_an_entry_nothing_is_shown(empty: Shown) -> None:
    notebook = Notebook()
    Cell(notebook).end(empty)
    assert notebook.bundles == [{"text/plain": "", "text/html": ""}]
