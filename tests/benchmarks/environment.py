"""An environment of the comparators' own: the vendor's SDK and OpenAI's."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["FOLDER", "ROOT", "SETTLED", "clean", "comparators", "versions"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".benchmarks"
"""What the benchmarks leave behind; git ignores it."""

REQUIREMENTS = ("mistralai[agents]>=3.7", "openai[aiohttp]")

SETTLED = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}
"""What glibc's limits come to by themselves in a process that has freed large blocks.

Until then asyncio's buffer of 256 KiB for each read is got from the system and given
back: two page faults for each event of a live stream, or none, by what was read before.
"""

_VERSIONS = """
import json, sys
from importlib.metadata import version
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""
_PREFIXES = ("MISTRAL_", "OPENAI_", "PYTHON")
_SUFFIXES = ("_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


def comparators(folder: Path = FOLDER / "comparators") -> Path:
    """Give the interpreter that has the comparators; install them where it is missing.

    A note tells what was installed. It is written last, so that what was broken off
    is begun anew, as is what was made by another interpreter.
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
    """Tell the versions of packages that an interpreter has."""
    command = [str(python), "-c", _VERSIONS, *names]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = json.loads(out)
    return found


def clean() -> dict[str, str]:
    """Give the variables of this process without what would change a measurement."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_PREFIXES) and not name.upper().endswith(_SUFFIXES)
    }


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
