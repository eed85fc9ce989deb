"""The virtual environment of the comparators: the vendor's SDK and OpenAI's."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["FOLDER", "ROOT", "SETTLED", "clean", "comparators", "versions"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".benchmarks"
"""The folder that the benchmarks write to; git ignores it."""

REQUIREMENTS = ("mistralai[agents]>=3.7", "openai[aiohttp]")

SETTLED = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}
"""The limits that glibc itself reaches in a process that has freed large blocks.

Until then, asyncio's buffer of 256 KiB is requested from the system and returned for
each read: two page faults or none for each event of a live stream, depending on
earlier reads.
"""

_VERSIONS = """
import json, sys
from importlib.metadata import version
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""
_PREFIXES = ("MISTRAL_", "OPENAI_", "PYTHON")
_SUFFIXES = ("_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


def comparators(folder: Path = FOLDER / "comparators") -> Path:
    """Return the interpreter that has the comparators; install them if needed.

    A note lists the installed versions. It is written last, so that an interrupted
    installation starts again, as does one by another interpreter.
    """
    note = folder / "installed.json"
    wanted = json.dumps([sys.version, *REQUIREMENTS])
    python = folder / "bin" / "python"
    if not note.exists() or note.read_text(encoding="utf-8") != wanted:
        sys.stderr.write(f"installing {', '.join(REQUIREMENTS)} into {folder}\n")
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS)
        note.write_text(wanted, encoding="utf-8")
    return python


def versions(python: Path | str, names: Sequence[str]) -> Mapping[str, str]:
    """Return the versions of packages installed for an interpreter."""
    command = [str(python), "-c", _VERSIONS, *names]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = json.loads(out)
    return found


def clean() -> dict[str, str]:
    """Return the environment without variables that would change a measurement."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_PREFIXES) and not name.upper().endswith(_SUFFIXES)
    }


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
