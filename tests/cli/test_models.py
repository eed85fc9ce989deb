"""`models`."""

import pytest

from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer

Capture = pytest.CaptureFixture[str]


def test_models_have_a_line_each(mistral_server: LocalServer, capsys: Capture) -> None:
    mistral_server.models = [
        {"id": "own\x1b[2J", "capabilities": {"ocr": True, "smell": True}},
        "named",
        {"id": "new", "type": "distilled"},
        {"id": "none", "max_context_length": 9},
    ]
    assert main(["models", "list"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split() for line in out.splitlines()] == [
        ["own\\x1b[2J", "131072", "ocr", "smell"],
        ["named", "131072", "completion_chat", "function_calling", "vision"],
        ["new", "-", "-"],
        ["none", "9", "-"],
    ]
    assert {line.index("131072") for line in out.splitlines()[:2]} == {34}


def test_no_models_are_no_lines(mistral_server: LocalServer, capsys: Capture) -> None:
    mistral_server.models = []
    assert main(["models", "list"]) == 0
    assert capsys.readouterr() == ("", "")
