"""A smoke run of an installed wheel, as a script: no sources, no `tests` to import.

python -P tests/smoke.py
"""

import asyncio
import importlib.metadata
import importlib.util
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

import mistral_conversations
from mistral_conversations import AsyncConversations, Conversations, Recovery
from mistral_conversations.server import LocalServer, Trouble, call

MODEL = "any-model"
COMMAND = Path(sysconfig.get_path("scripts")) / "mistral-conversations"
TESTS = """
from mistral_conversations.server import say


def test_blocking(mistral_server, conversations):
    mistral_server.model = [say("Hello!")]
    assert conversations.start("Hi", model="m").text == "Hello!"
"""


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def check_the_package() -> None:
    """The package is the installed one, whole, and alone."""
    folder = Path(mistral_conversations.__file__).parent
    assert folder.parent == Path(sysconfig.get_path("purelib")), folder
    assert (folder / "py.typed").is_file()
    assert importlib.util.find_spec("tests") is None
    version = importlib.metadata.version("mistral-conversations")
    assert version == mistral_conversations.__version__
    for name in mistral_conversations.__all__:
        getattr(mistral_conversations, name)


async def check_the_client() -> None:
    """Plain calls, streams, runs and a recovery are answered by LocalServer."""
    async with (
        LocalServer() as server,
        AsyncConversations("key", base_url=server.base_url) as client,
    ):
        first = await client.start("Hello", model=MODEL)
        assert first.text == "Hello"
        server.inflict(Trouble(cut="reset", after_events=3))
        quick = Recovery(timeout=10, settle=0, poll=0.05)
        stream = client.append_stream(first.conversation_id, "a b c", recover=quick)
        async with stream:
            assert [piece async for piece in stream.text()][:2] == ["a", " b"]
        assert stream.recovered
        server.model = [[call("add", a=1, b=2)], "Three."]
        result = await client.run("Add", model=MODEL, tools=[add])
        assert (result.text, result.calls[0].value) == ("Three.", 3)


def check_the_blocking_client() -> None:
    """A blocking client needs no event loop of its own."""
    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        stream = client.start_stream("Hi there", model=MODEL)
        assert "".join(stream.text()) == "Hi there"


def check_the_plugin(folder: Path) -> None:
    """pytest finds the fixtures."""
    (folder / "test_it.py").write_text(TESTS)
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    subprocess.run([sys.executable, *arguments], check=True, cwd=folder)


def check_the_command_line() -> None:
    """The commands talk to a server that the command line runs."""
    run(0, "--help")
    run(2, "no-such-command")
    with subprocess.Popen(
        [COMMAND, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            base_url = server.stdout.readline().strip() if server.stdout else ""
            client = Conversations("key", base_url=base_url)
            id = client.start("From the wheel", model=MODEL).conversation_id
            client.close()
            assert id in run(0, "list", base_url=base_url)
            assert "From the wheel" in run(0, "show", id, base_url=base_url)
            run(1, "show", "conv_0", base_url=base_url)
            said = run(0, "chat", "--model", MODEL, base_url=base_url, given="Hello?\n")
            assert "Hello?" in said
        finally:
            server.send_signal(signal.SIGINT)
    assert server.returncode == 0


def run(code: int, *arguments: str, base_url: str = "", given: str = "") -> str:
    """Run the command, which must end with an exit code; return what it prints."""
    ended = subprocess.run(
        [COMMAND, *arguments],
        input=given,
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "MISTRAL_API_KEY": "key", "MISTRAL_BASE_URL": base_url},
    )
    assert ended.returncode == code, (arguments, ended)
    return ended.stdout


def main() -> None:
    """Run all checks."""
    check_the_package()
    asyncio.run(check_the_client())
    check_the_blocking_client()
    with TemporaryDirectory() as folder:
        check_the_plugin(Path(folder))
    check_the_command_line()
    sys.stdout.write(f"smoke run passed: Python {sys.version.split()[0]}\n")


if __name__ == "__main__":
    main()
