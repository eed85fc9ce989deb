"""G13: after a fork the child has a loop of its own, and the parent keeps its own."""

import os

import pytest

from tests.support.obedient_server import eventually, obedient_server
from tests.support.programs import run_program

PROMPTLY = 4.0
"""Seconds: less than the limits in the package after which something is given up."""

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork"),
]

# The parent has used its client; each of these is what its child does before it exits.
CHILDREN = {
    "does_nothing": "",
    "uses_the_client": """
say(client.start("plain", model="m").text, loop_threads())
""",
    "uses_the_client_and_closes_it": """
client.start("plain", model="m")
client.close()
say("closed", loop_threads())
""",
    "only_closes_the_client": """
client.close()
say("closed", loop_threads())
""",
    "closes_a_view": """
view = client.with_options(timeout=5)
view.close()
say("closed", loop_threads())
""",
    "drops_the_client": """
del client
gc.collect()
say("dropped", loop_threads())
""",
    "closes_the_client_and_uses_a_new_one": """
client.close()
with new_client() as other:
    other.start("plain", model="m")
    say("used", loop_threads())
say("closed", loop_threads())
""",
    "uses_a_new_client": """
with new_client() as other:
    say(other.start_stream("stream", model="m").response().text, loop_threads())
say("closed", loop_threads())
""",
    "leaves_a_stream_open": """
stream = client.start_stream("begin", model="m")
next(stream)
say("reading", loop_threads())
""",
    "uses_the_client_inside_with": """
with client:
    client.start("plain", model="m")
    sys.exit(0)
""",
    "forks_again": """
client.start("plain", model="m")
if not os.fork():
    say(client.start("plain", model="m").text, loop_threads())
    sys.exit(0)
os.wait()
client.start("plain", model="m")
""",
    "uses_the_client_in_a_thread": """
thread = threading.Thread(target=client.start, args=["plain"], kwargs={"model": "m"})
thread.start()
thread.join()
say("used", loop_threads())
""",
}
SAID = {
    "does_nothing": "",
    "uses_the_client": "Blue, mostly. 1\n",
    "uses_the_client_and_closes_it": "closed 0\n",
    "only_closes_the_client": "closed 0\n",
    "closes_a_view": "closed 0\n",
    "drops_the_client": "dropped 0\n",
    "closes_the_client_and_uses_a_new_one": "used 1\nclosed 0\n",
    "uses_a_new_client": "Blue. 1\nclosed 0\n",
    "leaves_a_stream_open": "reading 1\n",
    "uses_the_client_inside_with": "",
    "forks_again": "Blue, mostly. 1\n",
    "uses_the_client_in_a_thread": "used 1\n",
}

FORK = """
client = new_client()
client.start("plain", model="m")
child = os.fork()
if not child:
{child}
    sys.exit(0)
_, status = os.waitpid(child, 0)
say("child", status, client.start("plain", model="m").text, loop_threads())
"""

# The child does this with the stream that its parent is in the middle of.
STREAM_CHILDREN = {
    "exits": "sys.exit(0)",
    "closes_it": "stream.close()",
    "drops_it": "del stream; gc.collect()",
    "closes_the_client": "client.close()",
    "uses_the_client": 'client.start("plain", model="m")',
    "uses_the_client_and_closes_both": """
client.start("plain", model="m")
stream.close()
client.close()
""",
    "tries_to_read_it": """
try:
    stream.response()
except MistralConversationsError:
    pass
""",
}

WITHOUT_WITH = """
client = new_client(timeout=Timeout(idle=1.5))
stream = client.start_stream("rest", model="m")
next(stream), next(stream)
child = os.fork()
if not child:
{child}
    sys.exit(0)
_, status = os.waitpid(child, 0)
client.start("word", model="m")
say("child", status, stream.response().text)
"""
INSIDE_WITH = """
with new_client(timeout=Timeout(idle=1.5)) as client:
    with client.start_stream("rest", model="m") as stream:
        next(stream), next(stream)
        child = os.fork()
        if not child:
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        client.start("word", model="m")
        say("child", status, stream.response().text)
"""


def indented(program: str) -> str:
    return "\n".join(f"    {line}" for line in program.split("\n"))


@pytest.mark.parametrize("child", CHILDREN)
def test_parent_continues_when_its_child(child: str) -> None:
    with obedient_server() as server:
        ended = run_program(FORK.format(child=indented(CHILDREN[child])), server)
        assert ended.err == ""
        assert ended.out == SAID[child] + "child 0 Blue, mostly. 1\n"
        assert ended.code == 0
        assert ended.seconds < PROMPTLY
        assert eventually(lambda: not server.open_connections)


@pytest.mark.parametrize("child", STREAM_CHILDREN)
def test_parent_reads_its_stream_on_when_its_child(child: str) -> None:
    program = WITHOUT_WITH.format(child=indented(STREAM_CHILDREN[child]))
    assert_reads_on(program)


def test_parent_reads_its_stream_on_when_its_child_exits_inside_with() -> None:
    assert_reads_on(INSIDE_WITH)


def assert_reads_on(program: str) -> None:
    with obedient_server() as server:
        ended = run_program(program, server)
        assert ended.err == ""
        assert ended.out == "child 0 onetwo\n"
        assert ended.code == 0
        assert ended.seconds < PROMPTLY


def test_child_of_a_process_with_no_loop_has_one() -> None:
    program = """
client = new_client()
child = os.fork()
if not child:
    client.start("plain", model="m")
    sys.exit(0)
os.waitpid(child, 0)
say(loop_threads(), client.start("plain", model="m").text)
"""
    with obedient_server() as server:
        ended = run_program(program, server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "0 Blue, mostly.\n"


def test_parent_and_child_call_at_the_same_time() -> None:
    program = """
client = new_client(limit=4)
client.start("plain", model="m")
children = []
for _ in range(3):
    children.append(os.fork())
    if not children[-1]:
        break
for _ in range(20):
    client.start("plain", model="m")
    client.start_stream("stream", model="m").response()
if not children[-1]:
    sys.exit(0)
say([os.waitpid(child, 0)[1] for child in children])
"""
    with obedient_server() as server:
        ended = run_program(program, server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "[0, 0, 0]\n"
        assert len(server.requests) == 1 + 4 * 40


def test_connection_of_the_parent_is_never_used_by_the_child() -> None:
    program = FORK.format(child=indented(CHILDREN["uses_the_client"]))
    with obedient_server() as server:
        assert run_program(program, server).code == 0
        assert server.connections == 2


def test_child_calls_though_another_thread_of_the_parent_held_the_lock() -> None:
    program = """
from mistral_conversations.sync.loop_thread import shared_loop

held, forked = threading.Event(), threading.Event()

def hold():
    with shared_loop.lock:
        held.set()
        forked.wait()

client = new_client()
client.start("plain", model="m")
threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if not child:
    signal.alarm(5)
    client.start("plain", model="m")
    sys.exit(0)
forked.set()
say(os.waitpid(child, 0)[1])
"""
    with obedient_server() as server:
        ended = run_program(program, server)
        assert (ended.code, ended.out, ended.err) == (0, "0\n", "")
