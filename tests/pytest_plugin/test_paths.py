"""The paths of cassettes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mistral_conversations.pytest_plugin.paths import cassette_path
from tests.support.pytest_items import item

Found = Callable[..., str]

FOLDER = "/project/tests"


@pytest.fixture
def found(request: pytest.FixtureRequest) -> Found:
    """Return the path of the cassette of a test, below the folder of its file."""

    def path(*names: str, file: str = "test_asking.py") -> str:
        made = cassette_path(item(request.session, f"{FOLDER}/{file}", *names), None)
        return str(made.relative_to(FOLDER))

    return path


def test_a_test_has_a_file_named_after_it(found: Found) -> None:
    assert found("test_sky") == "cassettes/test_asking/test_sky.jsonl"
    in_class = "cassettes/test_asking/TestSky.TestAtNight.test_blue[small-1].jsonl"
    assert found("TestSky", "TestAtNight", "test_blue[small-1]") == in_class


NAMES = [
    "test_x[a]",
    "test_x[A]",
    "test_x[Abc.x]",
    "test_x[abc.x]",
    "test_x[a/b]",
    "test_x[a\\b]",
    "test_x[a b]",
    "test_x[a:b]",
    "test_x[a-b]",
    "test_x[../../../b]",
    "test_x[\u00e9]",
    "test_x[e\u0301]",
    "test_x[\ud800]",
    "test_x[\0]",
    "test_x[\n]",
    f"test_x[{'long' * 100}]",
    f"test_x[{'long' * 101}]",
    "test_X[a]",
]


def test_no_two_tests_share_a_file_whatever_the_file_system_ignores(
    found: Found, tmp_path: Path
) -> None:
    made = [found(name) for name in NAMES]
    assert len({path.casefold() for path in made}) == len(NAMES)
    for path in made:
        assert path.isascii()
        assert path.isprintable()
        folder, file = path.rsplit("/", 1)
        assert folder == "cassettes/test_asking"
        assert len(file) < 130
        assert not set(file) & set('\\/:*?"<>| ')
        (tmp_path / file).touch()
    assert len([*tmp_path.iterdir()]) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "usual"),
    [
        ("test_x[a-1.5,b=c+d]", True),
        ("testCamel", False),
        ("test_x[A]", False),
        ("test_x[a/b]", False),
    ],
)
def test_a_usual_name_has_no_hash(found: Found, name: str, usual: bool) -> None:
    assert (found(name) == f"cassettes/test_asking/{name}.jsonl") is usual


def test_the_name_of_a_cassette_stays_the_same(found: Found) -> None:
    file = "cassettes/test_asking/test_x[a-b]-804c3669.jsonl"
    assert found("test_x[a/b]") == file


def test_files_that_differ_in_case_have_folders_of_their_own(found: Found) -> None:
    folders = {found("test_x", file=f"{name}.py").casefold() for name in ("a", "A")}
    assert len(folders) == 2


@pytest.mark.parametrize("given", ["shared.jsonl", Path("shared.jsonl")], ids=str)
def test_a_given_path_is_relative_to_the_folder_of_the_test(
    given: str | Path, request: pytest.FixtureRequest
) -> None:
    test = item(request.session, f"{FOLDER}/test_asking.py", "test_x")
    assert cassette_path(test, given) == Path(FOLDER) / "shared.jsonl"
    absolute = Path("/elsewhere/shared.jsonl")
    assert cassette_path(test, absolute) == absolute
