"""`agents`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import Agent, Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
CREATE = ["agents", "create", "--name", "Guide", "--model", "m"]
FUNCTION = '''
def weather(city: str) -> str:
    """Return the weather."""
    return city
'''
Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("mistral_server")


def made() -> Agent:
    with Mistral() as client:
        (agent,) = client.agents.list_all()
    return agent


def test_agents_have_a_line_each(capsys: Capture) -> None:
    with Mistral() as client:
        agent = client.agents.create(model="m", name="front\ndesk\x1b[2J")
        client.agents.update(agent.id, description="The first to ask")
    assert main(["agents", "list"]) == 0
    out, err = capsys.readouterr()
    line = rf"{agent.id}  {TIME}  m {{23}}  1    front desk\\x1b\[2J\n"
    assert (bool(re.fullmatch(line, out)), err) == (True, "")


def test_agents_are_searched_and_shown_as_json(capsys: Capture) -> None:
    for name in ("Guide", "Cook"):
        main(["agents", "create", "--name", name, "--model", "m"])
    capsys.readouterr()
    assert main(["agents", "list", "--search", "cook", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["name"] == "Cook"
    assert main(["agents", "show", json.loads(line)["id"]]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(line)


def test_create_sends_each_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistral_server: LocalServer
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "guide.md").write_text("You guide.\n")
    (tmp_path / "cli_weather.py").write_text(FUNCTION)
    words = ["--instructions", "@guide.md", "--description", "Knows the way"]
    words += ["--tools", "web_search", "cli_weather:weather", "--handoffs", "ag_2"]
    words += ["--tools", '{"type": "image_generation"}', "--libraries", "a", "b"]
    words += ["--completion-args", '{"temperature": 0.2}']
    with Mistral() as client:
        other = client.agents.create(model="m", name="Other").id
    words[words.index("ag_2")] = other
    assert main([*CREATE, *words, "--settings", '{"metadata": {"team": "x"}}']) == 0
    sent = mistral_server.requests[-1].json
    tools = {tool["type"]: tool for tool in sent.pop("tools")}
    assert sent == {
        "name": "Guide",
        "model": "m",
        "instructions": "You guide.\n",
        "description": "Knows the way",
        "handoffs": [other],
        "completion_args": {"temperature": 0.2},
        "metadata": {"team": "x"},
    }
    assert tools["function"]["function"]["name"] == "weather"
    assert tools["document_library"]["library_ids"] == ["a", "b"]
    assert {"web_search", "image_generation"} < {*tools}


def test_update_changes_only_what_it_names(capsys: Capture) -> None:
    main([*CREATE, "--instructions", "Guide.", "--description", "Knows"])
    agent = made()
    settings = ["--settings", '{"description": null}']
    assert main(["agents", "update", agent.id, "--name", "Cook", *settings]) == 0
    changed = made()
    assert (changed.name, changed.instructions) == ("Cook", "Guide.")
    assert (changed.description, changed.version) == (None, 1)
    assert capsys.readouterr().out.splitlines()[-1].startswith(agent.id)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "nothing to change: add an option"),
        (["--settings", '{"guardrail": []}'], "'guardrail'; did you mean 'guardrails'"),
        (["--settings", '{"name": "n"}', "--name", "n"], "name has an option, too"),
        (["--settings", '{"timeout": 1}'], "no parameter 'timeout'"),
        (["--settings", '{"name": 5}'], "name"),
        (["--settings", '{"tools": "x"}'], "tools"),
        (["--tools", "cli_nowhere:run"], "there is no module 'cli_nowhere'"),
    ],
)
def test_what_cannot_be_sent_is_a_usage_error(
    words: list[str], error: str, mistral_server: LocalServer, capsys: Capture
) -> None:
    assert main(["agents", "update", "ag_1", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, error in err, err.count("\n")) == ("", True, 1)
    assert mistral_server.requests == ()


def test_delete_continues_after_one_that_is_not_there(capsys: Capture) -> None:
    main(CREATE)
    agent = made()
    capsys.readouterr()
    assert main(["agents", "delete", "ag_none", agent.id]) == 1
    out, err = capsys.readouterr()
    assert out == f"deleted {agent.id}\n"
    assert err.startswith("error: ag_none: HTTP 404")


def test_json_of_an_agent_is_ascii(capsys: Capture) -> None:
    main(["agents", "create", "--name", "Führer\x1b", "--model", "m"])
    capsys.readouterr()
    main(["agents", "show", made().id])
    shown: Any = capsys.readouterr().out
    assert shown.isascii()
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("given", "sent"),
    [("@guide.md", "Guide!"), ("@@home", "@home"), ("a@b", "a@b")],
)
def test_instructions_come_from_a_file_or_the_command_line(
    given: str,
    sent: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    (tmp_path / "guide.md").write_bytes(b"\xef\xbb\xbfGuide!")  # with a BOM
    monkeypatch.chdir(tmp_path)
    assert main([*CREATE, "--instructions", given]) == 0
    agent = made()
    assert agent.instructions == sent
    hint = f"chat with it: python -m mistral_conversations chat --agent {agent.id}\n"
    assert capsys.readouterr().err == hint


@pytest.mark.parametrize("content", [b"\xff", b"", None])
def test_a_file_of_instructions_must_be_text(
    content: bytes | None, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path
    if content is not None:
        path = tmp_path / "guide.md"
        path.write_bytes(content)
    with pytest.raises(SystemExit) as exit_:
        main([*CREATE, "--instructions", f"@{path}"])
    assert exit_.value.code == 2
    assert "error: argument --instructions: " in capsys.readouterr().err
