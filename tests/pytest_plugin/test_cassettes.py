"""Cassettes of tests, in runs of pytest that know nothing of this suite."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from mistral_conversations.server import LocalServer
from tests.support.pytest_processes import (
    ALONE,
    ENVIRONMENT,
    WITH_ASYNCIO,
    prepared,
    run_in,
)

pytestmark = pytest.mark.processes

Run = Callable[..., str]

KEY = "sk-canary-of-the-recorder"
WITHOUT_KEY = {**ENVIRONMENT, "MISTRAL_API_KEY": ""}

EVERY_KIND = [
    "cassettes/TestInAClass.test_parameters[A]-83791c01.jsonl",
    "cassettes/TestInAClass.test_parameters[a-b]-5e1a6a10.jsonl",
    "cassettes/TestInAClass.test_parameters[a-b]-d5353e00.jsonl",
    "cassettes/TestInAClass.test_parameters[a].jsonl",
    "cassettes/TestUnit.test_in_a_case.jsonl",
    "cassettes/test_a_client.jsonl",
    "cassettes/test_anyio.jsonl",
    "cassettes/test_pytest_asyncio.jsonl",
    "cassettes/test_the_marker_alone.jsonl",
    "cassettes/test_the_server.jsonl",
]
REQUESTS = len(EVERY_KIND) + 1  # and that of a cassette with a path of its own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with test runs, in which to run pytest."""
    return prepared(tmp_path)


@pytest.fixture
def service() -> Iterator[LocalServer]:
    """Run the service that the tests record."""
    with LocalServer(api_key=KEY) as server:
        yield server


@pytest.fixture
def replay(folder: Path) -> Run:
    """Run pytest without a key and without a service."""
    return partial(run_in, folder, environment=WITHOUT_KEY)


@pytest.fixture
def record(folder: Path, service: LocalServer) -> Run:
    """Run pytest with a service, which `MISTRAL_BASE_URL` names."""

    def run(*arguments: str, asked: str = "Hello", status: int = 0) -> str:
        environment = {**recording(service), "ASKED": asked}
        return run_in(folder, *arguments, environment=environment, status=status)

    return run


def recording(service: LocalServer) -> Mapping[str, str]:
    own = {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": service.base_url}
    return {**ENVIRONMENT, "NO_PROXY": "127.0.0.1", **own}


def cassettes(folder: Path) -> dict[str, str]:
    below = folder / "runs" / "cassettes"
    found = sorted(below.rglob("*.jsonl"))
    return {str(path.relative_to(below)): path.read_text() for path in found}


def outcomes(out: str) -> Counter[str]:
    return Counter(re.findall(r"^([A-Z]+) (?:\[1\] )?runs/", out, re.MULTILINE))


KINDS = [*WITH_ASYNCIO, "-rA", "runs/cassettes.py"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which tests of every kind were recorded once."""
    folder = prepared(tmp_path_factory.mktemp("recorded"))
    with LocalServer(api_key=KEY) as service:
        environment = recording(service)
        once = [*KINDS, "--mistral-record=once"]
        assert passed(run_in(folder, *once, environment=environment)) == REQUESTS
        assert len(service.requests) == REQUESTS
    return folder


def passed(out: str) -> int:
    assert outcomes(out).keys() == {"PASSED"}
    return outcomes(out)["PASSED"]


def test_each_test_has_a_cassette_without_the_key(recorded: Path) -> None:
    written = cassettes(recorded)
    assert list(written) == EVERY_KIND
    shared = recorded / "runs" / "shared" / "one.jsonl"
    assert KEY not in "".join([*written.values(), shared.read_text()])


@pytest.mark.parametrize(
    "arguments", [["--mistral-record=once"], ["-n", "2"]], ids=["once", "xdist"]
)
def test_tests_of_every_kind_are_replayed_without_a_key(
    recorded: Path, arguments: list[str]
) -> None:
    before = cassettes(recorded)
    out = run_in(recorded, *KINDS, *arguments, environment=WITHOUT_KEY)
    assert passed(out) == REQUESTS
    assert cassettes(recorded) == before


def test_a_missing_cassette_is_an_error(folder: Path, replay: Run) -> None:
    out = replay(*USUAL, status=1)
    path = folder / "runs" / "cassettes" / "odd_cassettes" / "test_usual.jsonl"
    assert f"no cassette {path}: record it with --mistral-record=once" in out
    assert outcomes(out) == {"ERROR": 1}


USUAL = [*ALONE, "-rA", "runs/odd_cassettes.py", "-k", "usual"]
ALL = ["-o", "mistral_record=all"]


def test_new_records_what_is_not_recorded_and_all_everything(
    folder: Path, service: LocalServer, record: Run, replay: Run
) -> None:
    record(*USUAL, "--mistral-record=once")
    record(*USUAL, "--mistral-record=new", asked="Hello,Again")
    assert [request.json["inputs"] for request in service.requests] == [
        "Hello",
        "Again",
    ]
    (both,) = cassettes(folder).values()
    strict = ["-o", "mistral_server_strict=true"]
    out = replay(*USUAL, *strict, *ALL, "--mistral-record=none", status=1)
    assert outcomes(out) == {"PASSED": 1, "ERROR": 1}  # it did not ask again
    record(*USUAL, *ALL)
    assert len(service.requests) == 3
    (one,) = cassettes(folder).values()
    assert ("Again" in both, "Again" in one) == (True, False)


def test_recording_needs_a_key(folder: Path, replay: Run) -> None:
    out = replay(*USUAL, "--mistral-record=all", status=1)
    assert "no API key to record " in out
    assert ": set MISTRAL_API_KEY, or replay with --mistral-record=none" in out
    assert cassettes(folder) == {}


def test_a_rerun_records_again(folder: Path, service: LocalServer, record: Run) -> None:
    failing = [*ALONE, "runs/odd_cassettes.py", "-k", "and_failed"]
    again = ["-p", "rerunfailures", "--reruns", "1", "--mistral-record=once"]
    assert "1 failed, " in record(*failing, *again, status=1)
    assert len(service.requests) == 2
    assert len(cassettes(folder)) == 1


def test_strict_cassettes_and_those_that_lack_a_request(
    folder: Path, record: Run
) -> None:
    odd = [*ALONE, "-rA", "runs/odd_cassettes.py"]
    out = record(*odd, "--mistral-record=once", asked="Hello,Sky", status=1)
    assert outcomes(out) == {"PASSED": 3, "FAILED": 1}

    out = record(*odd, asked="Hello", status=1)  # the request for "Sky" is unused
    assert outcomes(out) == {"PASSED": 3, "ERROR": 1, "FAILED": 1}
    assert re.search(r"^ERROR runs/odd_cassettes.py::test_strict - ", out, re.MULTILINE)

    out = record(*odd, asked="Hello,Sea", status=1)
    assert outcomes(out) == {"PASSED": 1, "FAILED": 3}
    assert "was not recorded" in out
    redacted = "odd_cassettes/TestIgnored.test_as_in_the_class.jsonl"
    assert '"inputs":"Sky","model":"***"}' in cassettes(folder)[redacted]


def test_wrong_markers_are_errors(replay: Run) -> None:
    out = replay(*ALONE, "-rA", "runs/wrong_cassettes.py", status=1)
    assert outcomes(out) == {"ERROR": 4}
    assert "use one of the markers mistral_server and mistral_cassette" in out
    assert "@pytest.mark.mistral_cassette: " in out
    assert "unexpected keyword argument 'velocity'" in out
    assert "path must be a str or a path, not int" in out
    assert "another one replaces it with a LocalServer" in out


def test_an_unknown_mode_is_a_usage_error(folder: Path) -> None:
    complaint = "mistral_record must be one of none, once, new, all, not 'always'"
    wrong = [*USUAL, "-o", "mistral_record=always"]
    run_in(folder, *wrong, status=4, complaint=complaint)


def test_marker_and_option_are_described(replay: Run) -> None:
    assert "@pytest.mark.mistral_cassette(path=None, *, " in replay(*ALONE, "--markers")
    text = replay(*ALONE, "--help")
    assert re.search(r"--mistral-record=\{none,once,new,all\}\s+which", text)
    assert re.search(r"mistral_record \(string\):\s+default of", text)
