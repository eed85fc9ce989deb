"""Leaving a server while answers are in trouble: quickly and silently."""

import pytest

from tests.support.interpreter import completed

pytestmark = pytest.mark.processes

PROGRAM = """
import asyncio, http.client, json
from mistral_conversations.server import LocalServer, Trouble

TROUBLE = Trouble({parts})

def ask(url):
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    body = json.dumps({{"inputs": "a b c", "model": "m", "stream": {streamed}}})
    headers = {{"Authorization": "Bearer k", "Content-Type": "application/json"}}
    connection.request("POST", "/v1/conversations", body, headers)
    response = connection.getresponse()
    response.read(1)
    return connection, response

def close(connection, response):
    response.close()
    connection.close()

async def main(server):
    async with server:
        opened = await asyncio.to_thread(ask, server.base_url)
    assert asyncio.all_tasks() == {{asyncio.current_task()}}
    close(*opened)

server = LocalServer()
server.inflict(TROUBLE, times=None)
with server:
    opened = ask(server.base_url)
close(*opened)
asyncio.run(main(server))
with server:
    opened = ask(server.base_url)
    close(*opened)
"""

STREAMS = [
    "comments=60",
    "stall=True, after_events=2",
    "stall=True, after_events=2, comments=0.001",
    "stall=True, after_events=2, comments=60",
    "stall=True, after_bytes=9, gzip=True, comments=0.001",
    "giant_event=10**6, after_events=1, drip=True",
    "giant_event=10**6, after_events=1, drip=True, comments=0.001",
    "event_delay=60, after_events=1, garbage='{', comments=0.001",
]
PLAIN = ["stall=True, after_bytes=9", "stall=True, after_bytes=9, comments=60"]


@pytest.mark.parametrize(
    ("parts", "streamed"),
    [*((parts, True) for parts in STREAMS), *((parts, False) for parts in PLAIN)],
)
def test_leaving_an_answer_in_trouble_is_quick_and_silent(
    parts: str, *, streamed: bool
) -> None:
    ended = completed(PROGRAM.format(parts=parts, streamed=streamed))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
