"""`list`, `show` and `delete`."""

import json
import re
from pathlib import Path

import pytest

from mistral_conversations import Conversations, to_dict
from mistral_conversations.cli import main
from mistral_conversations.server import (
    LocalServer,
    Trouble,
    call,
    execute,
    handoff,
    say,
    think,
)
from tests.support.commands import run_command_line, start_conversation
from tests.support.full_answers import ENTRIES
from tests.support.html_tree import html_tree

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
REFERENCE = {"type": "tool_reference", "tool": "web_search", "title": "Alps"}
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def talk(mistral_server: LocalServer) -> str:
    """Create a conversation with all kinds of entries, and return its id."""
    code = {"code": "print(\n6 * 7)", "code_output": "42\n"}
    mistral_server.model = [
        [
            think("Hm.\x1b[2J"),
            say("Look:\x1b]0;title\x07", REFERENCE | {"url": "https://alps.example"}),
            execute("code_interpreter", arguments={"code": "1"}, info=code),
            handoff("weather desk"),
            call("weather", city="Oslo"),
        ],
    ]
    return start_conversation(mistral_server, "What\nis this?")


def test_list_has_a_line_for_each_the_newest_first(
    mistral_server: LocalServer, capsys: Capture
) -> None:
    ids = [
        start_conversation(mistral_server, "Hi", name=name)
        for name in ("a\n b\x1b[2J", None)
    ]
    assert main(["list"]) == 0
    newest, oldest = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"{ids[1]}  {TIME}  m {{23}}  -", newest)
    assert re.fullmatch(rf"{ids[0]}  {TIME}  m {{23}}  a b\\x1b\[2J", oldest)


@pytest.mark.usefixtures("mistral_server")
def test_list_names_the_agent(capsys: Capture) -> None:
    with Conversations() as client:
        client.start("Hi", agent_id=_agent())
    assert main(["list"]) == 0
    assert re.search(rf"{TIME}  ag_[0-9a-f]+  -\n", capsys.readouterr().out)


def _agent() -> str:
    from mistral_conversations import Mistral  # noqa: PLC0415

    with Mistral() as client:
        return client.agents.create(model="m", name="desk").id


@pytest.mark.parametrize(("limit", "page_size"), [("1", 1), ("3", 3), ("300", 100)])
def test_list_asks_for_no_more_than_it_shows(
    limit: str, page_size: int, mistral_server: LocalServer, capsys: Capture
) -> None:
    for _ in range(3):
        start_conversation(mistral_server, "Hi")
    assert main(["list", "--limit", limit]) == 0
    assert len(capsys.readouterr().out.splitlines()) == min(int(limit), 3)
    query = mistral_server.requests[-1].query
    assert int(query.get("page_size", 100)) == page_size


@pytest.mark.usefixtures("mistral_server")
def test_list_of_none_is_empty(capsys: Capture) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr() == ("", "")


def test_show_writes_all_entries(talk: str, capsys: Capture) -> None:
    assert main(["show", talk]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert re.sub(r" · (weather · \w+ · )?\d{4}[^]]+UTC", "", out) == (
        f"conversation {talk}\n"
        "\n[user]\nWhat\nis this?\n"
        "\n[assistant · m]\n"
        "[thinking] Hm.\\x1b[2J\n"
        "Look:\\x1b]0;title\\x07 [Alps https://alps.example]\n"
        "\n[tool · code_interpreter]\n"
        'arguments:\n  | {\n  |   "code": "1"\n  | }\n'
        "code:\n  | print(\n  | 6 * 7)\n"
        "code_output:\n  | 42\n"
        "\n[handoff]\nmain -> weather desk\n"
        '\n[function call]\n  | {\n  |   "city": "Oslo"\n  | }\n'
    )


def test_show_writes_every_kind_of_entry(
    mistral_server: LocalServer, capsys: Capture
) -> None:
    body = {"object": "conversation.history", "conversation_id": "conv_1"}
    mistral_server.inflict(Trouble(status=200, body={**body, "entries": ENTRIES}))
    assert main(["show", "conv_1"]) == 0
    out = capsys.readouterr().out
    for part in (
        "[document",
        "[image",
        "[file",
        "[Skies",
        "[function call · weather · ",
        "[function result · Ab3dEf6hI · 2026-07-01 10:20:30 UTC]",
        "front desk -> weather desk",
        "[moderation.verdict]\n  | {",
    ):
        assert part in out


def test_show_as_json_is_the_history(talk: str, capsys: Capture) -> None:
    assert main(["show", talk, "--json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    with Conversations() as client:
        assert json.loads(out) == to_dict(client.get_history(talk))


def test_show_as_html_is_a_page(talk: str, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "talk.html"
    file.write_text("older")
    assert main(["show", talk, "--html", str(file)]) == 0
    assert capsys.readouterr() == ("", "")
    page = file.read_text("utf-8")
    assert page.startswith("<!doctype html>\n")
    assert (title := html_tree(page).css_first("title"))
    assert title.text() == talk
    done = run_command_line("show", talk, "--html", "-")
    assert (done.code, done.out) == (0, page)


@pytest.mark.parametrize("place", ["none/talk.html", ""])
def test_show_reports_a_file_that_cannot_be_written(
    place: str,
    talk: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["show", talk, "--html", place]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"[^\n]+: [^\n]+\n", err)


@pytest.mark.usefixtures("mistral_server")
def test_show_leaves_a_file_alone_where_there_is_nothing_to_show(
    tmp_path: Path,
) -> None:
    file = tmp_path / "talk.html"
    file.write_text("older")
    assert main(["show", "conv_none", "--html", str(file)]) == 1
    assert file.read_text() == "older"


def test_delete_continues_after_one_that_does_not_exist(
    mistral_server: LocalServer, capsys: Capture
) -> None:
    one, two = (start_conversation(mistral_server, text) for text in "ab")
    assert main(["delete", one, "conv_none", two]) == 1
    out, err = capsys.readouterr()
    assert out == f"deleted {one}\ndeleted {two}\n"
    assert re.fullmatch(r"error: conv_none: HTTP 404: [^\n]+\n", err)
    assert mistral_server.conversations == ()
    last = start_conversation(mistral_server, "c")
    assert main(["delete", last]) == 0
