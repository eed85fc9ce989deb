"""Programs in separate processes, under `-X dev -W error`."""

import signal
import time
from pathlib import Path
from typing import TypeAlias

import attrs

from mistral_conversations.server import LocalServer
from tests.support.interpreter import AT_THE_END, Ended, completed, running
from tests.support.obedient_server import eventually
from tests.support.raw_server import RawServer

__all__ = ["PROMPTLY", "interrupt_program", "run_program"]

PROMPTLY = 3.0
"""Seconds until a program must have ended; G13 allows one, on an idle machine."""

Server: TypeAlias = RawServer | LocalServer

PRELUDE = """
import asyncio, atexit, gc, os, signal, sys, threading, time, warnings
from mistral_conversations import *

# Python 3.15 raises it from os.fork.
warnings.filterwarnings("ignore", ".*multi-threaded, use of fork", DeprecationWarning)

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


def run_program(program: str, server: Server) -> Ended:
    """Run a program to its end.

    At exit, what it adds to `sys.at_the_end` is called after everything that it or the
    package registers.
    """
    return completed(AT_THE_END + PRELUDE + program, server.base_url)


def interrupt_program(program: str, server: RawServer, word: str = "waiting") -> Ended:
    """Run a program; send Ctrl-C once it printed `word` and waits for the server."""
    with running(PRELUDE + program, server.base_url) as process:
        said: list[str] = []
        while not said or said[-1] != f"{word}\n":
            said.append(process.stdout.readline())
            assert said[-1], process.ended()
        assert eventually(lambda: server.requests and is_asleep(process.pid))
        process.send_signal(signal.SIGINT)
        ended = process.ended()
        return attrs.evolve(ended, out="".join(said) + ended.out)


def is_asleep(pid: int) -> bool:
    """Return whether the main thread of a process waits, twice in a row."""
    states = []
    for _ in range(2):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        states.append(stat.rpartition(") ")[2].partition(" ")[0])
        time.sleep(0.005)
    return states == ["S", "S"]
