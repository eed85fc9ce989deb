"""The pytest plugin, in runs of pytest that know nothing of this suite."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mistral_conversations import AsyncConversations
from mistral_conversations.server import LocalServer, say
from tests.support.pytest_processes import ALONE, WITH_ASYNCIO, prepared, run_in

pytestmark = pytest.mark.processes

Run = Callable[..., str]

HERE = Path(__file__).parent

CONFTEST = """
import pytest
from mistral_conversations.server import LocalServer, say


@pytest.fixture
def mistral_server():
    with LocalServer([say("Mine"), say("Too")]) as server:
        yield server
"""

UNUSED = """
import sys


def test_nothing_is_imported(request):
    assert request.config.pluginmanager.has_plugin("mistral_conversations")
    libraries = {"aiohttp", "cattrs", "msgspec"}
    assert not libraries & sys.modules.keys()
    ours = {name for name in sys.modules if name.startswith("mistral_conversations")}
    assert ours == {
        "mistral_conversations",
        "mistral_conversations._version",
        "mistral_conversations.pytest_plugin",
    }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with test runs, in which to run pytest."""
    return prepared(tmp_path)


@pytest.fixture
def run(folder: Path) -> Run:
    """Run pytest in the folder."""
    return partial(run_in, folder)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return a line for each test of the runs that need no plugin for loops."""
    folder = prepared(tmp_path_factory.mktemp("alone"))
    files = ["runs/servers.py", "runs/retries.py", "runs/strict.py"]
    out = run_in(folder, *ALONE, "--strict-markers", "-rA", *files, status=1)
    return lines_of(out)


def lines_of(out: str) -> list[str]:
    """Return the lines of the summary, one for each test or error."""
    return re.findall(r"^[A-Z]+ (?:\[1\] )?runs/.*$", out, re.MULTILINE)


def counts(results: list[str], file: str) -> Counter[str]:
    return Counter(line.split()[0] for line in results if f"runs/{file}" in line)


def test_each_test_has_a_server_that_the_environment_points_to(
    results: list[str],
) -> None:
    assert "FAILED runs/servers.py::test_that_fails - Failed: on purpose" in results
    assert counts(results, "servers.py") == {"FAILED": 1, "PASSED": 8}


def test_the_client_follows_a_server_of_the_users_own(folder: Path, run: Run) -> None:
    (folder / "conftest.py").write_text(CONFTEST)
    out = run(*WITH_ASYNCIO, "-o", "asyncio_mode=auto", "runs/own_server.py")
    assert " 3 passed in " in out


def test_a_run_that_uses_no_fixture_imports_nothing(folder: Path, run: Run) -> None:
    (folder / "test_unused.py").write_text(UNUSED)
    assert " 1 passed in " in run(*ALONE, "test_unused.py")


UNUSED_IN_ALL = ["test_marked_and_unused"]
UNUSED_IF_STRICT = ["test_unused_script", "test_unused_trouble", *UNUSED_IN_ALL]


def test_strict_server_of_a_marker_fails_a_test_that_leaves_something_unused(
    results: list[str],
) -> None:
    assert_strict(results, UNUSED_IN_ALL)


def test_strict_server_of_the_configuration_fails_them_too(run: Run) -> None:
    strict = ["-o", "mistral_server_strict=true"]
    out = run(*ALONE, "--strict-markers", *strict, "-rA", "runs/strict.py", status=1)
    assert_strict(lines_of(out), UNUSED_IF_STRICT)


def assert_strict(results: list[str], unused: list[str]) -> None:
    at_end = [
        line
        for line in results
        if re.match(r"ERROR runs/strict\.py::\w+ - Asser", line)
    ]
    assert [re.split(r"::| ", line)[2] for line in at_end] == unused
    assert "FAILED runs/strict.py::test_failed - Failed: on purpose" in results
    others = {"FAILED": 1, "PASSED": 6, "SKIPPED": 1, "XFAIL": 1}
    assert counts(results, "strict.py") == {**others, "ERROR": len(unused)}


def test_markers_and_options_are_described(run: Run) -> None:
    markers = run(*ALONE, "--markers")
    assert "@pytest.mark.mistral_server(model=None, **settings): " in markers
    assert "@pytest.mark.mistral_cassette(path=None, *, " in markers
    options = run(*ALONE, "--help")
    assert re.search(r"mistral_server_strict \(bool\):\s+whether", options)
    assert re.search(r"mistral_record \(string\):\s+default of", options)
    assert re.search(r"--mistral-record=\{none,once,new,all\}\s+which", options)


def test_retries_cost_no_seconds(results: list[str]) -> None:
    assert counts(results, "retries.py") == {"PASSED": 2}


def test_importing_the_plugin_adds_no_other_module() -> None:
    code = (
        "import pytest, sys\n"
        "before = set(sys.modules)\n"
        "import mistral_conversations.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    package, version, plugin = done.stdout.split()
    assert package == "mistral_conversations"
    assert (version, plugin) == (f"{package}._version", f"{package}.pytest_plugin")


def test_pytest_shows_what_the_fixtures_give(run: Run) -> None:
    shown = re.findall(
        r"^(\w+) -- \S*mistral_conversations/pytest_plugin/__init__\.py:\d+\n +(.*)",
        run("--fixtures", *ALONE),
        re.MULTILINE,
    )
    assert dict(shown) == {
        "async_conversations": "Yield an `AsyncConversations` that talks to "
        "`mistral_server`.",
        "conversations": "Yield a `Conversations` that talks to `mistral_server`.",
        "mistral_server": "Run a `LocalServer` for one test, and point the "
        "environment to it.",
    }


def test_the_client_serves_every_kind_of_loop_and_the_tests_of_the_readme(
    folder: Path, run: Run
) -> None:
    readme = (HERE.parent / "README.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    (tests,) = (block for block in blocks if "async_conversations" in block)
    (folder / "test_readme.py").write_text(tests)
    number = len(re.findall(r"^(?:async )?def test_", tests, re.MULTILINE))
    out = run(*WITH_ASYNCIO, "-v", "runs/loops.py", "test_readme.py")
    assert len(re.findall(r"^runs/loops\.py::.* PASSED", out, re.MULTILINE)) == 11
    assert len(re.findall(r"^test_readme\.py::.* PASSED", out, re.MULTILINE)) == number
    assert f" {11 + number} passed in " in out


@pytest.mark.anyio
async def test_the_fixtures_work_in_this_suite(
    mistral_server: LocalServer, async_conversations: AsyncConversations
) -> None:
    mistral_server.model = [say("Hi")]
    response = await async_conversations.start("Hello", model="m")
    assert response.text == "Hi"


@pytest.mark.parametrize(
    ("before", "upper", "lower"),
    [
        ({}, "127.0.0.1", "127.0.0.1"),
        ({"NO_PROXY": ""}, "127.0.0.1", "127.0.0.1"),
        ({"NO_PROXY": "*"}, "*", "*"),
        ({"NO_PROXY": "a.example, b"}, "a.example,b,127.0.0.1", None),
        ({"no_proxy": "127.0.0.1,b"}, "127.0.0.1,b", None),
        ({"NO_PROXY": "a", "no_proxy": "b"}, "a,127.0.0.1", "b,127.0.0.1"),
    ],
    ids=str,
)
def test_no_proxy_keeps_what_is_there(
    before: dict[str, str],
    upper: str,
    lower: str | None,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    request.getfixturevalue("mistral_server")
    found = (os.environ["NO_PROXY"], os.environ["no_proxy"])
    assert found == (upper, lower or upper)
