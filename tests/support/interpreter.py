"""An interpreter under `-X dev -W error` that forks a process for each program.

Imports are most of the cost of a short program. The interpreter has done them; its
child has streams, arguments and a session of its own, and exits as any interpreter.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from typing import IO, Any

import attrs

__all__ = [
    "AT_THE_END",
    "BARE",
    "DEPENDENCIES",
    "EVERYTHING",
    "LIBRARIES",
    "Ended",
    "Program",
    "completed",
    "running",
    "without_slow_steps",
]

LONGEST = 30.0
"""Seconds after which a program counts as hanging."""

BARE = ""
LIBRARIES = "import aiohttp, attrs, cattrs, msgspec"
"""What every client imports, without what it imports later or not at all."""
DEPENDENCIES = """
import asyncio, concurrent.futures.thread, email.utils, http.client, secrets
import aiohttp, anyio.from_thread, anyio._backends._asyncio, attrs, cattrs, msgspec
"""
AT_THE_END = """
import atexit, sys
if not hasattr(sys, "at_the_end"):
    sys.at_the_end = []
    atexit.register(lambda: [function() for function in sys.at_the_end])
"""
"""Calls the functions in `sys.at_the_end` at exit, after those registered later."""
EVERYTHING = f"""{DEPENDENCIES}{AT_THE_END}
from mistral_conversations import *
from mistral_conversations.server import *
import mistral_conversations.cli
"""
"""The imports of the interpreter before it forks."""

SERVER = """
import gc, json, os, socket, sys

def forked(channel):
    children = []
    while True:
        _, files, _, _ = socket.recv_fds(channel, 1, 4)
        while children:
            os.waitpid(children.pop(), 0)
        if not files:
            channel.close()
            sys.exit()
        child = os.fork()
        if not child:
            channel.close()
            return files
        children.append(child)
        for file in files:
            os.close(file)
        channel.sendall(b"began %d\\n" % child)
        # It stays a zombie until the next order, so that its id is not reused.
        left = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        sign = 1 if left.si_code == os.CLD_EXITED else -1
        channel.sendall(b"ended %d\\n" % (sign * left.si_status))

def prepared(order, *streams):
    os.setsid()
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    with open(order, encoding="utf-8") as file:
        program, sys.argv[1:], environment = json.load(file)
    os.environ.clear()
    os.environ.update(environment)
    return program

exec(sys.argv[2], {})
if sys.argv[2]:  # what the programs import is compiled once
    sys.dont_write_bytecode, sys.pycache_prefix = False, sys.argv[3]
gc.freeze()  # collections skip what is imported, as in conftest.py
exec(prepared(*forked(socket.socket(fileno=int(sys.argv[1])))))
"""


@attrs.frozen
class Ended:
    """The exit code and output of a program."""

    code: int
    out: str
    err: str
    """Without the messages of asyncio's debug mode on slow steps."""
    seconds: float
    """From the last signal to the end, or from the beginning if there was none."""


@attrs.define
class Program:
    """A running program."""

    pid: int
    stdout: IO[str]
    _stderr: IO[str]
    _interpreter: "Interpreter"
    _code: int | None = None
    _since: float = attrs.field(factory=time.monotonic)

    def send_signal(self, number: int) -> None:
        self._since = time.monotonic()
        os.kill(self.pid, number)

    def ended(self) -> Ended:
        """Wait for the program to end."""
        self._code = self._interpreter.number("ended")
        out = self.stdout.read()
        seconds = time.monotonic() - self._since
        self._stderr.seek(0)
        err = without_slow_steps(self._stderr.read())
        return Ended(self._code, out, err, seconds)

    def kill(self) -> None:
        """Kill the program if it still runs, with all its children."""
        if self._code is None:
            for kill in (os.killpg, os.kill):  # it may not have a session yet
                with suppress(ProcessLookupError):
                    kill(self.pid, signal.SIGKILL)
            self._code = self._interpreter.number("ended")


class Interpreter:
    """Forks programs, one at a time."""

    def __init__(self, imports: str) -> None:
        self._compiled = tempfile.TemporaryDirectory()
        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(LONGEST)
        with theirs:
            file = theirs.fileno()
            flags = ["-X", "dev", "-W", "error", "-c", SERVER, str(file)]
            self._process = subprocess.Popen(
                [sys.executable, *flags, imports, self._compiled.name],
                # Pipes, as for the programs: Python checks once whether it may seek.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[file],
                start_new_session=True,
            )

    def close(self) -> None:
        self._channel.close()
        self._process.communicate()
        self._compiled.cleanup()

    def begin(self, files: Sequence[int]) -> int:
        """Fork a process, and return its id."""
        socket.send_fds(self._channel, [b"."], files)
        pid = self.number("began")
        assert pid > 1, pid  # a signal to 1 or less would reach every process
        return pid

    def number(self, word: str) -> int:
        """Return the next number from the interpreter: an id or an exit code."""
        line = b""
        while not line.endswith(b"\n"):
            got = self._channel.recv(1)
            assert got, "the interpreter has ended"
            line += got
        said, number = line.decode().split()
        assert said == word, line
        return int(number)


@cache
def _kept(imports: str) -> Interpreter:
    interpreter = Interpreter(imports)
    atexit.register(interpreter.close)
    return interpreter


@contextmanager
def _interpreter(imports: str) -> Iterator[Interpreter]:
    if imports and os.environ.get("FRESH_INTERPRETERS") != "1":
        yield _kept(imports)
        return
    interpreter = Interpreter(BARE)
    try:
        yield interpreter
    finally:
        interpreter.close()


@contextmanager
def running(
    program: str,
    *arguments: str,
    imports: str = EVERYTHING,
    text: str = "",
    stdout: int | None = None,
    stderr: int | None = None,
) -> Iterator[Program]:
    """Run a program with this text as stdin; kill it on leaving if it still runs.

    With `FRESH_INTERPRETERS=1` in the environment, every program has an interpreter of
    its own, with nothing imported.

    Args:
        program: the code, which runs as `__main__`.
        arguments: the rest of `sys.argv` after the program's name.
        imports: the code that is imported beforehand.
        text: all of stdin, less than a pipe holds.
        stdout: a file number instead of a pipe.
        stderr: a file number instead of a file.
    """
    with ExitStack() as stack:
        interpreter = stack.enter_context(_interpreter(imports))
        order, err = (stack.enter_context(_file()) for _ in range(2))
        json.dump([program, arguments, dict(os.environ)], order)
        order.seek(0)
        out, stdout_ = (stack.enter_context(each) for each in _pipe())
        stdin, typed = (stack.enter_context(each) for each in _pipe())
        typed.write(text)
        typed.close()
        files = [order.fileno(), stdin.fileno()]
        files.append(stdout_.fileno() if stdout is None else stdout)
        files.append(err.fileno() if stderr is None else stderr)
        pid = interpreter.begin(files)
        stdout_.close()
        stdin.close()
        begun = Program(pid, out, err, interpreter)
        stack.callback(begun.kill)
        yield begun


def without_slow_steps(err: str) -> str:
    """Drop asyncio's lines on steps of 0.1 s: a busy machine has some."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Executing <"))


def completed(program: str, *arguments: str, **options: Any) -> Ended:
    """Run a program to its end."""
    with running(program, *arguments, **options) as begun:
        return begun.ended()


def _pipe() -> tuple[IO[str], IO[str]]:
    reads, writes = os.pipe()
    return os.fdopen(reads, encoding="utf-8"), os.fdopen(writes, "w", encoding="utf-8")


def _file() -> Any:
    return tempfile.TemporaryFile("w+", encoding="utf-8")
