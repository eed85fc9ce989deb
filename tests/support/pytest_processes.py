"""Runs of pytest in processes of their own, which know nothing of this suite."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ALONE", "ENVIRONMENT", "WITH_ASYNCIO", "prepared", "run_in"]

TESTS = Path(__file__).parents[1]

ALONE = ["-p", "no:anyio", "-p", "no:asyncio"]
WITH_ASYNCIO = ["-o", "asyncio_default_fixture_loop_scope=function"]

NOWHERE = "http://127.0.0.1:9"
"""Connections to it are refused: the proxy and the service of every run."""

ENVIRONMENT = {
    "HTTP_PROXY": NOWHERE,
    "MISTRAL_API_KEY": "key-of-the-user",
    "MISTRAL_BASE_URL": NOWHERE,
    "NO_PROXY": "intranet.example",
    "PYTEST_ADDOPTS": "",
    "http_proxy": NOWHERE,
}

INI = """
[pytest]
addopts = -p no:cacheprovider -p no:hypothesispytest -p no:randomly -p no:timeout
    -p no:rerunfailures
filterwarnings = error
"""


def prepared(folder: Path) -> Path:
    """Copy the test runs to a folder in which to run pytest."""
    shutil.copytree(TESTS / "pytest_runs", folder / "runs")
    (folder / "pytest.ini").write_text(INI)
    return folder


def run_in(
    folder: Path,
    *arguments: str,
    status: int = 0,
    complaint: str = "",
    environment: Mapping[str, str] = ENVIRONMENT,
) -> str:
    """Run pytest; only a complaint, of which this is a part, may be on stderr."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "pytest"]
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == status, done.stdout
    assert bool(done.stderr) is bool(complaint), done.stderr
    assert complaint in done.stderr
    return done.stdout
