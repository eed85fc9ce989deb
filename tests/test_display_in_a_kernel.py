"""`display()` in a real kernel: one output, which grows."""

import asyncio
from typing import Any

import pytest

pytest.importorskip("nbclient", reason="needs the extra `slow-tests`")
pytest.importorskip("ipykernel", reason="needs the extra `slow-tests`")

from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from mistral_conversations.server import LocalServer, Trouble, call, say
from tests import test_notebook
from tests.test_notebook import Kernel, cells, run

pytestmark = [pytest.mark.anyio, pytest.mark.processes, pytest.mark.slow]

kernel = test_notebook.kernel
service = test_notebook.service

CONNECT = """
from mistral_conversations import AsyncConversations, Conversations
blocking, client = Conversations(limit=1), AsyncConversations(limit=1)
def add(a: int, b: int) -> int:
    return a + b
"""
STREAM = "stream = {}.start_stream('**one** two three four', model='m')\n{}"
RUN = "run = {}.run_stream('2 + 3?', model='m', tools=[add])\n{}"

BOTH = pytest.mark.parametrize(
    ("client", "display"),
    [("blocking", "{}.display()"), ("client", "await {}.display()")],
    ids=["blocking", "async"],
)


def output_of(cell: NotebookNode) -> Any:
    """Return the data of the only output of a cell."""
    (output,) = cell.outputs
    assert output.output_type == "display_data"
    assert set(output.data) == {"text/html", "text/plain"}
    return output.data


@BOTH
async def test_a_cell_shows_a_stream_and_a_run_in_one_output_each(
    client: str, display: str, kernel: Kernel, service: LocalServer
) -> None:
    stream = STREAM.format(client, display.format("stream"))
    a_run = RUN.format(client, display.format("run"))
    async with kernel(cells(CONNECT, stream, a_run)) as notebook:
        service.model = [say("**one** two"), call("add", a=2, b=3), say("It is five.")]
        await run(notebook)
    streamed, ran = map(output_of, notebook.nb.cells[-2:])
    assert streamed["text/plain"] == "**one** two\n"
    assert "one" in streamed["text/html"]
    assert ran["text/plain"] == '[add] {"a":2,"b":3}\n  = 5\nIt is five.\n'
    assert "It is five." in ran["text/html"]
    assert "being written" not in streamed["text/html"] + ran["text/html"]


@BOTH
async def test_a_cut_leaves_what_came_above_the_error(
    client: str, display: str, kernel: Kernel, service: LocalServer
) -> None:
    service.inflict(Trouble(cut="reset", after_events=3))
    source = STREAM.format(client, display.format("stream"))
    async with kernel(cells(CONNECT)) as notebook:
        await run(notebook)
        notebook.nb.cells = [cell := new_code_cell(source)]
        await notebook.async_execute_cell(cell, 0)
    shown, error = cell.outputs
    assert shown.data["text/plain"] == "**one** two\n"
    assert error.ename == "StreamInterruptedError"
    assert "display/showing.py" not in "".join(error.traceback)


async def interrupt(notebook: NotebookClient, cell: NotebookNode) -> None:
    """Run a cell; stop it once it shows two words."""
    running = asyncio.ensure_future(notebook.async_execute_cell(cell, 0))
    while not (cell.outputs and "two" in cell.outputs[0].data["text/plain"]):
        assert not running.done()
        await asyncio.sleep(0.01)
    manager: Any = notebook.km
    await manager.interrupt_kernel()
    await asyncio.wait_for(running, timeout=10)


@pytest.mark.parametrize(
    ("client", "display", "interruption"),
    [
        ("blocking", "{}.display()", "KeyboardInterrupt"),
        ("client", "await {}.display()", "CancelledError"),
    ],
    ids=["blocking", "async"],
)
async def test_interrupting_the_kernel_leaves_what_came_and_frees_the_connection(
    client: str, display: str, interruption: str, kernel: Kernel, service: LocalServer
) -> None:
    service.inflict(Trouble(stall=True, after_events=3))
    cell = new_code_cell(STREAM.format(client, display.format("stream")))
    async with kernel(cells(CONNECT)) as notebook:
        await run(notebook)
        notebook.nb.cells = [cell]
        await interrupt(notebook, cell)
        again = new_code_cell(STREAM.format(client, display.format("stream")))
        notebook.nb.cells = [again]
        await run(notebook)
    shown, error = cell.outputs
    assert shown.data["text/plain"] == "**one** two\n"
    assert "being written" not in shown.data["text/html"]
    assert error.ename == interruption
    assert output_of(again)["text/plain"] == "**one** two three four\n"
