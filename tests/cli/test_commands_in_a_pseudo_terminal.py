"""Commands in a pseudo terminal: progress, headings, colours and Ctrl-C."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from mistral_conversations import Mistral
from mistral_conversations.server import LocalServer
from tests.support.commands import COMMAND

pytestmark = [
    pytest.mark.processes,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="it has none"),
    # Python 3.15 raises it from pexpect, beside the thread of pytest-xdist.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of forkpty"),
]


@contextmanager
def typed(server: LocalServer, *words: str) -> Iterator["pexpect.spawn[str]"]:
    """Run a command in a terminal with colours, 70 cells wide."""
    env = {
        **os.environ,
        "MISTRAL_API_KEY": "k",
        "MISTRAL_BASE_URL": server.base_url,
        "NO_PROXY": "*",
        "TERM": "xterm-256color",
    }
    env.pop("COLUMNS", None)
    env.pop("NO_COLOR", None)
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *words],
        env=env,
        timeout=30,
        encoding="utf-8",
        dimensions=(40, 70),
    )
    try:
        yield child
    finally:
        child.close(force=True)


def library_on(server: LocalServer, name: str) -> str:
    with Mistral("k", base_url=server.base_url) as client:
        return client.libraries.create(name).id


def test_ctrl_c_stops_the_wait_for_a_document_and_shows_the_cursor(
    tmp_path: Path,
) -> None:
    path = tmp_path / f"{'sails' * 20}.txt"
    path.write_text("Sails")
    with LocalServer(processing=60) as server:
        library = library_on(server, "Ships")
        with typed(server, "libraries", "upload", library, str(path)) as child:
            child.expect_exact("5/5 bytes")
            child.expect_exact("\x1b[?25l")  # hides the cursor
            child.expect_exact("processing (Running) sails")
            child.sendintr()
            child.expect_exact("\x1b[?25h")
            child.expect(pexpect.EOF)
            assert "Traceback" not in (child.before or "")
        assert child.exitstatus == 130


def test_a_list_fits_the_terminal_and_an_error_is_red() -> None:
    with LocalServer() as server:
        library = library_on(server, "Ships that sail over all the seas")
        with typed(server, "libraries", "list") as child:
            child.expect(pexpect.EOF)
            heading, line = (child.before or "").splitlines()
        assert heading.startswith("\x1b[1mID  ")
        assert line.startswith(library)
        assert line.endswith("  Ships that sail over…")
        assert len(line) == 70
        with typed(server, "show", "conv_none") as child:
            child.expect_exact("\x1b[1;31merror:\x1b[0m HTTP 404: ")
            child.expect(pexpect.EOF)
        assert child.exitstatus == 1
