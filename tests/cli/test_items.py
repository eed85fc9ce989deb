"""Lists as JSON, for machines."""

import json

import pytest

from mistral_conversations import Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import LocalConnector, LocalServer
from tests.support.commands import start_conversation
from tests.support.for_each import for_each

Capture = pytest.CaptureFixture[str]


def sing(verse: int) -> str:
    """Sing a verse."""
    return f"La {verse}"


@for_each(
    ("command", "key", "value"),
    [
        ("list", "name", "Ships\x1b[2J"),
        ("models list", "object", "model"),
        ("files list", "filename", "asks.jsonl"),
        ("batch-jobs list", "endpoint", "/v1/conversations"),
        ("connectors list", "name", "Songs"),
        ("connectors tools Songs", "name", "sing"),
    ],
)
@pytest.mark.mistral_server(connectors=[LocalConnector("Songs", tools={"sing": sing})])
def test_each_item_of_a_list_is_a_line_of_json(
    command: str, key: str, value: str, mistral_server: LocalServer, capsys: Capture
) -> None:
    if not mistral_server.conversations:
        start_conversation(mistral_server, "Hi", name="Ships\x1b[2J")
        with Mistral() as client:
            client.files.upload(b"{}", name="asks.jsonl", purpose="batch")
            job = client.batch_jobs.create(requests=[{"body": {"inputs": "Hi"}}])
            client.batch_jobs.wait(job, timeout=60)
    assert main([*command.split(), "--json"]) == 0
    out, err = capsys.readouterr()
    assert (out.isascii(), "\x1b" in out, err) == (True, False, "")
    assert value in [json.loads(line)[key] for line in out.splitlines()]
