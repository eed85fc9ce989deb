"""G2: programs that close, forget or drop a client exit silently."""

import pytest

from tests.support.clients import begun_stream, whole_answer, whole_stream
from tests.support.interpreter import completed
from tests.support.raw_server import Connection, Request, raw_server_on_thread

pytestmark = pytest.mark.processes

PRELUDE = """
import asyncio, gc, os, signal, sys
from mistral_conversations import AsyncConversations

def new_client():
    return AsyncConversations("key", base_url=sys.argv[1])

def run(main):
    async def patient():
        asyncio.get_running_loop().slow_callback_duration = 60
        return await main()
    return asyncio.run(patient())
"""

PROGRAMS = {
    "closes_its_client": """
async def main():
    async with new_client() as client:
        await client.start("plain", model="m")
        await client.start_stream("stream", model="m").response()
run(main)
""",
    "does_not_close_its_client": """
async def main():
    client = new_client()
    await client.start("plain", model="m")
    await client.start_stream("stream", model="m").response()
run(main)
""",
    "keeps_its_client_until_the_interpreter_exits": """
client = new_client()
async def main():
    await client.start("plain", model="m")
run(main)
run(main)
""",
    "never_uses_its_client": """
client = new_client()
stream = client.start_stream("stream", model="m")
del stream
other = client.start_stream("stream", model="m")
""",
    "drops_a_stream": """
async def main():
    async with new_client() as client:
        stream = client.start_stream("begin", model="m")
        await anext(stream)
        del stream
        gc.collect()
        await asyncio.sleep(0.02)
        await client.start("plain", model="m")
run(main)
""",
    "drops_a_stream_at_its_very_end": """
async def main():
    client = new_client()
    stream = client.start_stream("begin", model="m")
    await anext(stream)
run(main)
""",
    "breaks_out_of_a_stream": """
async def main():
    client = new_client()
    async for event in client.start_stream("begin", model="m"):
        break
    async with client.start_stream("begin", model="m") as stream:
        async for event in stream:
            break
    async for text in client.start_stream("begin", model="m").text():
        break
run(main)
""",
    "keeps_a_stream_until_the_interpreter_exits": """
client = new_client()
kept = []
async def main():
    kept.append(client.start_stream("begin", model="m"))
    await anext(kept[0])
run(main)
""",
    "drops_its_client": """
async def main():
    client = new_client()
    await client.start("plain", model="m")
    del client
    gc.collect()
    await asyncio.sleep(0.02)
run(main)
""",
    "drops_its_client_with_what_refers_to_it": """
class Application:
    pass
async def main():
    application = Application()
    application.client, application.itself = new_client(), application
    await application.client.start("plain", model="m")
    del application
    gc.collect()
    await asyncio.sleep(0.02)
run(main)
""",
    "drops_its_client_with_a_stream_open": """
async def main():
    stream = new_client().start_stream("begin", model="m")
    await anext(stream)
    gc.collect()
    await asyncio.sleep(0.02)
    await anext(stream)
run(main)
""",
    "exits_inside_async_with": """
async def main():
    async with new_client() as client:
        async with client.start_stream("begin", model="m") as stream:
            async for event in stream:
                sys.exit(0)
run(main)
""",
    "is_interrupted_while_it_reads": """
async def main():
    async with new_client() as client:
        async for event in client.start_stream("begin", model="m"):
            os.kill(os.getpid(), signal.SIGINT)
try:
    run(main)
except KeyboardInterrupt:
    pass
""",
    "leaves_a_task_reading": """
async def main():
    client = new_client()
    reading = asyncio.create_task(client.start_stream("begin", model="m").response())
    await asyncio.sleep(0.05)
run(main)
""",
}


async def obey(request: Request, connection: Connection) -> None:
    wish = request.json["inputs"]
    if wish == "begin":
        await connection.send(begun_stream("one", "two"))
        await connection.until_client_closes()
    else:
        await connection.send(whole_answer() if wish == "plain" else whole_stream())


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_is_unclosed_when_a_program(program: str) -> None:
    code = PRELUDE + PROGRAMS[program]
    with raw_server_on_thread(obey) as server:
        ended = completed(code, server.base_url)
    assert (ended.code, ended.err) == (0, "")
