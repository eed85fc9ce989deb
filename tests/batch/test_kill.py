"""A batch that is killed, and started again: no row is lost, none is asked twice."""

import json
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    BatchInput,
    BatchRow,
    ConfigurationError,
    Conversations,
)
from mistral_conversations.server import LocalServer
from tests.support.interpreter import running
from tests.support.obedient_server import eventually

pytestmark = pytest.mark.processes

ROWS = 60
AT_ONCE = 8
ROUNDS = 10

PROGRAM = """
import asyncio, sys
from mistral_conversations import AsyncConversations, BatchInput

async def main(url, path, rows, at_once):
    requests = (BatchInput(f"row {n}", str(n)) for n in range(int(rows)))
    async with AsyncConversations("key", base_url=url, retries=0) as client:
        batch = client.batch(
            requests, model="m", results=path, max_concurrency=int(at_once)
        )
        async with batch:
            async for row in batch:
                print(row.custom_id, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def asked(server: LocalServer) -> Counter[str]:
    return Counter(f"row {request.json['inputs']}" for request in server.requests)


def ends_of(path: Path) -> Counter[str]:
    """Count the lines that end rows."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    return Counter(line["custom_id"] for line in lines if line["status"] != "sent")


def rows_after(server: LocalServer, path: Path, **flags: Any) -> list[BatchRow]:
    """Continue the batch in this process, to its end."""
    requests = (BatchInput(f"row {n}", str(n)) for n in range(ROWS))
    with (
        Conversations("key", base_url=server.base_url, retries=0) as client,
        client.batch(requests, model="m", results=path, **flags) as batch,
    ):
        return list(batch)


def kill_one(server: LocalServer, path: Path, chance: random.Random) -> None:
    """Run a batch, and kill it at a random moment of its work."""
    moment = chance.randint(0, ROWS)
    arguments = server.base_url, str(path), str(ROWS), str(AT_ONCE)
    with running(PROGRAM, *arguments) as program:
        assert eventually(lambda: len(server.requests) >= moment)
        time.sleep(chance.uniform(0, 0.003))
        program.send_signal(signal.SIGKILL)
        program.ended()


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_batch_continues(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    for number in range(ROUNDS):
        path = tmp_path / f"{number}.jsonl"
        with LocalServer(latency=chance.choice([0, 0.002])) as server:
            kill_one(server, path, chance)
            rows = rows_after(server, path)
            uncertain = {row.custom_id for row in rows if row.uncertain}
            assert {row.custom_id for row in rows} == {f"row {n}" for n in range(ROWS)}
            assert all(row.ok or row.uncertain for row in rows)
            assert len(uncertain) <= AT_ONCE
            assert max(asked(server).values()) == 1
            rows = rows_after(server, path, resend=True)
            assert all(row.ok for row in rows)
            again = {id for id, times in asked(server).items() if times > 1}
            assert again <= uncertain
            assert max(asked(server).values()) <= 2
            assert ends_of(path) == Counter(row.custom_id for row in rows)


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    with LocalServer(latency=30) as server:
        arguments = server.base_url, str(path), str(ROWS), str(AT_ONCE)
        with running(PROGRAM, *arguments):
            assert eventually(lambda: server.requests)
            with pytest.raises(ConfigurationError, match="another batch uses"):
                rows_after(server, path)
