"""Cassettes of tests, in runs of pytest that know nothing of this suite."""

import re
from collections import Counter
from collections.abc import Mapping
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
    "test_summary/test_summary.jsonl",
]
REQUESTS = len(EVERY_KIND) + 1  # and that of a cassette with a path of its own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with test runs, in which to run pytest."""
    return prepared(tmp_path)


def recording(service: LocalServer) -> Mapping[str, str]:
    own = {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": service.base_url}
    return {**ENVIRONMENT, "NO_PROXY": "127.0.0.1", **own}


def cassettes(folder: Path) -> dict[str, str]:
    below = folder / "runs" / "cassettes"
    found = sorted(below.rglob("*.jsonl"))
    return {str(path.relative_to(below)): path.read_text() for path in found}


def outcomes(out: str) -> Counter[str]:
    return Counter(re.findall(r"^([A-Z]+) (?:\[1\] )?runs/", out, re.MULTILINE))


KINDS = [*WITH_ASYNCIO, "-rA", "runs/cassettes.py", "runs/test_summary.py"]


def recipe() -> str:
    """Return the test with a cassette in the README."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    fragments = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    (found,) = (text for text in fragments if "@pytest.mark.mistral_cassette" in text)
    return str(found)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which tests of every kind were recorded once."""
    folder = prepared(tmp_path_factory.mktemp("recorded"))
    (folder / "runs" / "test_summary.py").write_text(recipe())
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


def test_tests_of_every_kind_are_replayed_in_processes_without_a_key(
    recorded: Path,
) -> None:
    before = cassettes(recorded)
    once = [*KINDS, "--mistral-record=once", "-n", "2"]
    assert passed(run_in(recorded, *once, environment=WITHOUT_KEY)) == REQUESTS
    assert cassettes(recorded) == before


def test_a_cassette_that_does_not_fit_fails_a_test_once(folder: Path) -> None:
    odd = [*ALONE, "-rA", "runs/odd_cassettes.py"]
    with LocalServer(api_key=KEY) as service:
        environment = {**recording(service), "ASKED": "Hello,Sky"}
        once = [*odd, "--mistral-record=once"]
        out = run_in(folder, *once, environment=environment, status=1)
    assert outcomes(out) == {"PASSED": 3, "FAILED": 1}

    environment = {**WITHOUT_KEY, "ASKED": "Hello"}  # the request for "Sky" is unused
    ini = ["-o", "mistral_server_strict=true", "-o", "mistral_record=all"]
    none = [*odd, *ini, "--mistral-record=none"]
    out = run_in(folder, *none, environment=environment, status=1)
    assert outcomes(out) == {"PASSED": 3, "ERROR": 3, "FAILED": 1}
    assert "FAILED runs/odd_cassettes.py::test_strict_and_failed - " in out
    assert "ERROR runs/odd_cassettes.py::test_strict_and_failed - " not in out


def test_wrong_markers_and_missing_cassettes_are_errors(
    folder: Path,
) -> None:
    files = ["runs/wrong_cassettes.py", "runs/odd_cassettes.py"]
    wrong = [*ALONE, "-rA", *files]
    out = run_in(folder, *wrong, environment=WITHOUT_KEY, status=1)
    assert outcomes(out) == {"ERROR": 8}
    assert "use one of the markers mistral_server and mistral_cassette" in out
    assert "@pytest.mark.mistral_cassette: " in out
    assert "unexpected keyword argument 'velocity'" in out
    assert "path must be a str or a path, not int" in out
    assert "another one replaces it with a LocalServer" in out
    path = folder / "runs" / "cassettes" / "odd_cassettes" / "test_usual.jsonl"
    assert f"no cassette {path}: record it with --mistral-record=once" in out


def test_an_unknown_mode_is_a_usage_error(folder: Path) -> None:
    complaint = "mistral_record must be one of none, once, new, all, not 'always'"
    wrong = ["-o", "mistral_record=always"]
    run_in(folder, *ALONE, *wrong, status=4, complaint=complaint)
