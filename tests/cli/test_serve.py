import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from mistral_conversations.cli import main
from tests.support.commands import COMMAND_LINE
from tests.support.interpreter import Program, running
from tests.support.local.http_caller import Caller

Serve = Callable[..., tuple[Program, str]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers: the process and its base URL."""
    with ExitStack() as stack:

        def run(*arguments: str) -> tuple[Program, str]:
            process = stack.enter_context(
                running(COMMAND_LINE, "serve", "--port", "0", *arguments)
            )
            return process, process.stdout.readline().strip()

        yield run


def _start(base_url: str, *, stream: bool = False, key: str = "k") -> HTTPConnection:
    connection = HTTPConnection(base_url.removeprefix("http://"), timeout=10)
    body = json.dumps({"inputs": "Hello there", "model": "m", "stream": stream})
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/conversations", body, headers)
    return connection


def _status_as(base_url: str, host: str) -> int:
    connection = HTTPConnection(base_url.removeprefix("http://"), timeout=10)
    headers = {"Authorization": "Bearer k", "Host": host}
    connection.request("GET", "/v1/conversations", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def _status(base_url: str, key: str = "k") -> int:
    connection = _start(base_url, key=key)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly_at_a_signal(serve: Serve, number: signal.Signals) -> None:
    process, base_url = serve()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", base_url)
    assert _status(base_url) == 200
    process.send_signal(number)
    ended = process.ended()
    assert (ended.code, ended.out) == (0, "")
    exports, _, log = ended.err.partition("API_KEY=local\n")
    assert exports == f"export MISTRAL_BASE_URL={base_url}\nexport MISTRAL_"
    assert re.fullmatch(r"[0-9 :,-]+ POST /v1/conversations 200 [0-9.]+ s\n", log)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_while_a_client_hangs_on(
    serve: Serve, number: signal.Signals
) -> None:
    process, base_url = serve()
    host, port = base_url.removeprefix("http://").split(":")
    text = "word " * 200_000
    body = json.dumps({"inputs": text, "model": "m", "stream": True}).encode()
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(
            b"POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\n"
            b"Authorization: Bearer k\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        assert client.recv(12) == b"HTTP/1.1 200"
        process.send_signal(number)
        ended = process.ended()
    assert (ended.code, ended.out) == (0, "")
    assert "Traceback" not in ended.err


def test_serve_takes_only_the_key_it_was_given(serve: Serve) -> None:
    _, base_url = serve("--key", "right", "--host", "localhost")
    assert base_url.startswith("http://localhost:")
    assert _status(base_url, "wrong") == 401
    assert _status(base_url, "right") == 200


def test_serve_accepts_the_hosts_that_it_was_given(serve: Serve) -> None:
    _, base_url = serve("--allow-host", "a.example", "--allow-host", "b.example")
    hosts = ["a.example:80", "b.example", "localhost", "c.example"]
    assert [_status_as(base_url, host) for host in hosts] == [200, 200, 200, 403]


def test_serve_keeps_the_newest_conversations(serve: Serve) -> None:
    _, base_url = serve("--keep", "2")
    assert [_status(base_url) for _ in range(3)] == [200, 200, 200]
    assert len(Caller(base_url).get("/v1/conversations").json) == 2


def test_serve_rejects_a_host_that_is_no_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["serve", "--allow-host", "http://a", "--port", "0"]) == 2
    assert "'http://a'" in capsys.readouterr().err


def test_serve_logs_a_line_of_each_request_and_never_the_key(serve: Serve) -> None:
    process, base_url = serve("--key", "canary-key")
    assert _status(base_url, "canary-key") == 200
    assert _status(base_url, "another-canary") == 401
    process.send_signal(signal.SIGINT)
    err = process.ended().err
    lines = re.findall(r"^[-0-9]+ [:,0-9]+ (.+) \S+ \S+$", err, re.MULTILINE)
    assert lines == ["POST /v1/conversations 200", "POST /v1/conversations 401"]
    assert "export MISTRAL_API_KEY=... # the key of --key\n" in err
    assert "canary" not in err


def test_a_shell_that_ran_the_exports_uses_the_server() -> None:
    program = [sys.executable, "-m", "mistral_conversations"]
    serving = [*program, "serve", "--port", "0"]
    with subprocess.Popen(serving, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        exports = "".join(process.stderr.readline() for _ in range(2))
        command = f"{exports}{shlex.join(program)} models list"
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True, check=False, timeout=30
        )
        process.send_signal(signal.SIGTERM)
    assert (done.returncode, "mistral-small-latest" in done.stdout) == (0, True)


def test_serve_takes_its_time_with_latency(serve: Serve) -> None:
    _, base_url = serve("--latency", "0.2")
    begun = time.monotonic()
    assert _status(base_url) == 200
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "machine.test"])
def test_serve_refuses_to_let_others_in_without_a_key(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host, "--port", "0"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert repr(host) in err
    assert "--key" in err


@pytest.mark.parametrize("key", ["", " ", "a b", "caf\u00e9"])
def test_serve_refuses_a_key_that_no_client_could_send(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--key", key, "--port", "0"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "--key" in err


def test_serve_refuses_a_blank_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "", "--key", "k", "--port", "0"]) == 2
    assert capsys.readouterr().err.startswith("error: host is blank")


@pytest.mark.parametrize("latency", ["-1", "nan", "inf", "soon", ""])
def test_wrong_latency_is_reported(
    latency: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["serve", f"--latency={latency}"])
    assert exit_.value.code == 2
    assert f"must be 0 or more seconds, not {latency!r}" in capsys.readouterr().err


def test_serve_says_that_a_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(rf"error: Cannot listen on 127\.0\.0\.1:{port}: [^\n]+\n", err)


@pytest.mark.parametrize(
    "arguments",
    [["serve", "--port", "70000"], ["serve", "--port", "x"], ["serve", "x"]],
)
def test_wrong_words_exit_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["abc", "", "-1", "65536", "8.0", "\u00b2"])
def test_wrong_port_is_reported(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["serve", f"--port={port}"])
    assert exit_.value.code == 2
    out, err = capsys.readouterr()
    assert (out, "_port" in err) == ("", False)
    assert f"must be 0 to 65535, not {port!r}" in err


@pytest.mark.parametrize("host", ["a..b", "a" * 70])
def test_serve_says_that_a_host_is_none(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host, "--port", "0", "--key", "k"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(rf"error: Cannot listen on {re.escape(host)}:0: [^\n]+\n", err)
