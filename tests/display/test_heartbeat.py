"""The heartbeat of a loop that would sleep."""

import asyncio

import pytest

from mistral_conversations.display import heartbeat
from mistral_conversations.display.heartbeat import Heartbeat
from tests.support.clients import becomes_true

pytestmark = pytest.mark.anyio


class Counted(Heartbeat):
    beats = 0

    def _beat(self) -> None:
        self.beats += 1
        super()._beat()


async def test_the_loop_wakes_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_SECONDS", 0.001)
    heart = Counted()
    with heart:
        assert await becomes_true(lambda: heart.beats >= 5)
    at_the_end = heart.beats
    await asyncio.sleep(0.01)
    assert heart.beats == at_the_end
