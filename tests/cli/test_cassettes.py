"""The commands `record` and `replay`."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mistral_conversations import BadRequestError, Conversations
from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer, say
from tests.support.commands import COMMAND_LINE
from tests.support.for_each import for_each
from tests.support.interpreter import Ended, Program, running

Start = Callable[..., tuple[Program, str]]
Capture = pytest.CaptureFixture[str]

KEY = "sk-canary-of-record"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers: the process and its base URL."""
    with ExitStack() as stack:

        def run(*arguments: str) -> tuple[Program, str]:
            command = running(COMMAND_LINE, *arguments, "--port", "0")
            process = stack.enter_context(command)
            return process, process.stdout.readline().strip()

        yield run


def ask(base_url: str, *texts: str) -> list[str]:
    """Stream answers."""
    with Conversations(KEY, base_url=base_url, retries=0) as client:
        streams = [client.start_stream(text, model="m") for text in texts]
        return ["".join(stream.text()) for stream in streams]


def stopped(process: Program, number: signal.Signals = signal.SIGTERM) -> Ended:
    process.send_signal(number)
    return process.ended()


def recorded(start: Start, path: Path, *texts: str) -> list[str]:
    """Record answers, and return them."""
    turns = [say(f"Answer to {text}") for text in texts]
    with LocalServer(turns, api_key=KEY) as service:
        arguments = ["record", str(path), "--upstream", service.base_url]
        process, base_url = start(*arguments)
        answers = ask(base_url, *texts)
        assert stopped(process).code == 0
    return answers


@for_each("number", [signal.SIGINT, signal.SIGTERM])
def test_answers_are_recorded_and_replayed(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    cassette = tmp_path / "talk.jsonl"
    with LocalServer(api_key=KEY) as service:
        recorder, base_url = start(
            "record", str(cassette), "--upstream", service.base_url
        )
        assert ask(base_url, "Sky?", "Sea?") == ["Sky?", "Sea?"]
        ended = stopped(recorder, number)
    assert (ended.code, ended.out) == (0, "")
    first, *log, last = ended.err.splitlines()
    assert first == f"export MISTRAL_BASE_URL={base_url}"
    assert last == f"recorded 2 exchanges in {cassette}"
    logged = r"[0-9 :,-]+ POST /v1/conversations 200 [0-9.]+ s"
    assert [bool(re.fullmatch(logged, line)) for line in log] == [True, True]
    assert KEY not in cassette.read_text() + ended.err

    player, base_url = start("replay", str(cassette), "--strict")
    assert ask(base_url, "Sea?", "Sky?") == ["Sea?", "Sky?"]
    ended = stopped(player, number)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith(
        f"export MISTRAL_BASE_URL={base_url}\nexport MISTRAL_API_KEY=local\n"
    )


def test_record_goes_by_the_environment(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalServer() as service:
        monkeypatch.setenv("MISTRAL_BASE_URL", service.base_url)
        recorder, base_url = start("record", str(tmp_path / "talk.jsonl"))
        assert ask(base_url, "Sky?") == ["Sky?"]
        assert stopped(recorder).err.endswith("talk.jsonl\n")
        assert len(service.requests) == 1


def test_new_answers_from_the_file_and_appends_to_it(
    start: Start, tmp_path: Path
) -> None:
    cassette = tmp_path / "talk.jsonl"
    recorded(start, cassette, "Sky?")
    with LocalServer([say("Blue-green")]) as service:
        arguments = ["record", str(cassette), "--upstream", service.base_url, "--new"]
        recorder, base_url = start(*arguments)
        answers = ["Answer to Sky?", "Blue-green"]
        assert ask(base_url, "Sky?", "Sea?") == answers
        err = stopped(recorder).err
        assert err.endswith(f"recorded 1 exchange in {cassette}\n")
    _, base_url = start("replay", str(cassette))
    assert ask(base_url, "Sky?", "Sea?") == answers


def test_parts_of_bodies_are_redacted_and_ignored(start: Start, tmp_path: Path) -> None:
    cassette = tmp_path / "talk.jsonl"
    with LocalServer([say("Fine.")]) as service:
        arguments = ["--upstream", service.base_url, "--redact", "$.inputs"]
        recorder, base_url = start("record", str(cassette), *arguments)
        ask(base_url, "My secret")
        stopped(recorder)
    assert "My secret" not in cassette.read_text()
    for arguments in (["--redact", "$.inputs"], ["--ignore", "$.inputs"]):
        player, base_url = start("replay", str(cassette), *arguments)
        assert ask(base_url, "Another secret") == ["Fine."]
        stopped(player)


def test_strict_replay_reports_what_was_not_used(start: Start, tmp_path: Path) -> None:
    cassette = tmp_path / "talk.jsonl"
    recorded(start, cassette, "Sky?")
    player, base_url = start("replay", str(cassette), "--strict")
    with pytest.raises(BadRequestError, match="Sky"):
        ask(base_url, "Sea?")
    ended = stopped(player)
    assert (ended.code, "Traceback" in ended.err) == (1, False)
    assert "\nerror: " in ended.err


def test_a_torn_cassette_is_a_warning(start: Start, tmp_path: Path) -> None:
    cassette = tmp_path / "talk.jsonl"
    recorded(start, cassette, "Sky?")
    cassette.write_bytes(cassette.read_bytes()[:-5])
    player, _ = start("replay", str(cassette))
    first, *_ = stopped(player).err.splitlines()
    assert first.startswith(f"warning: {cassette}, line ")
    assert " is torn, " in first


def test_replay_takes_only_the_key_that_it_was_given(
    start: Start, tmp_path: Path
) -> None:
    cassette = tmp_path / "talk.jsonl"
    recorded(start, cassette, "Sky?")
    player, base_url = start("replay", str(cassette), "--key", KEY)
    assert ask(base_url, "Sky?") == ["Answer to Sky?"]
    ended = stopped(player)
    assert "export MISTRAL_API_KEY=... # the key of --key\n" in ended.err
    assert KEY not in ended.err


@for_each(
    ("arguments", "text"),
    [
        (["replay", "{}", "--speed=-1"], "must be 0 or a number such as 0.5 or 2"),
        (["replay", "{}", "--speed=nan"], "must be 0 or a number such as 0.5 or 2"),
        (["replay", "{}", "--port=x"], "must be 0 to 65535"),
        (["replay"], "CASSETTE"),
        (["record", " "], "must not be blank"),
        (["record", "{}", "--speed=1"], "unrecognized option: --speed"),
    ],
)
def test_wrong_values_are_usage_errors(
    arguments: list[str], text: str, capsys: Capture, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([argument.format(tmp_path / "c") for argument in arguments])
    err = capsys.readouterr().err
    assert (exit_.value.code, text in err) == (2, True), err


@for_each(
    ("arguments", "text"),
    [
        (["--upstream", "nowhere"], "upstream"),
        (["--redact", "$["], "$["),
        (["--ignore", "$["], "$["),
        (["--match", "inputs"], "inputs"),
        (["--allow-host", "http://a"], "'http://a'"),
    ],
)
def test_values_that_the_server_rejects_exit_with_two(
    arguments: list[str], text: str, capsys: Capture, tmp_path: Path
) -> None:
    path = str(tmp_path / "talk.jsonl")
    assert main(["record", path, "--port", "0", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), text in err) == ("", 1, True), err
    assert not (tmp_path / "talk.jsonl").exists()


def test_a_missing_or_broken_cassette_is_reported(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "talk.jsonl"
    assert main(["replay", str(path), "--port", "0"]) == 1
    path.write_text("{}\n")
    assert main(["replay", str(path), "--port", "0"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err.count(str(path))) == ("", 2, 2), err
