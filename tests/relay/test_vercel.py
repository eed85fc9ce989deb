"""UI message streams, read by the npm package `ai` itself."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.relay.ui_streams import all_streams

SDK = os.environ.get("AI_SDK_DIR")
READER = Path(__file__).with_name("vercel.mjs")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SDK is None, reason="AI_SDK_DIR names no folder with `ai`"),
]


def parts(message: Any, kind: str) -> list[Any]:
    return [part for part in message["parts"] if part["type"] == kind]


def test_the_ai_sdk_reads_every_stream() -> None:
    streams = asyncio.run(all_streams())
    given = json.dumps({name: each.decode() for name, each in streams.items()})
    ended = subprocess.run(
        ["node", READER], input=given, capture_output=True, text=True, check=True
    )
    found = json.loads(ended.stdout)
    assert found.keys() == streams.keys()
    texts = {"broken", "broken call", "failed"}
    for name, read in found.items():
        expected = (
            ["The answer could not be completed. Please try again."]
            if name in texts
            else []
        )
        assert read["errors"] == expected, name
    messages = {name: read["message"] for name, read in found.items()}
    (text,) = parts(messages["text"], "text")
    assert (text["text"], text["state"]) == ("Blue, mostly.", "done")
    assert parts(messages["halves"], "text")[0]["text"] == "Hi 🌍!"
    assert parts(messages["thinking"], "reasoning")[0]["text"] == "Hm well"
    assert len(parts(messages["search"], "source-url")) == 1
    assert len(parts(messages["search"], "source-document")) == 2
    assert [p["text"] for p in parts(messages["search"], "text")] == ["Blue sky"]
    assert parts(messages["tool"], "tool-code_interpreter")[0]["state"] == (
        "output-available"
    )
    assert [p["input"] for p in parts(messages["calls"], "tool-weather")] == [
        {"city": "Oslo"},
        {"a": 1},
        "no json",
        {},
    ]
    assert len(parts(messages["run"], "step-start")) == 3
    outputs = [part["output"] for part in parts(messages["run"], "tool-add")]
    assert sorted(outputs) == [3, 3, 7]
    (failed,) = parts(messages["failing run"], "tool-add")
    assert failed["state"] == "output-error"
    (pay,) = parts(messages["paused"], "tool-pay")
    assert pay["state"] == "approval-requested"
    assert pay["approval"]["id"] == pay["toolCallId"]
    assert messages["text"]["metadata"]["usage"]["total_tokens"] == 10
