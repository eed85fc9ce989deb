"""Calls are recorded and replayed by vcrpy, which stores the headers of requests."""

from pathlib import Path

import pytest

from mistral_conversations import AsyncConversations
from mistral_conversations.server import LocalServer

vcr = pytest.importorskip("vcr")

pytestmark = pytest.mark.anyio


async def calls(base_url: str) -> list[object]:
    async with AsyncConversations(
        "sk-canary-4f1e9a", base_url=base_url, retries=0
    ) as client:
        response = await client.start("Sky?", model="m")
        streamed = await client.start_stream("Sky?", model="m").response()
        history = await client.get_history(response.conversation_id)
        return [response.text, streamed.text, len(history.entries)]


@pytest.mark.parametrize("serializer", ["yaml", "json"])
async def test_cassette_is_recorded_and_replayed(
    serializer: str, tmp_path: Path
) -> None:
    cassette = tmp_path / "cassette"
    async with LocalServer() as server:
        base_url = server.base_url
        with vcr.use_cassette(str(cassette), serializer=serializer):
            recorded = await calls(base_url)
    stored = cassette.read_text()
    assert "Bearer sk-canary-4f1e9a" in stored
    assert "mistral_conversations." not in stored  # a plain str, of no class of ours
    with vcr.use_cassette(str(cassette), serializer=serializer, record_mode="none"):
        assert await calls(base_url) == recorded
