"""`chat` in a pseudo terminal: what is typed, and the signals of its keys."""

import os
import signal
import sys
from collections.abc import Iterator

import pexpect
import pytest

from mistral_conversations.server import LocalServer
from tests.support.commands import COMMAND
from tests.support.slow_server import slow_server

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform == "win32", reason="it has none"),
    # Python 3.15 raises it from pexpect, beside the thread of pytest-xdist.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of forkpty"),
]

HINT = "[Ctrl-D or /exit leaves]"
PROMPT = "\n> "
LONGEST = 30


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with slow_server() as server:
        yield server


@pytest.fixture
def words() -> list[str]:
    """Return further words of the command."""
    return []


@pytest.fixture
def chat(server: LocalServer, words: list[str]) -> Iterator["pexpect.spawn[str]"]:
    """Run a chat until its first prompt."""
    env = {
        **os.environ,
        "MISTRAL_API_KEY": "k",
        "MISTRAL_BASE_URL": server.base_url,
        "NO_PROXY": "*",
        "TERM": "dumb",
    }
    chat = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "chat", "--model", "m", *words],
        env=env,
        timeout=LONGEST,
        encoding="utf-8",
        dimensions=(40, 200),
    )
    try:
        chat.expect_exact(
            "[Ctrl-C stops an answer, /help lists commands, Ctrl-D or /exit leaves]"
        )
        chat.expect_exact(PROMPT)
        yield chat
    finally:
        chat.close(force=True)


def _left(chat: "pexpect.spawn[str]") -> str:
    """Return the last output of a chat, which must end without an error."""
    out = chat.read()
    chat.wait()
    assert (chat.exitstatus, chat.signalstatus) == (0, None)
    assert "Traceback" not in out
    return out


def test_answers_stream_and_ctrl_d_leaves(
    chat: "pexpect.spawn[str]", server: LocalServer
) -> None:
    chat.sendline("Grüße")
    chat.expect_exact("You said 'Grüße'.\r\n> ")
    chat.sendline("")
    chat.expect_exact("> ")
    chat.sendline("again")
    chat.expect_exact("You said 'again'.\r\n> ")
    chat.sendeof()
    (conversation,) = server.conversations
    hint = f"chat --continue {conversation.id}\r\n"
    assert _left(chat).endswith(hint)
    assert len(conversation.entries) == 4


def test_tools_are_shown_and_drive_nothing(chat: "pexpect.spawn[str]") -> None:
    chat.sendline("tools")
    chat.expect_exact(
        "[thinking] Hm.\r\n"
        '[web_search] {"query":"rain"}\r\n'
        "Let me\\x1b]0;stolen\\x07 see.\r\n"
        "[code_interpreter]\r\n"
        "  | print(6 * 7)\r\n"
        "  = 42\r\n"
        "It is 42.\r\n> "
    )
    chat.sendline("/exit")
    _left(chat)


def test_result_of_a_call_is_asked_for(
    chat: "pexpect.spawn[str]", server: LocalServer
) -> None:
    chat.sendline("call")
    chat.expect_exact('[weather] {"city":"Oslo"}\r\nresult> ')
    chat.sendline("rain")
    chat.expect_exact("Thank you.\r\n> ")
    chat.sendeof()
    _left(chat)
    assert server.requests[-1].json["inputs"][0]["result"] == "rain"


def test_ctrl_c_stops_the_answer_and_not_the_chat(
    chat: "pexpect.spawn[str]", server: LocalServer
) -> None:
    chat.sendline("long")
    chat.expect_exact("word word")
    chat.sendintr()
    chat.expect(r"\^C\r\n\[stopped\]\r\n> ")
    assert "the end" not in (chat.before or "")
    chat.sendline("still there?")
    chat.expect_exact("[the previous answer is still being written; waiting ")
    chat.expect_exact("You said 'still there?'.\r\n> ")
    chat.sendeof()
    _left(chat)
    (conversation,) = server.conversations
    assert [entry["type"] for entry in conversation.entries] == [
        "message.input",
        "message.output",
    ] * 2


@pytest.mark.slow
def test_ctrl_c_stops_the_wait_for_a_busy_conversation(
    chat: "pexpect.spawn[str]",
) -> None:
    chat.sendline("long")
    chat.expect_exact("word word")
    chat.sendintr()
    chat.expect_exact("[stopped]\r\n> ")
    chat.sendline("one")
    chat.expect_exact("s]\r\n")
    chat.sendintr()
    chat.expect_exact("[stopped]\r\n> ")
    chat.sendline("two")
    chat.expect_exact("You said 'two'.\r\n> ")
    chat.sendeof()
    _left(chat)


@pytest.mark.slow
def test_ctrl_c_over_and_over_does_no_harm(chat: "pexpect.spawn[str]") -> None:
    for _ in range(2):
        chat.sendline("long")
        chat.expect_exact("word", timeout=LONGEST)
        for _ in range(20):
            chat.kill(signal.SIGINT)
        chat.expect_exact("[stopped")
    chat.sendline("")
    chat.sendline("enough")
    chat.expect_exact("You said 'enough'.\r\n> ")
    chat.sendeof()
    _left(chat)


def test_ctrl_c_at_a_prompt_drops_the_line(chat: "pexpect.spawn[str]") -> None:
    chat.sendintr()
    chat.expect_exact(f"{HINT}\r\n> ")
    chat.send("half a")
    chat.expect_exact("half a")
    chat.sendintr()
    chat.expect_exact(f"{HINT}\r\n> ")
    chat.sendline("whole")
    chat.expect_exact("You said 'whole'.\r\n> ")
    chat.sendeof()
    _left(chat)


def test_lines_are_recalled_and_not_kept(chat: "pexpect.spawn[str]") -> None:
    chat.sendline("once")
    chat.expect_exact("You said 'once'.\r\n> ")
    chat.send("\x1b[A\r")
    chat.expect_exact("You said 'once'.\r\n> ")
    chat.send("twoX\x08\r")
    chat.expect_exact("You said 'two'.\r\n> ")
    chat.sendeof()
    _left(chat)


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--tools", "tests.support.waiting:weather"]])
def test_function_is_asked_about_and_ctrl_c_stops_it(
    chat: "pexpect.spawn[str]", server: LocalServer
) -> None:
    chat.sendline("call")
    chat.expect_exact('[weather] {"city":"Oslo"}\r\nrun it? [y/n/a] ')
    chat.sendintr()
    chat.expect_exact(f"{HINT}\r\n")
    chat.expect_exact("run it? [y/n/a] ")
    chat.sendline("y")
    chat.expect_exact("waiting")
    chat.sendintr()
    chat.expect_exact("[stopped]\r\n> ")
    chat.sendline("well?")
    chat.expect_exact("run it? [y/n/a] ")
    chat.sendline("n")
    chat.expect_exact("Thank you.\r\n> ")
    chat.sendeof()
    _left(chat)
    result, message = server.requests[-1].json["inputs"]
    assert (result["type"], message["content"]) == ("function.result", "well?")
