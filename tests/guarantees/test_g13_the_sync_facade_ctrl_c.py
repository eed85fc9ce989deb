"""G13: Ctrl-C ends whatever waits in under a second, and closes its connection."""

import re
import signal

import pytest

from tests.support.obedient_server import eventually, obedient_server
from tests.support.programs import PROMPTLY, interrupt_program, run_program

pytestmark = pytest.mark.processes


PROGRAMS = {
    "iterates": """
for event in new_client().start_stream("begin", model="m"):
    if event.type == "message.output.delta" and event.text == "two":
        say("waiting")
""",
    "iterates_inside_with": """
with new_client() as client, client.start_stream("begin", model="m") as stream:
    for event in stream:
        if event.type == "message.output.delta" and event.text == "two":
            say("waiting")
""",
    "iterates_over_text": """
for text in new_client().start_stream("begin", model="m").text():
    if text == "two":
        say("waiting")
""",
    "iterates_by_next": """
client = new_client()
stream = client.start_stream("begin", model="m")
for _ in range(3):
    next(stream)
say("waiting")
next(stream)
""",
    "waits_for_the_response": """
client = new_client()
stream = client.start_stream("begin", model="m")
say("waiting")
stream.response()
""",
    "waits_for_the_response_inside_with": """
with new_client() as client, client.start_stream("begin", model="m") as stream:
    say("waiting")
    stream.response()
""",
    "waits_for_a_plain_call": """
client = new_client()
say("waiting")
client.start("mute", model="m")
""",
    "waits_for_a_plain_call_inside_with": """
with new_client() as client:
    say("waiting")
    client.start("mute", model="m")
""",
    "waits_for_a_stream_to_open": """
with new_client() as client:
    say("waiting")
    with client.start_stream("mute", model="m"):
        pass
""",
    "waits_to_try_again": """
with new_client(retries=2) as client:
    say("waiting")
    client.start("come again", model="m")
""",
    "is_in_code_of_its_own_inside_with": """
with new_client() as client, client.start_stream("begin", model="m") as stream:
    for event in stream:
        say("waiting")
        time.sleep(20)
""",
}

CATCHERS = {
    "a_stream": """
client = new_client()
stream = client.start_stream("begin", model="m")
try:
    for event in stream:
        if event.type == "message.output.delta" and event.text == "two":
            say("waiting")
except KeyboardInterrupt:
    say(stream.snapshot.text)
client.start("plain", model="m")
client.start_stream("stream", model="m").response()
say("done", loop_threads())
client.close()
say(loop_threads())
""",
    "a_plain_call": """
client = new_client(limit=1)
try:
    say("waiting")
    client.start("mute", model="m")
except KeyboardInterrupt:
    say("onetwo")
client.start("plain", model="m")
client.start_stream("stream", model="m").response()
say("done", loop_threads())
client.close()
say(loop_threads())
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_ctrl_c_ends_a_program_that(program: str) -> None:
    with obedient_server() as server:
        ended = interrupt_program(PROGRAMS[program], server)
        assert_only_interrupted(ended.err)
        assert ended.code == -signal.SIGINT
        assert ended.seconds < PROMPTLY
        assert eventually(lambda: not server.open_connections, 1)


def assert_only_interrupted(err: str) -> None:
    """Check for one traceback of KeyboardInterrupt and no other output."""
    first, *frames, last, end = err.split("\n")
    assert (first, last, end) == (
        "Traceback (most recent call last):",
        "KeyboardInterrupt",
        "",
    )
    assert [line for line in frames if not re.match("  ", line)] == []


@pytest.mark.parametrize("program", CATCHERS)
def test_client_continues_after_ctrl_c_in(program: str) -> None:
    with obedient_server() as server:
        ended = interrupt_program(CATCHERS[program], server)
        assert ended.err == ""
        assert ended.out == "waiting\nonetwo\ndone 1\n0\n"
        assert ended.code == 0


def test_stream_is_closed_by_ctrl_c_while_its_object_lives_on() -> None:
    program = """
client = new_client()
stream = client.start_stream("begin", model="m")
try:
    for event in stream:
        if event.type == "message.output.delta" and event.text == "two":
            say("waiting")
except KeyboardInterrupt:
    pass
client.start("word", model="m")
try:
    stream.response()
except StreamInterruptedError as error:
    say(error.partial.text)
"""
    with obedient_server() as server:
        ended = interrupt_program(program, server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "waiting\nonetwo\n"


def test_ctrl_c_during_the_first_call_leaves_no_thread() -> None:
    """The thread of the loop is starting: it imports what it needs."""
    program = """
import anyio
run = anyio.run
def run_later(*arguments, **options):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)
    return run(*arguments, **options)
anyio.run = run_later
client = new_client()
try:
    client.start("plain", model="m")
except KeyboardInterrupt:
    anyio.run = run
client.start("plain", model="m")
client.close()
say(soon(lambda: not loop_threads()))
"""
    with obedient_server() as server:
        ended = run_program(program, server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "True\n"


def test_call_interrupted_before_the_loop_had_time_for_it_holds_no_connection() -> None:
    """The loop is busy, by a function for the key that takes its time."""
    program = """
begun = threading.Event()
def slow_key():
    begun.set()
    time.sleep(0.4)
    return "key"
other = new_client(slow_key)
busy = threading.Thread(target=other.start, args=["plain"], kwargs={"model": "m"})
busy.start()
begun.wait()
client = new_client(limit=1)
threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()
try:
    client.start("mute", model="m")
except KeyboardInterrupt:
    say("interrupted")
busy.join()
say(client.start("plain", model="m", timeout=Timeout(connect=2)).text)
"""
    with obedient_server() as server:
        ended = run_program(program, server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "interrupted\nBlue, mostly.\n"
