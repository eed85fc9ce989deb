"""Workers that share the bytecode of what they import.

The workers of pytest-xdist import the same modules in the same order, so that each
would compile all of them: in a new checkout, and always with PYTHONDONTWRITEBYTECODE.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import pytest

__all__ = ["bytecode_directory", "import_tests"]

DIRECTORY = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def bytecode_directory(config: pytest.Config) -> str:
    """Return the directory of this run for bytecode not to be written beside code."""
    if DIRECTORY not in config.stash:
        directory = tempfile.TemporaryDirectory(prefix="bytecode-")
        config.stash[DIRECTORY] = directory
        config.add_cleanup(directory.cleanup)
    return config.stash[DIRECTORY].name


def import_tests(config: pytest.Config, worker: dict[str, Any]) -> None:
    """Import the test modules, each worker beginning with another one.

    A worker finds most of the bytecode written by the others. Collection reports an
    import that fails, since it tries again.
    """
    names = sorted(_names(config))
    first = len(names) * int(worker["workerid"][2:]) // worker["workercount"]
    with _written(worker["bytecode"]):
        for name in names[first:] + names[:first]:
            with suppress(Exception, pytest.skip.Exception):
                import_module(name)


def _names(config: pytest.Config) -> Iterator[str]:
    for argument in config.args:
        path = config.invocation_params.dir / argument.partition("::")[0]
        for file in path.rglob("test_*.py") if path.is_dir() else [path]:
            if file.resolve().is_relative_to(config.rootpath):
                module = file.resolve().relative_to(config.rootpath).with_suffix("")
                yield ".".join(module.parts)


@contextmanager
def _written(directory: str) -> Iterator[None]:
    before = sys.dont_write_bytecode, sys.pycache_prefix
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode, sys.pycache_prefix = False, directory
    try:
        yield
    finally:
        sys.dont_write_bytecode, sys.pycache_prefix = before
