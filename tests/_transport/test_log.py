"""The log of requests: INFO for each retry, without the key and without a body."""

import logging
import re

import pytest

from mistral_conversations import Conversations, MistralConversationsError
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    FAST,
    Reply,
    answers,
    busy_answer,
    client_of,
    lose,
    refusal,
    refusing_port,
    whole_answer,
    whole_stream,
)
from tests.support.raw_server import json_answer, raw_server, raw_server_on_thread

pytestmark = pytest.mark.anyio

PATH = "/v1/conversations"


@pytest.fixture(autouse=True)
def _log_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mistral_conversations")


def retries(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines about retries, without their delays."""
    lines = []
    for record in caplog.records:
        if record.name == "mistral_conversations" and record.levelno == logging.INFO:
            line, delay, _ = re.split(r"(\d+\.\d\d) s$", record.getMessage())
            assert 0 <= float(delay) < 60
            lines.append(f"{line}... s")
    return lines


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (refusal(429), "HTTP 429"),
        (refusal(503), "HTTP 503"),
        (lose, "the connection was lost before an answer arrived: "),
    ],
    ids=["429", "503", "lost"],
)
async def test_retry_is_logged_with_its_reason(
    reply: Reply, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        raw_server(answers(reply, reply, json_answer([]))) as server,
        client_of(server, retries=FAST) as client,
    ):
        await client.list()
    first, second = retries(caplog)
    assert first.startswith(f"GET {PATH}: attempt 1 failed ({reason}")
    assert first.endswith("); attempt 2 follows in ... s")
    assert second.startswith(f"GET {PATH}: attempt 2 failed ({reason}")
    assert "Not today" not in caplog.text


async def test_call_that_is_not_sent_again_logs_no_retry(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with raw_server(answers(refusal(503))) as server:
        for retries_ in (0, FAST):
            async with client_of(server, retries=retries_) as client:
                with pytest.raises(MistralConversationsError):
                    await client.list()
    assert len(retries(caplog)) == FAST.max_retries


async def test_wait_for_a_busy_conversation_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        raw_server(answers(busy_answer(), whole_stream())) as server,
        client_of(server) as client,
    ):
        stream = client.append_stream(CONVERSATION_ID, "Sky?", wait_if_busy=5)
        await stream.response()
    (line,) = retries(caplog)
    assert line.startswith(f"POST {PATH}/{CONVERSATION_ID}: attempt 1 failed ")
    assert "(HTTP 409, the conversation is busy); attempt 2 follows in" in line


def test_retry_of_the_blocking_client_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        raw_server_on_thread(answers(refusal(429), whole_answer())) as server,
        Conversations("key", base_url=server.base_url, retries=FAST) as client,
    ):
        client.start("Sky?", model="m")
    assert len(retries(caplog)) == 1


async def test_key_is_in_no_line_about_a_retry(
    caplog: pytest.LogCaptureFixture,
) -> None:
    canary = "sk-canary-0123456789"
    with refusing_port() as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with raw_server(answers(refusal(429))) as server:
            client = client_of(server, retries=FAST).with_options(api_key=canary)
            with pytest.raises(MistralConversationsError):
                await client.list()
        client = type(client)(canary, base_url=url, retries=FAST)
        async with client:
            with pytest.raises(MistralConversationsError):
                await client.list()
    assert len(retries(caplog)) == 2 * FAST.max_retries
    assert canary not in caplog.text
