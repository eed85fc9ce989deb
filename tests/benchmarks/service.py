"""The server of the benchmarks: prepared answers, selected by the path.

A base URL ends with the job and its amounts, such as `/bulk/50000`; every client
appends `/v1/...`. Requests for `/responses` are answered as OpenAI does.
Run as a program, it prints its address and serves until stdin ends.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from itertools import cycle, islice
from typing import Any, TypeAlias

from tests.support.bodies import (
    delta,
    done,
    function_call,
    history,
    message,
    message_input,
    reference,
    response,
    started,
    text_chunk,
    thinking,
    tool_file,
)
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    http,
    json_answer,
    raw_server,
    stream_head,
)

Dialect: TypeAlias = str
"""The last part of the path; `responses` is OpenAI's, `novel` has one key more."""

_BLOCK = 1_000
_AFTER_FIRST = 0.002
_MEBIBYTE = bytes(range(256)) * 4096


def _openai_response(*texts: str) -> dict[str, Any]:
    content = [
        {"type": "output_text", "text": text, "annotations": []} for text in texts
    ]
    output = {"type": "message", "id": "msg_1", "role": "assistant", "content": content}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1782901230,
        "model": "any-model",
        "output": [{**output, "status": "completed"}] if texts else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def _openai_event(name: str, number: int, **others: Any) -> bytes:
    kind = f"response.{name}"
    return event({"type": kind, "sequence_number": number, **others})


def _openai_delta(number: int) -> bytes:
    return _openai_event(
        "output_text.delta",
        number + 1,
        item_id="msg_1",
        output_index=0,
        content_index=0,
        delta=f"word{number} ",
        logprobs=[],
    )


def _first(dialect: Dialect) -> bytes:
    if dialect == "responses":
        return _openai_event("created", 0, response=_openai_response())
    return event(started())


def _delta(dialect: Dialect, number: int) -> bytes:
    if dialect == "responses":
        return _openai_delta(number)
    new = {"new_key": number} if dialect == "novel" else {}
    return event(delta(f"word{number} ", **new))


def _last(dialect: Dialect) -> bytes:
    if dialect == "responses":
        return _openai_event("completed", 1, response=_openai_response("Blue."))
    return event(done())


def _events(dialect: Dialect, deltas: int) -> Iterator[bytes]:
    """Yield the events of a stream: a first, the deltas, a last."""
    yield _first(dialect)
    for number in range(deltas):
        yield _delta(dialect, number)
    yield _last(dialect)


@cache
def _bulk(dialect: Dialect, deltas: int) -> bytes:
    return stream_head() + chunked(*_events(dialect, deltas), end=True)


@cache
def _whole(dialect: Dialect, deltas: int) -> bytes:
    body = b"".join(_events(dialect, deltas))
    return http(200, body, {"Content-Type": "text/event-stream; charset=utf-8"})


@cache
def _pieces(dialect: Dialect, events: int) -> list[bytes]:
    first, *pieces, last = map(chunked, _events(dialect, events - 2))
    return [stream_head() + first, *pieces, last + chunked(end=True)]


@cache
def _start(dialect: Dialect) -> bytes:
    openai = dialect == "responses"
    return json_answer(_openai_response("Blue, mostly.") if openai else response())


@cache
def _history(entries: int) -> bytes:
    """Write a history of messages with chunks, each with an id of its own."""
    kinds = [
        message_input([text_chunk("What colour is the sky, and since when?")]),
        message([thinking("Colours come first."), text_chunk("Blue, mostly.")]),
        message([text_chunk("As told in "), reference(), text_chunk(".")]),
        message([text_chunk("Here it is: "), tool_file()]),
    ]
    return json_answer(
        history(
            *(
                {**kind, "id": f"msg_{number:032x}"}
                for number, kind in enumerate(islice(cycle(kinds), entries))
            )
        )
    )


async def bulk(connection: Connection, dialect: Dialect, deltas: int) -> None:
    """Send a stream with an HTTP chunk for each event, as fast as it is read."""
    await connection.send(_bulk(dialect, deltas))


async def whole(connection: Connection, dialect: Dialect, deltas: int) -> None:
    """Send the same stream in one piece, with its length."""
    await connection.send(_whole(dialect, deltas))


async def novel(connection: Connection, _: Dialect, deltas: int) -> None:
    """Send a stream in one piece, whose events have a key that no model knows."""
    await whole(connection, "novel", deltas)


async def long(connection: Connection, dialect: Dialect, deltas: int) -> None:
    """Send a stream too long to be held in memory, block by block."""
    await connection.send(stream_head() + chunked(_first(dialect)))
    block = [chunked(_delta(dialect, number)) for number in range(_BLOCK)]
    for _ in range(deltas // _BLOCK):
        await connection.send(b"".join(block))
    await connection.send(b"".join(block[: deltas % _BLOCK]))
    await connection.send(chunked(_last(dialect), end=True))


class Gate:
    """A gate that opens once all streams have been requested."""

    def __init__(self, streams: int) -> None:
        self._missing = streams
        self._opened = asyncio.Event()
        self.begin = 0.0

    async def enter(self) -> int:
        """Wait for the other streams; return how many came later."""
        self._missing -= 1
        place = self._missing
        if not place:
            self.begin = asyncio.get_running_loop().time()
            self._opened.set()
        await self._opened.wait()
        return place


_gates: dict[tuple[int, ...], Gate] = {}


async def live(
    connection: Connection, dialect: Dialect, streams: int, events: int, pace: int
) -> None:
    """Send an event in a segment of its own each `pace` ms, staggered by stream."""
    gate = _gates.setdefault((streams, events, pace), Gate(streams))
    place = await gate.enter()
    _gates.pop((streams, events, pace), None)
    connection.no_delay()
    due = gate.begin + place / streams * pace / 1000
    for number, piece in enumerate(_pieces(dialect, events)):
        wait = due + number * pace / 1000 - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0, wait))
        await connection.send(piece)


async def start(connection: Connection, dialect: Dialect, _: int) -> None:
    """Answer a plain call."""
    await connection.send(_start(dialect))


async def entries(connection: Connection, _: Dialect, entries: int) -> None:
    """Send a history."""
    await connection.send(_history(entries))


async def first(connection: Connection, dialect: Dialect, _: int) -> None:
    """Send a first event, and the others once it must have been read."""
    begin, *others = _pieces(dialect, 3)
    await connection.send(begin)
    await asyncio.sleep(_AFTER_FIRST)
    await connection.send(b"".join(others))


async def held(connection: Connection, dialect: Dialect, _: int) -> None:
    """Send a first event and nothing more."""
    await connection.send(_pieces(dialect, 3)[0])
    await connection.until_client_closes()


async def download(connection: Connection, _: Dialect, mebibytes: int) -> None:
    """Send the contents of a file, as fast as they are read."""
    length = {"Content-Length": str(mebibytes * len(_MEBIBYTE))}
    await connection.send(http(200, headers=length))
    for _number in range(mebibytes):
        await connection.send(_MEBIBYTE)


ANSWERS: Mapping[str, Callable[..., Awaitable[None]]] = {
    "bulk": bulk,
    "whole": whole,
    "novel": novel,
    "long": long,
    "live": live,
    "start": start,
    "history": entries,
    "first": first,
    "held": held,
    "download": download,
}


@cache
def _turn(number: int, turns: int, calls: int) -> bytes:
    """Write an answer of a run: calls, or in the last turn a message."""
    if number == turns:
        return json_answer(response())
    outputs = (
        function_call(
            id=f"fc_{number:016x}{call:016x}",
            tool_call_id=f"{number}-{call}",
            name="work",
            arguments=f'{{"number": {call}}}',
        )
        for call in range(calls)
    )
    return json_answer(response(*outputs))


async def run(connection: Connection, inputs: Any, turns: int, calls: int) -> None:
    """Send the answer that follows the results of a turn."""
    results = [] if isinstance(inputs, str) else inputs
    ids = [each["tool_call_id"] for each in results if "tool_call_id" in each]
    if len(ids) not in {0, calls}:
        raise RuntimeError(f"{len(ids)} results for {calls} calls")
    number = int(ids[0].partition("-")[0]) + 1 if ids else 1
    await connection.send(_turn(number, turns, calls))


async def answer(request: Request, connection: Connection) -> None:
    """Send the answer of the job that the path names."""
    prefix, _, operation = request.target.partition("/v1/")
    _, job, *amounts = prefix.split("/")
    if job == "run":
        await run(connection, request.json["inputs"], *map(int, amounts))
        return
    await ANSWERS[job](connection, operation, *map(int, amounts))


async def main() -> None:
    """Serve until stdin ends."""
    async with raw_server(answer, backlog=4096) as server:
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
