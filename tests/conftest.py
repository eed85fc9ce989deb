"""Fixtures of all tests: asyncio, a clean environment, a watch on blocking calls."""

import gc
import signal
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from aiohttp.web_app import _cached_build_middleware
from blockbuster import BlockBuster
from coverage import Coverage

from tests.support.bytecode import bytecode_directory, import_tests

_VARIABLES = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "MISTRAL_API_KEY",
    "MISTRAL_BASE_URL",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
]


def pytest_configure() -> None:
    """Collect no garbage yet; restore Ctrl-C where `nohup ... &` had it ignored."""
    gc.disable()  # until the tests are collected, which makes little garbage
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Name the directory of bytecode to a worker of pytest-xdist."""
    node.workerinput["bytecode"] = bytecode_directory(node.config)


def pytest_collection(session: pytest.Session) -> None:
    """Import the tests in a worker, which then shares their bytecode."""
    worker = getattr(session.config, "workerinput", None)
    if worker:
        import_tests(session.config, worker)


def pytest_collection_finish() -> None:
    """Freeze the tests, so that garbage collection only visits what they create."""
    gc.collect()  # else the classes that attrs replaced would stay
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Freeze the reports of pytest-xdist's workers, which pytest would visit."""
    if getattr(config.option, "numprocesses", None):
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Escape lone surrogates, which pytest-xdist cannot send from a worker."""
    return _escaped((yield))


def _escaped(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case dict():
            return {key: _escaped(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_escaped(item) for item in value)
    return value


@pytest.fixture
def anyio_backend() -> str:
    """Run on asyncio, in its slow debug mode where PYTHONASYNCIODEBUG asks for it."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Keep what the machine sets out of the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in _VARIABLES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        yield


@pytest.fixture(scope="module", autouse=True)
def no_server_stays() -> Iterator[None]:
    """Drop the servers that aiohttp keeps: garbage collection would visit them all."""
    yield
    _cached_build_middleware.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _watch() -> Iterator[BlockBuster]:
    """Fail every test in which the library blocks the loop."""
    watch = BlockBuster("mistral_conversations")
    acquire = watch.functions["threading.Lock.acquire"]
    allowed = acquire.can_block_predicate
    of_coverage = _lock_of_coverage()
    acquire.can_block_predicate = lambda lock, *args, **kwargs: (
        lock is of_coverage or allowed(lock, *args, **kwargs)
    )
    watch.activate()
    try:
        yield watch
    finally:
        watch.deactivate()


@pytest.fixture
def nothing_blocks(_watch: BlockBuster) -> Iterator[BlockBuster]:
    """Return the watch on blocking calls, which a test may change for itself."""
    acquire = _watch.functions["threading.Lock.acquire"]
    before = acquire.can_block_functions.copy()
    try:
        yield _watch
    finally:
        acquire.can_block_functions[:] = before
        _watch.activate()


def _lock_of_coverage() -> object | None:
    """Return the lock that coverage takes wherever a thread enters a file of ours."""
    measured = Coverage.current()
    collector = measured and measured._collector
    return collector and collector.data_lock
