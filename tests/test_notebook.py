"""The notebook in a kernel, where an event loop runs in the thread of the cells."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

pytest.importorskip("nbclient", reason="needs the extra `slow-tests`")
pytest.importorskip("ipykernel", reason="needs the extra `slow-tests`")

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from mistral_conversations.server import LocalServer, Trouble

NOTEBOOK = Path(__file__).parent.parent / "examples" / "notebook.ipynb"
LOUD = "import warnings\nwarnings.simplefilter('always')"
CONNECT = """
from mistral_conversations import Conversations
client = Conversations(limit=1)
"""
READS_A_STREAM = """
stream = client.start_stream("one two three", model="m")
for text in stream.text():
    print(text)
"""
IS_BUSY_ITSELF = """
import time
with client.start_stream("one two three", model="m") as stream:
    print(next(stream).type, flush=True)
    time.sleep(60)
"""
WAITS_FOR_AN_ANSWER = """
print("asking", flush=True)
client.start("one two three", model="m")
"""
AWAITS = """
from mistral_conversations import AsyncConversations
async with AsyncConversations() as others:
    answer = await others.start("Hello", model="m")
    async with others.append_stream(answer.conversation_id, "one two") as stream:
        print([text async for text in stream.text()])
    print(client.append(answer.conversation_id, "blocking again").text)
"""

Kernel: TypeAlias = Callable[
    [NotebookNode], AbstractAsyncContextManager[NotebookClient]
]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.processes,
    pytest.mark.skipif(not NOTEBOOK.is_file(), reason="the examples are not here"),
]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """Return a function that starts kernels outside the home folder."""
    for name in ["HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"]:
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    return running_kernel


@asynccontextmanager
async def running_kernel(notebook: NotebookNode) -> AsyncIterator[NotebookClient]:
    """Run a kernel in which every warning is shown."""
    notebook.cells.insert(0, new_code_cell(LOUD))
    client = NotebookClient(notebook, allow_errors=True, timeout=20)
    # Without folders to look in, it takes the kernel of the running interpreter.
    client.create_kernel_manager().kernel_spec_manager = KernelSpecManager(
        kernel_dirs=[]
    )
    async with client.async_setup_kernel():
        yield client


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """Yield a server to which the environment points."""
    with LocalServer(api_key="sk-notebook") as server:
        monkeypatch.setenv("MISTRAL_API_KEY", "sk-notebook")
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        yield server


def example() -> NotebookNode:
    notebook: NotebookNode = nbformat.read(NOTEBOOK, as_version=4)
    return notebook


def cells(*sources: str) -> NotebookNode:
    notebook: NotebookNode = new_notebook()
    notebook.cells = [new_code_cell(source) for source in sources]
    return notebook


async def run(client: NotebookClient) -> None:
    """Run all cells; none may raise or write to stderr."""
    for index, cell in enumerate(client.nb.cells):
        await client.async_execute_cell(cell, index)
        outputs = cell.get("outputs", [])
        assert [output for output in outputs if "traceback" in output] == []
        assert [output for output in outputs if output.get("name") == "stderr"] == []


def outputs(notebook: NotebookNode, source: str) -> list[NotebookNode]:
    """Return the output of the first cell with this text in its source."""
    found = (cell for cell in notebook.cells if source in cell.source)
    shown: list[NotebookNode] = next(c.outputs for c in found if "outputs" in c)
    return shown


def printed(notebook: NotebookNode, source: str) -> str:
    return "".join(output.text for output in outputs(notebook, source))


def test_the_notebook_is_stored_as_jupyter_does_and_without_outputs() -> None:
    notebook = example()
    nbformat.validate(notebook)
    assert NOTEBOOK.read_text() == nbformat.writes(notebook) + "\n"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] for cell in code)
    assert all(cell.execution_count is None for cell in code)


@pytest.mark.slow
async def test_the_notebook_runs_without_a_key(kernel: Kernel) -> None:
    async with kernel(example()) as client:
        await run(client)
    assert printed(client.nb, ".append(") == "And in French, please?\n"
    rivers = "Name three rivers of France, one after the other.\n"
    (shown,) = outputs(client.nb, ".append_stream(")
    assert shown.data["text/plain"] == rivers
    assert "404 Conversation conv_" in printed(client.nb, "except NotFoundError")


@pytest.mark.slow
async def test_the_notebook_talks_to_the_service_when_there_is_a_key(
    kernel: Kernel, service: LocalServer
) -> None:
    async with kernel(example()) as client:
        await run(client)
    asked = [request.path.split("/")[-1] for request in service.requests]
    assert asked[0] == "conversations"
    assert "restart" in asked
    assert "history" in asked
    assert [request.method for request in service.requests][-2:] == ["DELETE"] * 2
    assert service.conversations == ()


@pytest.mark.slow
async def test_the_cells_of_the_notebook_show_html(kernel: Kernel) -> None:
    async with kernel(example()) as client:
        await run(client)
    shown = [
        output.data.get("text/html", "")
        for cell in client.nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "execute_result"
    ]
    assert len(shown) == 5
    texts = ["Hello", "three rivers", "in French", "in Italian", "notebook example"]
    assert [text in html for text, html in zip(texts, shown, strict=True)] == [True] * 5


@pytest.mark.slow
async def test_a_cell_with_await_works_beside_the_blocking_client(
    kernel: Kernel, service: LocalServer
) -> None:
    before = "print(client.start('blocking', model='m').text)"
    async with kernel(cells(CONNECT, before, AWAITS, before)) as client:
        await run(client)
    assert printed(client.nb, "await") == "['one', ' two']\nblocking again\n"
    assert len(service.requests) == 5


async def interrupt(
    client: NotebookClient, cell: NotebookNode, service: LocalServer
) -> None:
    """Run a cell that neither ends nor fails; stop it when it has begun to wait."""
    asked = len(service.requests)
    running = asyncio.ensure_future(client.async_execute_cell(cell, 0))
    while not cell.outputs or len(service.requests) == asked:
        assert not running.done()
        await asyncio.sleep(0.01)
    manager: Any = client.km
    await manager.interrupt_kernel()
    await asyncio.wait_for(running, timeout=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "trouble"),
    [
        (READS_A_STREAM, Trouble(stall=True, after_events=2)),
        (IS_BUSY_ITSELF, Trouble(stall=True, after_events=2)),
        (WAITS_FOR_AN_ANSWER, Trouble(stall=True)),
    ],
    ids=["it_reads_a_stream", "it_is_busy_itself", "it_waits_for_an_answer"],
)
async def test_interrupting_the_kernel_stops_a_cell_and_closes_its_connection(
    source: str, trouble: Trouble, kernel: Kernel, service: LocalServer
) -> None:
    """The client has one connection, and it is busy until the answer is dropped."""
    service.inflict(trouble)
    cell = new_code_cell(source)
    async with kernel(cells(CONNECT)) as client:
        await run(client)
        await interrupt(client, cell, service)
        stalled = service.conversations[0].id
        goes_on = f"print(client.append({stalled!r}, 'go on', timeout=5).text)"
        client.nb.cells = [new_code_cell(goes_on)]
        await run(client)
    assert cell.outputs[-1].ename == "KeyboardInterrupt"
    assert printed(client.nb, "go on") == "go on\n"
