"""The accepted arguments, and the imports needed to parse them."""

import subprocess
import sys

import pytest

from mistral_conversations.cli import main
from mistral_conversations.cli.parser import program

COMMANDS = [
    [],
    ["chat"],
    ["list"],
    ["show"],
    ["delete"],
    ["agents"],
    ["agents", "list"],
    ["libraries"],
    ["libraries", "list"],
    ["libraries", "upload"],
    ["files"],
    *(["files", each] for each in ("list", "upload", "download", "retrieve")),
    *(["files", each] for each in ("url", "delete")),
    ["models"],
    ["models", "list"],
    ["connectors"],
    *(["connectors", each] for each in ("list", "tools", "auth-url", "call")),
    ["batch"],
    *(["batch", each] for each in ("create", "list", "get", "wait", "results")),
    *(["batch", each] for each in ("cancel", "delete")),
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
        (["batch", "create"], "FILE"),
        (["batch", "create", "a", "--hours", "169"], "must be 1 to 168, not '169'"),
        (["batch", "create", "a", "--endpoint", "v1/ocr"], "must be a path such as"),
        (["batch", "create", "a", "--metadata", "team"], "must be KEY=VALUE"),
        (["batch", "create", "a", "--metadata", "=sky"], "must be KEY=VALUE"),
        (["batch", "create", "a", "--metadata", f"{'k' * 33}=v"], "at most 32"),
        (["batch", "create", "a", "--metadata", f"k={'v' * 513}"], "at most 512"),
        (["batch", "wait"], "ID"),
        (["batch", "wait", "id", "--timeout", "0"], "must be more than 0 seconds"),
        (["connectors", "call", "mail"], "TOOL"),
        (["connectors", "call", "mail", "send", "[]"], "must be a JSON object"),
        (["connectors", "tools", "mail", "--credentials", "a b"], "must be 1 to 64"),
        (["list", "--key", "secret"], "--key"),
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
        "found = {'aiohttp', 'attrs', 'anyio', 'asyncio', 'tqdm'} & set(sys.modules)\n"
        "sys.exit(' '.join(found) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
