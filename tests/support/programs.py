"""Programs in processes of their own, under `-X dev -W error`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import attrs

from mistral_conversations.server import LocalServer
from tests.support.obedient_server import eventually
from tests.support.raw_server import RawServer

__all__ = ["Ended", "interrupted", "ran", "running"]

Server: TypeAlias = RawServer | LocalServer

LONGEST = 30.0

# asyncio's debug mode tells of every step that takes 0.1 s; a busy machine makes some.
PRELUDE = """
import asyncio, atexit, gc, logging, os, signal, sys, threading, time
from mistral_conversations import *
logging.getLogger("asyncio").addFilter(lambda told: "Executing" not in told.msg)

def new_client(key="key", **options):
    options.setdefault("retries", 0)
    return Conversations(key, base_url=sys.argv[1], **options)

def say(*words):
    print(*words, flush=True)

def loop_threads():
    return sum(t.name == "mistral_conversations" for t in threading.enumerate())

def soon(condition, seconds=5):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.002)
    return condition()
"""


@attrs.frozen
class Ended:
    """What a program left."""

    code: int
    out: str
    err: str
    seconds: float = 0.0
    """From the signal to the end, or from the beginning where there was none."""


@contextmanager
def running(
    program: str, server: Server, before: str = ""
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program with the server's address; kill what has not ended."""
    flags = ["-X", "dev", "-W", "error", "-c"]
    with subprocess.Popen(
        [sys.executable, *flags, before + PRELUDE + program, server.base_url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def ran(program: str, server: Server, *, before: str = "") -> Ended:
    """Run a program to its end; `before` comes before the package is imported."""
    begin = time.monotonic()
    with running(program, server, before) as process:
        out, err = process.communicate(timeout=LONGEST)
        return Ended(process.returncode, out, err, time.monotonic() - begin)


def interrupted(program: str, server: RawServer, word: str = "waiting") -> Ended:
    """Run a program, send Ctrl-C once it waits after its word for the server."""
    with running(program, server) as process:
        assert process.stdout is not None
        said: list[str] = []
        while not said or said[-1] != f"{word}\n":
            said.append(process.stdout.readline())
            assert said[-1], process.stderr and process.stderr.read()
        assert eventually(lambda: server.requests and asleep(process.pid))
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONGEST)
        seconds = time.monotonic() - begin
        return Ended(process.returncode, "".join(said) + out, err, seconds)


def asleep(pid: int) -> bool:
    """Tell whether the main thread of a process waits, twice in a row."""
    states = []
    for _ in range(2):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        states.append(stat.rpartition(") ")[2].partition(" ")[0])
        time.sleep(0.005)
    return states == ["S", "S"]
