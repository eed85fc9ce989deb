"""The walls of pyproject.toml hold for modules that do not exist yet."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import mistral_conversations

PACKAGE = Path(mistral_conversations.__file__).parent
PROJECT = PACKAGE.parent / "pyproject.toml"
LINT = Path(sys.executable).parent / "lint-imports"

ROOT = "Only cli and the pytest plugin import the package root"
AIOHTTP = "aiohttp stays in _transport and server"
CODECS = "msgspec and cattrs stay in _wire"
EXTRAS = "Optional dependencies are imported by the modules named here"
TELEMETRY = "opentelemetry stays in telemetry"
LAYERS = "Imports go down only"
SERVER = (
    "The server shares models, _wire and a few small modules, never the client half"
)
ROOMS = "Imports go down only within the server"
RUNS = "Imports go down only within runs"

OPTIONAL = {
    "_wire/pydantic_types.py": "pydantic",
    "batch/bar.py": "rich",
    "batch/dask/claims.py": "distributed",
    "batch/dask/cluster.py": "distributed",
    "batch/dask/engine.py": "distributed",
    "batch/dask/parcels.py": "cloudpickle",
    "batch/dask/pauses.py": "cloudpickle distributed",
    "batch/dask/worker.py": "cloudpickle distributed",
    "cli/colours.py": "rich",
    "cli/completion.py": "shtab",
    "cli/editor.py": "prompt_toolkit",
    "cli/markdown.py": "markdown_it rich",
    "cli/page.py": "rich",
    "cli/progress.py": "rich",
    "display/notebook.py": "IPython",
    "html/markdown.py": "markdown_it",
    "pytest_plugin": "pytest",
    "runs/functions/docstrings.py": "docstring_parser",
    "runs/mcp/library.py": "mcp",
    "server/cassettes/json_path.py": "jsonpath_rfc9535",
    "telemetry": "opentelemetry",
}
"""What a module may import besides the dependencies, or all in a package."""


def configuration() -> Mapping[str, Any]:
    return tomllib.loads(PROJECT.read_text())


def broken(directory: Path, files: Mapping[str, str]) -> set[str]:
    """Return the contracts that the package breaks with more lines in some files."""
    tree = shutil.copytree(
        PACKAGE,
        directory / PACKAGE.name,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(PROJECT, directory)
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(f"\n{text}\n")
    done = subprocess.run(
        [LINT, "--no-cache"],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(directory), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, flags=re.MULTILINE)
    assert len(found) == len(configuration()["tool"]["importlinter"]["contracts"])
    return {name for name, state in found if state == "BROKEN"}


def imported(path: Path) -> Iterator[str]:
    """Yield the top-level modules that a file imports, whenever it does so."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_a_new_module_is_inside_every_wall(tmp_path: Path) -> None:
    files = {
        "runs/__init__.py": "import aiohttp, rich",
        "walk.py": "import msgspec\nfrom mistral_conversations import AsyncAgents",
        "wave.py": "import opentelemetry",
        "server/__init__.py": "from mistral_conversations import walk",
    }
    walls = {LAYERS, ROOT, AIOHTTP, CODECS, EXTRAS, SERVER, TELEMETRY}
    assert broken(tmp_path, files) == walls


def test_an_import_inside_a_function_counts_too(tmp_path: Path) -> None:
    text = "def later() -> None:\n    import cattrs"
    assert broken(tmp_path, {"stream.py": text}) == {CODECS}


@pytest.mark.parametrize(
    "lines",
    [
        {
            "server/web/listing.py": "server.answers.usage",
            "runs/functions/media.py": "runs.calls.toolset",
        },
        {
            "server/libraries/search.py": "server.agents.listing",
            "runs/context.py": "runs.errors",
        },
        {"server/replay.py": "models.model", "runs/waiting.py": "models.model"},
    ],
    ids=["up", "aside", "new"],
)
def test_the_rooms_of_the_server_and_of_runs_have_walls(
    tmp_path: Path, lines: Mapping[str, str]
) -> None:
    files = {name: f"import {PACKAGE.name}.{module}" for name, module in lines.items()}
    assert broken(tmp_path, files) == {ROOMS, RUNS}


def test_every_dependency_that_is_imported_is_declared() -> None:
    declared = {
        "attr" if name == "attrs" else name
        for line in configuration()["project"]["dependencies"]
        if (name := re.split(r"\W", line)[0])
    }
    # classes of these are in the signatures of aiohttp's public methods
    known = {*declared, "attrs", "multidict", "yarl", PACKAGE.name}
    for path in PACKAGE.rglob("*.py"):
        others = {*imported(path)} - sys.stdlib_module_names - known
        below = path.relative_to(PACKAGE)
        allowed = OPTIONAL.get(str(below)) or OPTIONAL.get(below.parts[0])
        assert others <= set((allowed or "").split()), path
