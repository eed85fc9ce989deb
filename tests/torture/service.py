"""The service that is tortured: a LocalServer behind the proxy, and what they saw.

Run as a program, it prints the address, serves until stdin ends, and writes its
records into a folder.
"""

import asyncio
import gc
import hashlib
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    Trouble,
)

from .log import Log
from .model import LocalModel, key_of
from .proxy import CALL, Proxy
from .records import Rows
from .resources import descriptors

__all__ = ["BUSY_AFTER_DROP", "served"]

BUSY_AFTER_DROP = 0.3
_LATENCY = 0.001
_LONGEST_ANSWER = 10.0


class Records:
    """The files of a service: what its proxy and its server saw."""

    def __init__(self, folder: Path) -> None:
        self.passages = Rows(folder / "passages.jsonl")
        self.processed = Rows(folder / "processed.jsonl")
        self.conversations = Rows(folder / "conversations.jsonl")
        self.files = Rows(folder / "files.jsonl")
        self.service = Rows(folder / "service.jsonl")

    def answer(
        self, conversation: RecordedConversation, request: RecordedRequest
    ) -> None:
        """Record that the model answers a request."""
        self.processed.add(
            {
                "call": request.headers.get(CALL, ""),
                "key": key_of(request.json.get("inputs")),
                "conversation_id": conversation.id,
            }
        )

    def upload(self, request: RecordedRequest) -> bool:
        """Record a request that is an upload; return False, as a condition."""
        call = request.headers.get(CALL, "")
        is_upload = request.path.endswith(("/files", "/documents"))
        if call and request.method == "POST" and is_upload:
            self.processed.add({"call": call, "key": f"upload {call}"})
        return False

    def store(self, server: LocalServer) -> None:
        """Record what the server has stored at the end."""
        for conversation in server.conversations:
            entries = [*conversation.entries]
            self.conversations.add({"id": conversation.id, "entries": entries})
        for file in server.files:
            self._file("file", file)
        for library in server.libraries:
            for document in library.documents:
                self._file("document", document)

    def _file(self, kind: str, file: Any) -> None:
        digest = hashlib.sha256(file.content).hexdigest()
        self.files.add({"kind": kind, "id": file.id, "sha256": digest})

    def close(self) -> None:
        for rows in vars(self).values():
            rows.close()


@asynccontextmanager
async def served(seed: int, folder: Path) -> AsyncIterator[str]:
    """Serve on the running loop; yield the address, and write the records at the end.

    Args:
        seed: that of the proxy.
        folder: where to write.
    """
    records = Records(folder)
    model = LocalModel(records.answer)
    server = LocalServer(model, latency=_LATENCY, busy_after_drop=BUSY_AFTER_DROP)
    server.inflict(Trouble(delay=0), times=None, when=records.upload)
    try:
        async with server:
            port = urlsplit(server.base_url).port
            assert port is not None
            async with Proxy(seed, port, records.passages.add) as proxy:
                yield f"http://127.0.0.1:{proxy.port}"
                await _clients_gone(proxy)
                records.service.add({"left open": proxy.open_connections})
            await _answers_written(server)
        records.store(server)
    finally:
        records.close()


async def _clients_gone(proxy: Proxy) -> None:
    """Wait until the connections of the clients, which have closed, are gone."""
    for _ in range(100):
        if not proxy.open_connections:
            return
        await asyncio.sleep(0.02)


async def _answers_written(server: LocalServer) -> None:
    """Wait until the answers are stored whose callers have left."""
    if writers := server._service.conversations._writers:
        await asyncio.wait({*writers}, timeout=_LONGEST_ANSWER)


async def _serve(seed: int, folder: Path) -> list[str]:
    """Serve until stdin ends; return what the server has left open."""
    before = await _open_here()
    async with served(seed, folder) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    after = await _open_here()
    return [
        f"the server left {name} open: {before[name]}, then {count}"
        for name, count in after.items()
        if count != before[name]
    ]


async def _open_here() -> Mapping[str, int]:
    await asyncio.to_thread(gc.collect)  # which begins the thread of the executor
    await asyncio.sleep(0.05)
    return {"descriptors": descriptors(), "tasks": len(asyncio.all_tasks())}


def main() -> None:
    """Serve until stdin ends."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    with Log().listening() as log:
        log.texts += asyncio.run(_serve(options.seed, options.folder))
        gc.collect()
    rows = Rows(options.folder / "service_log.jsonl")
    for text in log.texts:
        rows.add({"text": text})
    rows.close()


if __name__ == "__main__":
    main()
