"""G13: an interpreter that exits with a client or a stream open does so at once."""

import pytest

from tests.support.interpreter import BARE, completed
from tests.support.obedient_server import eventually, obedient_server
from tests.support.programs import run_program

pytestmark = pytest.mark.processes

# Seconds in which a program that has nothing to wait for ends, on a busy machine too.
PROMPTLY = 10

# The first to be registered is the last to be called: it looks at what is left.
BEFORE = """
import atexit
def look():
    ended = soon(lambda: not loop_threads(), 1)
    if not ended or time.monotonic() - exit_began > 1.5:
        say("it took", time.monotonic() - exit_began, "threads:", loop_threads())
atexit.register(look)
"""
BEGIN = """
def begin_exit():
    global exit_began
    exit_began = time.monotonic()
atexit.register(begin_exit)
"""

PROGRAMS = {
    "closes_its_client": """
with new_client() as client:
    client.start("plain", model="m")
    client.start_stream("stream", model="m").response()
""",
    "never_uses_its_client": """
client = new_client()
stream = client.start_stream("begin", model="m")
client.with_options(timeout=5).close()
""",
    "does_not_close_its_client": """
client = new_client()
client.start("plain", model="m")
client.start_stream("stream", model="m").response()
""",
    "does_not_close_several_clients_and_views": """
clients = [new_client() for _ in range(3)]
for client in clients:
    client.with_options(timeout=5).start("plain", model="m")
""",
    "is_in_the_middle_of_a_stream": """
client = new_client()
stream = client.start_stream("begin", model="m")
for event in stream:
    break
""",
    "is_in_the_middle_of_a_text": """
texts = new_client().start_stream("begin", model="m").text()
next(texts)
""",
    "drops_a_stream_in_the_middle": """
client = new_client()
next(client.start_stream("begin", model="m"))
gc.collect()
""",
    "drops_a_client_at_the_very_end": """
client = new_client()
client.start("plain", model="m")
del client
""",
    "drops_a_stream_and_its_client_at_the_very_end": """
next(new_client().start_stream("begin", model="m"))
""",
    "exits_inside_with": """
with new_client() as client, client.start_stream("begin", model="m") as stream:
    for event in stream:
        sys.exit(0)
""",
    "used_its_client_in_a_thread": """
client = new_client()
thread = threading.Thread(target=client.start, args=["plain"], kwargs={"model": "m"})
thread.start()
thread.join()
""",
    "leaves_a_stream_open_in_a_thread_that_has_ended": """
kept = []
def work():
    kept.append(new_client().start_stream("begin", model="m"))
    next(kept[0])
thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
    "has_a_thread_at_work": """
def work():
    with new_client() as client:
        client.start_stream("rest", model="m").response()
threading.Thread(target=work).start()
new_client().start("word", model="m")
""",
    "keeps_its_client_in_a_cycle": """
class Application:
    pass
application = Application()
application.client, application.itself = new_client(), application
application.client.start("plain", model="m")
""",
    "calls_from_atexit": """
client = new_client()
client.start("plain", model="m")
atexit.register(client.start, "plain", model="m")
""",
    "caught_an_error": """
client = new_client()
try:
    client.start_stream("cut", model="m").response()
except StreamInterruptedError as error:
    kept = error
""",
    "runs_loops_of_its_own_beside": """
client = new_client()
async def main():
    async with AsyncConversations("key", base_url=sys.argv[1]) as other:
        await other.start("plain", model="m")
asyncio.get_event_loop_policy()
client.start("plain", model="m")
asyncio.run(main())
client.start("plain", model="m")
""",
}

DAEMONS = {
    "reads_a_stream": 'new_client().start_stream("begin", model="m").response()',
    "iterates": 'for event in new_client().start_stream("begin", model="m"): pass',
    "waits_for_an_answer": 'new_client().start("mute", model="m")',
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_is_said_and_nothing_hangs_when_a_program(program: str) -> None:
    with obedient_server() as server:
        ended = run_program(BEGIN + PROGRAMS[program], server, before=BEFORE)
        assert ended.err == ""
        assert (ended.code, ended.out) == (0, "")
        assert ended.seconds < PROMPTLY
        assert eventually(lambda: not server.open_connections)


@pytest.mark.parametrize("work", DAEMONS)
def test_nothing_is_said_when_a_program_exits_while_a_daemon_thread(work: str) -> None:
    program = f"""
def work():
    {DAEMONS[work]}
threading.Thread(target=work, daemon=True).start()
new_client().start("plain", model="m")
"""
    with obedient_server() as server:
        ended = run_program(BEGIN + program, server, before=BEFORE)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert ended.seconds < PROMPTLY


def test_nothing_is_said_when_a_program_calls_after_everything_else() -> None:
    """What was registered before the package was imported runs after it has ended."""
    before = """
import atexit
def last():
    client = new_client()
    client.start("plain", model="m")
    globals()["kept"] = client.start_stream("begin", model="m")
    next(kept)
atexit.register(last)
"""
    with obedient_server() as server:
        ended = run_program("", server, before=before)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert len(server.requests) == 2


def test_nothing_is_sent_by_a_client_that_is_not_used() -> None:
    with obedient_server() as server:
        assert run_program(PROGRAMS["never_uses_its_client"], server).code == 0
        assert server.connections == 0


def test_exit_closes_the_connection_of_a_stream_while_another_is_kept_waiting() -> None:
    """The answer that is late holds nothing up: it is given up."""
    program = """
client = new_client()
def wait():
    try:
        client.start("mute", model="m")
    except BaseException:
        pass
threading.Thread(target=wait, daemon=True).start()
stream = client.start_stream("begin", model="m")
next(stream)
"""
    with obedient_server() as server:
        ended = run_program(BEGIN + program, server, before=BEFORE)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert eventually(lambda: not server.open_connections)


def test_first_call_at_exit_is_answered_or_says_why_it_is_not() -> None:
    """Python 3.12 starts no thread then."""
    program = """
import atexit, sys
from mistral_conversations import Conversations, ConfigurationError

def last():
    client = Conversations("key", base_url=sys.argv[1], retries=0)
    try:
        print(client.start("plain", model="m").text)
    except ConfigurationError as error:
        print("before the interpreter exits" in str(error))

atexit.register(last)
"""
    with obedient_server() as server:
        ended = completed(program, server.base_url, imports=BARE)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out in {"Blue, mostly.\n", "True\n"}
