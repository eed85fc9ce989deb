"""Programs that end, or are interrupted, in the middle of a streamed run."""

import re
import signal

import pytest

from tests.support.obedient_server import eventually, obedient_server
from tests.support.programs import interrupt_program, run_program

pytestmark = pytest.mark.processes

# Seconds in which a program that has nothing to wait for ends, on a busy machine too.
PROMPTLY = 10

WORK = """
async def work():
    try:
        say("waiting")
        await asyncio.sleep(60)
    finally:
        say("cancelled")

def run(inputs, **options):
    return new_client().run_stream(inputs, model="m", **options)
"""

INTERRUPTED = {
    "reads_an_answer": """
for event in run("begin"):
    if event.type == "message.output.delta" and event.text == "two":
        say("waiting")
""",
    "waits_for_an_async_function": """
with run("call", tools=[work]) as stream:
    list(stream)
""",
    "runs_a_function_itself": """
def work():
    say("waiting")
    try:
        time.sleep(20)
    finally:
        say("cancelled")
run("call", tools=[work], options=RunOptions(threads=False)).result()
""",
}

LEFT = {
    "in_an_answer": """
stream = run("begin")
for event in stream:
    if event.type == "message.output.delta":
        break
""",
    "in_an_async_function": """
stream = run("call", tools=[work])
for event in stream:
    if event.type == "run.function.started":
        break
""",
    "in_a_function_on_a_thread": """
def work():
    time.sleep(60)
stream = run("call", tools=[work])
for event in stream:
    if event.type == "run.function.started":
        break
""",
    "by_dropping_it": """
for event in run("call", tools=[work]):
    if event.type == "run.function.started":
        break
gc.collect()
""",
}


@pytest.mark.parametrize("program", INTERRUPTED)
def test_ctrl_c_ends_a_program_that(program: str) -> None:
    with obedient_server() as server:
        ended = interrupt_program(WORK + INTERRUPTED[program], server)
        assert re.fullmatch(
            r"Traceback \(most recent call last\):\n(  .*\n)+KeyboardInterrupt\n",
            ended.err,
        ), ended.err
        said = "" if program == "reads_an_answer" else "cancelled\n"
        assert ended.out == f"waiting\n{said}"
        assert ended.code == -signal.SIGINT
        assert ended.seconds < PROMPTLY
        assert eventually(lambda: not server.open_connections)


@pytest.mark.parametrize("program", LEFT)
def test_nothing_hangs_when_a_program_leaves_a_run(program: str) -> None:
    with obedient_server() as server:
        ended = run_program(WORK + LEFT[program], server)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out in {"", "waiting\ncancelled\n"}
        assert ended.seconds < PROMPTLY
        assert eventually(lambda: not server.open_connections)
