"""`display()` of streams and runs, on stdout and in a cell, async and blocking."""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pytest

from mistral_conversations import (
    AsyncConversations,
    ConfigurationError,
    Conversations,
    NotFoundError,
    RunPaused,
    StreamInterruptedError,
    function_tool,
)
from mistral_conversations.display import view
from mistral_conversations.display.cell import Cell
from mistral_conversations.server import (
    LocalServer,
    Piece,
    Trouble,
    call,
    execute,
    say,
    think,
)
from tests.support.bodies import delta, done, started, tool_started
from tests.support.client_and_server import ask, served_by
from tests.support.clients import becomes_true, begin_text, nothing_in_use
from tests.support.programs import interrupt_program
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    chunked,
    event,
    raw_server_on_thread,
    stream_head,
)

Capture: TypeAlias = pytest.CaptureFixture[str]
Display: TypeAlias = Callable[[LocalServer | RawServer, Callable[[Any], Any]], Any]

TURNS: Sequence[Piece | Sequence[Piece]] = [
    [
        think("Let me see."),
        say("I **add**."),
        execute("web_search", arguments={"query": "sums"}),
        call("add", a=2, b=3),
    ],
    say("It is five."),
]
CALL = '[add] {"a":2,"b":3}\n'
FIRST_TURN = (
    f'[thinking] Let me see.\nI **add**.\n[web_search] {{"query":"sums"}}\n{CALL}'
)
OPEN = "  = [no result yet]\n"


def add(a: int, b: int) -> int:
    return a + b


def ask_to_add(client: Any) -> Any:
    return client.run_stream("2 + 3?", model="m", tools=[add])


def ask_to_count(client: Any) -> Any:
    return client.start_stream("one two three", model="m")


def display_async(server: LocalServer | RawServer, make: Callable[[Any], Any]) -> Any:
    async def main() -> Any:
        async with AsyncConversations("key", base_url=server.base_url) as client:
            source = make(client)
            assert await source.display() is None
            return source

    return asyncio.run(main())


def display_blocking(
    server: LocalServer | RawServer, make: Callable[[Any], Any]
) -> Any:
    with Conversations("key", base_url=server.base_url) as client:
        source = make(client)
        assert source.display() is None
        return source


@pytest.fixture(params=[display_async, display_blocking], ids=["async", "blocking"])
def display(request: pytest.FixtureRequest) -> Display:
    """Return a function that displays a stream or a run, and returns it."""
    function: Display = request.param
    return function


class Recorder:
    """The output of a cell, which keeps everything that it was asked to show."""

    def __init__(self) -> None:
        self.bundles: list[Mapping[str, Any]] = []

    def show(self, bundle: Mapping[str, Any]) -> None:
        self.bundles.append(bundle)

    def shows(self, *texts: str) -> bool:
        html = self.bundles[-1]["text/html"] if self.bundles else ""
        return all(text in html for text in texts)


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Run the test in a cell that records its output."""
    output = Recorder()
    monkeypatch.setattr(view, "_cell", lambda: Cell(output))
    return output


def test_a_stream_appears_as_text(display: Display, capsys: Capture) -> None:
    with LocalServer(TURNS) as server:
        stream = display(server, lambda client: client.start_stream("?", model="m"))
    assert capsys.readouterr().out == FIRST_TURN + OPEN
    assert stream.snapshot.text == "I **add**."
    assert "done" in repr(stream)


def test_a_run_appears_with_its_functions(display: Display, capsys: Capture) -> None:
    with LocalServer(TURNS) as server:
        run = display(server, ask_to_add)
    assert capsys.readouterr().out == f"{FIRST_TURN}  = 5\nIt is five.\n"
    assert run.snapshot.text == "It is five."


def test_a_pause_shows_the_call_that_waits(display: Display, capsys: Capture) -> None:
    careful = function_tool(add, requires_approval=True)
    with LocalServer([call("add", a=2, b=3)]) as server, pytest.raises(RunPaused):
        display(server, lambda c: c.run_stream("?", model="m", tools=[careful]))
    assert capsys.readouterr().out == CALL + OPEN


def test_what_came_before_a_cut_stays(display: Display, capsys: Capture) -> None:
    with LocalServer() as server:
        server.inflict(Trouble(cut="reset", after_events=3))
        with pytest.raises(StreamInterruptedError) as caught:
            display(server, ask_to_count)
    assert capsys.readouterr().out == "one two\n"
    assert not [name for frame in caught.traceback if "follow" in (name := frame.name)]


def test_a_rejected_request_shows_nothing(display: Display, capsys: Capture) -> None:
    with LocalServer() as server:
        server.inflict(Trouble(status=404))
        with pytest.raises(NotFoundError):
            display(server, ask_to_count)
    assert capsys.readouterr().out == ""


def test_a_stream_is_shown_once(display: Display, capsys: Capture) -> None:
    with LocalServer() as server:
        shown = display(server, ask_to_count)
        with pytest.raises(ConfigurationError, match="has been read"):
            display(server, lambda _: shown)
        assert len(server.requests) == 1
    assert capsys.readouterr().out == "one two three\n"


def test_an_error_of_stdout_closes_the_stream(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise BrokenPipeError

    opened: list[Any] = []

    def make(client: Any) -> Any:
        opened.append(ask_to_count(client))
        return opened[0]

    monkeypatch.setattr(view, "write", fail)
    with LocalServer() as server, pytest.raises(BrokenPipeError):
        display(server, make)
    assert repr(opened[0]).endswith(", closed>")


@pytest.mark.anyio
async def test_a_cancel_leaves_what_came_and_closes_the_stream(capsys: Capture) -> None:
    async def begin(_: Request, connection: Connection) -> None:
        await begin_text(connection)

    async with served_by(begin) as (client, _):
        stream = ask(client)
        task = asyncio.create_task(stream.display())
        assert await becomes_true(lambda: stream.snapshot and stream.snapshot.text)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert repr(stream).endswith(", closed>")
        assert await nothing_in_use(client)
    assert capsys.readouterr().out == "onetwo\n"


@pytest.mark.processes
def test_ctrl_c_leaves_what_came_and_closes_the_stream() -> None:
    async def begin(_: Request, connection: Connection) -> None:
        events = started(), delta("one\n"), delta("two")
        await connection.send(stream_head() + chunked(*map(event, events)))
        await connection.until_client_closes()

    with raw_server_on_thread(begin) as server:
        ended = interrupt_program(
            "new_client().start_stream('?', model='m').display()", server, word="one"
        )
    assert ended.out == "one\ntwo\n"
    assert ended.err.endswith("\nKeyboardInterrupt\n")
    assert ended.code == -signal.SIGINT


def test_the_cell_shows_the_last_state_alone(
    display: Display, cell: Recorder, capsys: Capture
) -> None:
    with LocalServer(TURNS, latency=0.01) as server:
        run = display(server, ask_to_add)
    assert capsys.readouterr().out == ""
    assert cell.bundles[-1]["text/html"] == run.snapshot._repr_html_()
    assert cell.bundles[-1]["text/plain"].endswith("It is five.\n")


def test_the_cell_shows_what_came_although_nothing_more_comes(
    display: Display, cell: Recorder
) -> None:
    """The service sends the rest only once the cell shows the tool that has started."""

    async def search(_: Request, connection: Connection) -> None:
        begun = started(), delta("Wait."), tool_started(output_index=1)
        await connection.send(stream_head())
        for each in begun:
            await connection.send(chunked(event(each)))
        if await becomes_true(lambda: cell.shows("running code_interpreter")):
            await connection.send(chunked(event(done()), end=True))
        connection.close()

    with raw_server_on_thread(search) as server:
        display(server, ask_to_count)
    assert cell.shows("Wait.", "code_interpreter")
    assert not cell.shows("running")


def test_the_cell_keeps_what_came_before_a_cut(
    display: Display, cell: Recorder
) -> None:
    with LocalServer() as server:
        server.inflict(Trouble(cut="reset", after_events=3))
        with pytest.raises(StreamInterruptedError):
            display(server, ask_to_count)
    assert cell.shows("one two")
    assert not cell.shows("being written")
    assert cell.bundles[-1]["text/plain"] == "one two\n"


def test_a_rejected_request_leaves_no_output(display: Display, cell: Recorder) -> None:
    with LocalServer() as server:
        server.inflict(Trouble(status=404))
        with pytest.raises(NotFoundError):
            display(server, ask_to_count)
    assert cell.bundles == []
