"""G13: after a fork the child has a loop of its own, and the parent keeps its own."""

import os

import pytest

from tests.support.interpreter import BARE, completed
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


def test_child_closes_a_client_that_another_thread_of_the_parent_was_closing() -> None:
    """The loop is busy, by a function for the key that takes its time."""
    program = """
begun, word = threading.Event(), threading.Event()
def slow_key():
    begun.set()
    word.wait(20)
    return "key"

client, other = new_client(), new_client(slow_key)
client.start("plain", model="m")
busy = threading.Thread(target=other.start, args=["plain"], kwargs={"model": "m"})
busy.start()
begun.wait()
closing = threading.Thread(target=client.close)
closing.start()
def is_taken():
    lock = client._bridge.portal._closing
    if free := lock.acquire(blocking=False):
        lock.release()
    return not free
say(soon(is_taken))
child = os.fork()
if not child:
    signal.alarm(5)
    client.close()
    other.close()
    with new_client() as third:
        say(third.start("plain", model="m").text)
    sys.exit(0)
_, status = os.waitpid(child, 0)
word.set()
closing.join()
busy.join()
say("child", status)
"""
    with obedient_server() as server:
        ended = run_program(program, server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "True\nBlue, mostly.\nchild 0\n"


def test_child_that_closes_its_clients_leaves_the_loops_of_the_parent_alone() -> None:
    """Each has a call under way, which closing would end."""
    program = """
client = new_client()
waiting = threading.Thread(
    target=client.start, args=["mute"], kwargs={"model": "m"}, daemon=True
)
waiting.start()

async_client = AsyncConversations("key", base_url=sys.argv[1], retries=0)
def run():
    asyncio.run(async_client.start("mute", model="m"))
running = threading.Thread(target=run, daemon=True)
running.start()
calls = client._bridge.portal._calls
say(soon(lambda: any(call._task is not None for call in calls)))
say(soon(lambda: len(async_client._transport._calls._scopes) == 1))

def act(loop, *_, **__):
    if loop in parents:
        say("acts on the loop of the parent")

child = os.fork()
if not child:
    parents = {loop for loop, _ in async_client._transport._calls._scopes}
    parents.add(client._bridge.portal._thread._loop)
    loops = asyncio.BaseEventLoop
    soon_threadsafe = loops.call_soon_threadsafe
    loops.call_soon_threadsafe = lambda self, *args, **more: (
        act(self), soon_threadsafe(self, *args, **more)
    )[1]
    asyncio.run(async_client.aclose())
    client.close()
    del client, async_client
    gc.collect()
    sys.exit(0)
say("child", os.waitpid(child, 0)[1])
os._exit(0)
"""
    with obedient_server() as server:
        ended = run_program(program, server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "True\nTrue\nchild 0\n"


def test_loop_thread_imports_nothing_while_it_may_be_forked() -> None:
    """A fork during an import leaves the module locked in the child."""
    program = """
import sys, threading

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"anyio", "asyncio", "concurrent", "aiohttp"} or (
            name.startswith("mistral_conversations")
        ):
            if threading.current_thread().name == "mistral_conversations":
                print("imports", name)

sys.meta_path.insert(0, Finder())
from mistral_conversations import *

with Conversations("key", base_url=sys.argv[1], retries=0) as client:
    print(client.start("plain", model="m").text)
    print(client.start_stream("stream", model="m").response().text)
"""
    with obedient_server() as server:
        url = server.base_url.replace("127.0.0.1", "localhost")
        ended = completed(program, url, imports=BARE)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "Blue, mostly.\nBlue.\n"
