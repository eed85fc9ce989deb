"""`chat` in a real terminal, as far as tmux is one."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest

from mistral_conversations.server import LocalServer
from tests.support.commands import COMMAND
from tests.support.obedient_server import eventually
from tests.support.slow_server import slow_server

pytestmark = [
    pytest.mark.processes,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux"),
]

LONGEST = 30

QUIET_COMMAND = [word for word in COMMAND if word not in {"-X", "dev"}]
"""In dev mode, asyncio writes about slow callbacks, and a busy machine has some."""


class Screen:
    """A window of a tmux of its own, with a chat in it."""

    def __init__(self, server: LocalServer) -> None:
        self._folder = TemporaryDirectory(prefix="tmux-")  # a short path, for a socket
        environment = (
            f"MISTRAL_API_KEY=k MISTRAL_BASE_URL={server.base_url} NO_PROXY=* "
            f"XDG_STATE_HOME={self._folder.name}"
        )
        command = f"env {environment} {shlex.join([*QUIET_COMMAND, 'chat'])}"
        size = "-x", "200", "-y", "40"
        shell = f"{command}; echo code $?; exec cat"
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, shell)

    def close(self) -> None:
        self._tmux("kill-server")
        self._folder.cleanup()

    def keys(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def shows(self, pattern: str) -> bool:
        """Wait until the screen shows something."""
        found = eventually(lambda: re.search(pattern, self.text()), LONGEST)
        return found or pytest.fail(f"no {pattern!r} on the screen:\n{self.text()}")

    def paste(self, text: str) -> None:
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p")

    def text(self) -> str:
        return self._tmux("capture-pane", "-p").rstrip()

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-S", f"{self._folder.name}/socket", *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=LONGEST
        ).stdout


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with slow_server() as server:
        yield server


@pytest.fixture
def screen(server: LocalServer) -> Iterator[Screen]:
    screen = Screen(server)
    try:
        assert screen.shows(r"leaves\]\n\n>$")
        yield screen
    finally:
        screen.close()


def test_chat_in_a_real_terminal(screen: Screen, server: LocalServer) -> None:
    screen.keys("tools", "Enter")
    assert screen.shows(r"\n  = 42\n\nIt is 42\.\n\n>$")
    assert "[thinking] Hm.\n" in screen.text()
    searched = '[web_search] {"query":"rain"}\n\nLet me\\x1b]0;stolen\\x07 see.'
    assert searched in screen.text()
    screen.keys("long", "Enter")
    assert screen.shows("word word")
    screen.keys("C-c")
    assert screen.shows(r"word\n\[stopped\]\n\n>$")
    assert "the end" not in screen.text()
    screen.keys("helo", "Left", "l", "Enter")
    assert screen.shows(r"waiting up to 90 s\]\nYou said 'hello'\.\n\n>$")
    screen.paste("one\ntwo\n")
    assert screen.shows(r"> one\n\.\.\. two\n\.\.\.$")
    screen.keys("Enter")
    assert screen.shows(r"You said 'one\\ntwo\\n'\.\n\n>$")
    screen.keys("C-c")
    assert screen.shows(r"\[Ctrl-D or /exit leaves\]\n\n>$")
    screen.keys("C-d")
    (conversation,) = server.conversations
    assert screen.shows(rf"chat\s+--continue\s+{conversation.id}\ncode 0$")
    assert "Traceback" not in screen.text()
