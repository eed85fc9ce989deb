"""The accepted arguments, and the imports needed to parse them."""

import shlex
import subprocess
import sys

import pytest

from mistral_conversations import __version__
from mistral_conversations.cli import main
from mistral_conversations.cli.parser import command_parser, program

COMMANDS = [
    [],
    ["chat"],
    ["list"],
    ["show"],
    ["delete"],
    ["agents"],
    *(["agents", each] for each in ("list", "create", "show", "update", "delete")),
    ["libraries"],
    *(["libraries", each] for each in ("list", "create", "upload", "delete")),
    ["documents"],
    *(["documents", each] for each in ("list", "text", "delete")),
    ["files"],
    *(["files", each] for each in ("list", "upload", "download", "retrieve")),
    *(["files", each] for each in ("url", "delete")),
    ["models"],
    ["models", "list"],
    ["connectors"],
    *(["connectors", each] for each in ("list", "tools", "auth-url", "call")),
    ["batch"],
    ["batch-jobs"],
    *(["batch-jobs", each] for each in ("create", "list", "get", "wait", "results")),
    *(["batch-jobs", each] for each in ("cancel", "delete")),
    ["serve"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_is_there(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([*command, "--help"])
    assert exit_.value.code == 0
    out, err = capsys.readouterr()
    assert (
        " ".join(["usage: python -m mistral_conversations", *command]) in out,
        err,
    ) == (
        True,
        "",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "COMMAND"),
        (["dance"], "dance"),
        (["agents"], "COMMAND"),
        (["libraries"], "COMMAND"),
        (["chat", "--model", "m", "--agent", "a"], "not allowed with"),
        (["chat", "--model", "m", "--continue", "c"], "not allowed with"),
        (["chat", "--agent", "a", "--continue", "c"], "not allowed with"),
        (["chat", "--model", " "], "must not be blank"),
        (["chat", "--instructions", "\udcff"], "'\\udcff' is not valid text"),
        (["chat", "hello", "you"], "you"),
        (["chat", " "], "must not be blank"),
        (["chat", "--continue", "Hello you"], "put the message before --continue"),
        (["chat", "--tools", "m:f", "Hi you"], "a message stands before --tools"),
        (["chat", "--mod", "m"], "--mod"),
        (["list", "--limit", "0"], "must be 1 to 999999, not '0'"),
        (["list", "--limit", "-1"], "must be 1 to 999999, not '-1'"),
        (["list", "--limit", "1000000"], "must be 1 to 999999"),
        (["list", "--limit", "some"], "must be 1 to 999999"),
        (["serve", "--keep", "0"], "must be 1 to 999999, not '0'"),
        (["show"], "ID"),
        (["show", ""], "must not be blank"),
        (["show", "id", "--json", "--html", "-"], "not allowed with"),
        (["delete"], "ID"),
        (["libraries", "upload", "id"], "FILE"),
        (["files", "upload"], "FILE"),
        (["files", "upload", "a", "--expiry", "0"], "must be 1 to 999999, not '0'"),
        (["files", "download", " "], "must not be blank"),
        (["files", "url", "id", "--expiry", "169"], "must be 1 to 168, not '169'"),
        (["files", "url", "id", "--expiry", "0"], "must be 1 to 168, not '0'"),
        (["batch", "a.jsonl"], "-o/--output"),
        (["batch", "a.jsonl", "-o", "b", "--concurrency", "0"], "must be 1 to 999999"),
        (["batch", "a.jsonl", "-o", "b", "--tpm", "x"], "must be 1 to 999999999"),
        (["batch", "a.jsonl", "-o", "b", "--schema", "none.json"], "No such file"),
        (
            ["batch", "a.jsonl", "-o", "b", "--model", "m", "--agent", "a"],
            "not allowed",
        ),
        (["batch-jobs", "create"], "FILE"),
        (
            ["batch-jobs", "create", "a", "--hours", "169"],
            "must be 1 to 168, not '169'",
        ),
        (
            ["batch-jobs", "create", "a", "--endpoint", "v1/ocr"],
            "must be a path such as",
        ),
        (["batch-jobs", "create", "a", "--metadata", "team"], "must be KEY=VALUE"),
        (["batch-jobs", "create", "a", "--metadata", "=sky"], "must be KEY=VALUE"),
        (["batch-jobs", "create", "a", "--metadata", f"{'k' * 33}=v"], "at most 32"),
        (["batch-jobs", "create", "a", "--metadata", f"k={'v' * 513}"], "at most 512"),
        (["batch-jobs", "wait"], "ID"),
        (["batch-jobs", "wait", "id", "--timeout", "0"], "must be more than 0 seconds"),
        (["connectors", "call", "mail"], "TOOL"),
        (["connectors", "call", "mail", "send", "[]"], "must be a JSON object"),
        (["connectors", "tools", "mail", "--credentials", "a b"], "must be 1 to 64"),
        (["list", "--key", "secret"], "--key"),
        (["agents", "create", "--name", "n"], "--model"),
        (["agents", "create", "--tools", "search"], "web_search_premium, a JSON"),
        (["agents", "create", "--tools", "{"], "must be JSON"),
        (["agents", "create", "--tools", "here.py:run"], "must name a module"),
        (["agents", "update", "id", "--settings", "[]"], "must be a JSON object"),
        (["agents", "update", "id", "--instructions", "@none"], "'none': No such file"),
        (["agents", "update", "id", "--instructions", " "], "must not be blank"),
        (["documents", "text", "library"], "ID"),
        (["--print-completion", "sh"], "invalid choice"),
    ],
)
def test_wrong_words_exit_with_two(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(words)
    assert exit_.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "usage:" in err
    assert message in err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_example_of_a_command_is_one(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    _, found, example = capsys.readouterr().out.partition("\nexample:\n  ")
    parser = command_parser("prog")
    if [*command, "list"] in COMMANDS and command:
        assert not found
    else:
        words = shlex.split(example.replace("@guide.md", "x"))[3:]
        assert words[: len(command)] == command
        assert parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "usage", "error"),
    [
        (
            ["chat", "--modle", "m"],
            "chat [-h]",
            "option: --modle; did you mean --model",
        ),
        (
            ["agents", "list", "--jsn=x"],
            "agents list [-h]",
            "--jsn; did you mean --json",
        ),
        (["agents", "creat"], "agents [-h]", "command: creat; did you mean create?"),
        (["lst"], "[-h]", "no such command: lst; did you mean list?"),
        (["--versoin", "list"], "[-h]", "--versoin; did you mean --version?"),
        (["show", "a", "b"], "show [-h]", "unrecognized arguments: b"),
    ],
)
def test_a_misspelt_word_shows_the_usage_of_its_command(
    words: list[str], usage: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    err = capsys.readouterr().err
    assert err.startswith(f"usage: python -m mistral_conversations {usage}")
    assert error in err.splitlines()[-1]


def test_an_unknown_option_keeps_its_value_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words in (["--key", "canary"], ["--key=canary"]):
        with pytest.raises(SystemExit):
            main(["list", *words])
    assert "canary" not in capsys.readouterr().err


def test_a_group_without_a_command_shows_its_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["libraries"])
    err = capsys.readouterr().err
    assert (exit_.value.code, "\n    upload " in err) == (2, True)


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    shown = capsys.readouterr().out
    assert (exit_.value.code, shown) == (0, f"mistral-conversations {__version__}\n")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/x/mistral-conversations", "mistral-conversations"),
        ("/x/mistral_conversations/__main__.py", "python -m mistral_conversations"),
    ],
)
def test_help_calls_the_program_by_its_name(
    path: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [path, "--help"])
    assert program() == name


def test_help_imports_neither_client_nor_server() -> None:
    code = (
        "import sys\n"
        "from mistral_conversations.cli import main\n"
        "try:\n"
        "    main(['chat', '--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "slow = {'aiohttp', 'attrs', 'anyio', 'asyncio', 'rich', 'shtab'}\n"
        "found = slow & set(sys.modules)\n"
        "sys.exit(' '.join(found) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
