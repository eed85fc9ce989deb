"""G13: an interpreter that exits with a client or a stream open does so at once."""

import pytest

from tests.support.interpreter import LIBRARIES, completed
from tests.support.obedient_server import eventually, obedient_server
from tests.support.programs import run_program

pytestmark = pytest.mark.processes

# Seconds in which a program that has nothing to wait for ends, on a busy machine too.
PROMPTLY = 10

BEGIN = """
def begin_exit():
    global exit_began
    exit_began = time.monotonic()
atexit.register(begin_exit)
def look():
    ended = soon(lambda: not loop_threads(), 1)
    if not ended or time.monotonic() - exit_began > 1.5:
        say("it took", time.monotonic() - exit_began, "threads:", loop_threads())
sys.at_the_end.append(look)
"""
"""Looks at what is left when everything else has been called."""

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
if sys.version_info < (3, 14):  # where it is not deprecated
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
        ended = run_program(BEGIN + PROGRAMS[program], server)
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
        ended = run_program(BEGIN + program, server)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert ended.seconds < PROMPTLY


def test_nothing_is_said_when_a_program_calls_after_everything_else() -> None:
    """What was registered before the package was imported runs after it has ended."""
    program = """
def last():
    client = new_client()
    client.start("plain", model="m")
    globals()["kept"] = client.start_stream("begin", model="m")
    next(kept)
sys.at_the_end.append(last)
"""
    with obedient_server() as server:
        ended = run_program(program, server)
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
        ended = run_program(BEGIN + program, server)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert eventually(lambda: not server.open_connections)


# Without a name to look up, the first call needs no thread besides the loop's, which
# Python 3.12.1 does not start: the programs pretend to be that Python, or are it.
NO_THREADS = """
import _thread, threading
def refuse(*args, **options):
    raise RuntimeError("can't create new thread at interpreter shutdown")
def refuse_threads():
    from mistral_conversations.sync import loop_thread
    loop_thread.start_new_thread = threading._start_new_thread = refuse
    threading._start_joinable_thread = refuse
"""
AT_EXIT = """
import asyncio, atexit, os, sys, tempfile

def new_client(**options):
    from mistral_conversations import Conversations
    url = sys.argv[1].replace("127.0.0.1", "localhost")
    return Conversations("key", base_url=url, retries=0, **options)
"""
CALLS_AT_EXIT = {
    "answers_calls": """
client = new_client()
print(client.start("plain", model="m").text, client.start("plain", model="m").text)
""",
    "answers_clients_that_are_closed": """
for _ in range(2):
    with new_client() as client:
        print(client.start("plain", model="m").text, end=" ")
    try:
        client.start("plain", model="m")
    except Exception as error:
        print(error, end=" ")
""",
    "reads_a_stream_to_its_end": """
with new_client() as client:
    print("".join(client.start_stream("plain", model="m").text()))
""",
    "reads_a_whole_stream": """
print(new_client().start_stream("plain", model="m").response().text)
""",
    "drops_its_client": """
import gc
for _ in range(2):
    new_client().start("plain", model="m")
    gc.collect()
print("done")
""",
    "asks_for_the_key": """
from mistral_conversations import Conversations
async def key():
    await asyncio.sleep(0)
    return "key"
with Conversations(key, base_url=sys.argv[1]) as client:
    print(client.start("plain", model="m").text)
""",
    "awaits_the_async_client": """
from mistral_conversations import AsyncConversations
async def main():
    url = sys.argv[1].replace("127.0.0.1", "localhost")
    async with AsyncConversations("key", base_url=url) as client:
        print((await client.start("plain", model="m")).text)
asyncio.run(main())
""",
}
OUT_AT_EXIT = {
    "answers_calls": "Blue, mostly. Blue, mostly.\n",
    "answers_clients_that_are_closed": (
        "Blue, mostly. this client is closed: create a new one " * 2
    ),
    "reads_a_stream_to_its_end": "Blue.\n",
    "reads_a_whole_stream": "Blue.\n",
    "drops_its_client": "done\n",
    "asks_for_the_key": "Blue, mostly.\n",
    "awaits_the_async_client": "Blue, mostly.\n",
}


@pytest.mark.parametrize("threads", ["", "refuse_threads()"])
@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("calls", CALLS_AT_EXIT)
def test_first_call_at_exit(calls: str, threads: str, *, late: bool) -> None:
    """In a handler registered after the package was imported, or before."""
    body = "".join(f"    {line}\n" for line in CALLS_AT_EXIT[calls].splitlines())
    program = f"""{AT_EXIT}{NO_THREADS}
def last():
    {threads}
{body}
if {late}:
    import mistral_conversations.sync.client
atexit.register(last)
import mistral_conversations.sync.client
"""
    with obedient_server() as server:
        ended = completed(program, server.base_url, imports=LIBRARIES)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == OUT_AT_EXIT[calls]
        assert eventually(lambda: not server.open_connections)


def test_loop_that_looked_up_a_name_ends_in_silence_without_threads() -> None:
    """asyncio starts a thread to end its executor."""
    program = f"""{AT_EXIT}{NO_THREADS}
import mistral_conversations.sync.client
client = new_client()
print(client.start("plain", model="m").text)
atexit.register(refuse_threads)
"""
    with obedient_server() as server:
        ended = completed(program, server.base_url, imports=LIBRARIES)
        assert (ended.code, ended.out, ended.err) == (0, "Blue, mostly.\n", "")


def test_stream_begun_after_everything_else_without_threads_is_interrupted() -> None:
    """Nothing would close its connection later."""
    program = f"""{AT_EXIT}{NO_THREADS}
def last():
    refuse_threads()
    try:
        for event in new_client().start_stream("begin", model="m"):
            print(event.type)
    except mistral_conversations.StreamInterruptedError:
        print("interrupted")
atexit.register(last)
import mistral_conversations.sync.client
"""
    with obedient_server() as server:
        ended = completed(program, server.base_url, imports=LIBRARIES)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.endswith("interrupted\n")


def test_session_of_the_caller_that_can_look_up_no_name_at_exit_says_so() -> None:
    program = f"""{AT_EXIT}
import aiohttp
from mistral_conversations import APIConnectionError, AsyncConversations
async def main():
    url = sys.argv[1].replace("127.0.0.1", "localhost")
    async with aiohttp.ClientSession() as session:
        client = AsyncConversations("key", base_url=url, session=session, retries=0)
        try:
            await client.start("plain", model="m")
        except APIConnectionError as error:
            print(error.may_have_been_processed, str(error).rpartition(":")[2])
atexit.register(lambda: asyncio.run(main()))
"""
    with obedient_server() as server:
        ended = completed(program, server.base_url, imports=LIBRARIES)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "False  make this call before the interpreter exits\n"
