"""The server of a test with a cassette: what it records, and what it replays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import BadRequestError, Conversations
from mistral_conversations.pytest_plugin.cassettes import server_with_cassette
from mistral_conversations.server import LocalServer, RecordingServer, ReplayingServer
from tests.support.for_each import for_each
from tests.support.pytest_items import item

MARKER = "mistral_cassette"
KEY = "sk-canary-of-the-recorder"


@pytest.fixture
def test_(request: pytest.FixtureRequest, tmp_path: Path) -> pytest.Item:
    """Return a test with the marker."""
    return marked(request, tmp_path, "test_asking")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """Run the service that `MISTRAL_BASE_URL` names."""
    with LocalServer(api_key=KEY) as server:
        monkeypatch.setenv("MISTRAL_API_KEY", KEY)
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        yield server


def marked(
    request: pytest.FixtureRequest, folder: Path, name: str, **settings: Any
) -> pytest.Item:
    found = item(request.session, str(folder / "test_file.py"), name)
    found.add_marker(pytest.mark.mistral_cassette(**settings))
    return found


def run(test: pytest.Item, mode: str, *texts: str, strict: bool = False) -> type:
    """Run a test that asks; return which server it had."""
    with server_with_cassette(test, MARKER, mode, strict=strict) as server:
        with Conversations(KEY, base_url=server.base_url, retries=0) as client:
            for text in texts:
                assert client.start(text, model="m").text == text
        return type(server)


def asked(service: LocalServer) -> list[str]:
    return [request.json["inputs"] for request in service.requests]


def cassette(folder: Path) -> str:
    (found,) = folder.rglob("*.jsonl")
    return found.read_text()


def test_none_replays_what_once_has_recorded(
    test_: pytest.Item, service: LocalServer, tmp_path: Path
) -> None:
    assert run(test_, "once", "Sky", "Sea") is RecordingServer
    assert asked(service) == ["Sky", "Sea"]
    assert run(test_, "none", "Sea", "Sky") is ReplayingServer
    with pytest.raises(BadRequestError, match="was not recorded"):
        run(test_, "none", "Sun")
    assert asked(service) == ["Sky", "Sea"]
    assert KEY not in cassette(tmp_path)


def test_once_replays_what_an_earlier_session_has_recorded(
    test_: pytest.Item,
    service: LocalServer,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    run(marked(request, tmp_path, "test_other"), "all", "Sky")
    (written,) = tmp_path.rglob("*.jsonl")
    written.rename(written.with_name("test_asking.jsonl"))
    assert run(test_, "once", "Sky") is ReplayingServer
    assert asked(service) == ["Sky"]


def test_new_adds_to_a_cassette_and_all_replaces_it(
    test_: pytest.Item, service: LocalServer, tmp_path: Path
) -> None:
    run(test_, "all", "Sky")
    run(test_, "new", "Sky", "Sea")
    assert asked(service) == ["Sky", "Sea"]
    assert "Sea" in cassette(tmp_path)
    run(test_, "all", "Sky")
    assert asked(service) == ["Sky", "Sea", "Sky"]
    assert "Sea" not in cassette(tmp_path)


@for_each("mode", ["once", "all"])
def test_a_rerun_records_again_and_another_test_adds_to_the_same_cassette(
    mode: str, service: LocalServer, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = f"{mode}.jsonl"
    first, second = (
        marked(request, tmp_path, name, path=path) for name in ("test_a", "test_b")
    )
    run(first, mode, "Hi", "Sky")
    run(first, mode, "Sky")
    run(second, mode, "Sky", "Sea")
    assert asked(service)[-4:] == ["Hi", "Sky", "Sky", "Sea"]
    run(first, "none", "Sky", strict=False)
    run(second, "none", "Sky", "Sea", strict=True)


def test_the_markers_add_up(
    service: LocalServer, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    settings = {"redact": ["$.inputs"], "strict": True}
    test = marked(request, tmp_path, "test_x", **settings)
    test.add_marker(pytest.mark.mistral_cassette(strict=False, upstream=None))
    run(test, "all", "My secret", "Another")
    assert '"inputs":"***"' in cassette(tmp_path)
    own = marked(request, tmp_path, "test_x", upstream="http://127.0.0.1:9")
    run(test, "new", "My secret")
    assert len(service.requests) == 2
    with pytest.raises(BadRequestError):
        run(own, "none", "My secret")


def test_a_strict_cassette_that_is_unused_is_an_error_unless_the_test_fails(
    test_: pytest.Item, service: LocalServer
) -> None:
    run(test_, "all", "Sky", "Sea")
    with pytest.raises(AssertionError, match="not used"):
        run(test_, "none", "Sky", strict=True)
    with pytest.raises(BadRequestError):
        run(test_, "none", "Sun", strict=True)
    assert len(service.requests) == 2


@for_each("mode", ["once", "new", "all"])
def test_recording_needs_a_key(
    mode: str,
    test_: pytest.Item,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "")
    problem = (
        r"no API key to record .*test_asking\.jsonl with: set MISTRAL_API_KEY, or "
        "replay with --mistral-record=none"
    )
    with pytest.raises(pytest.fail.Exception, match=problem):
        run(test_, mode)
    assert list(tmp_path.rglob("*.jsonl")) == []


@for_each(
    ("settings", "problem"),
    [
        ({}, r"no cassette .*: record it with --mistral-record=once"),
        ({"velocity": 2}, "unexpected keyword argument 'velocity'"),
        ({"path": 5}, "path must be a str or a path, not int"),
        ({"path": "file", "speed": -1}, "speed must be "),
        ({"path": "file", "ignore": ["$["]}, r"ignore.*\$\["),
        ({"path": "file"}, "file, line 1: "),
        ({"path": "."}, "Is a directory"),
        ({"path": "torn"}, "torn, line 2 is torn"),
    ],
)
def test_a_wrong_cassette_fails_its_test_in_one_line(
    settings: dict[str, Any],
    problem: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("no cassette\n")
    (tmp_path / "torn").write_text('{"cassette":1}\n{"id"')
    test = marked(request, tmp_path, "test_x", **settings)
    with pytest.raises(pytest.fail.Exception, match=problem) as caught:
        run(test, "none")
    assert caught.value.msg is not None
    assert caught.value.msg.startswith("@pytest.mark.mistral_cassette: ")
    assert not caught.value.pytrace
