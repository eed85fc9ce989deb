"""Send generated requests to a `LocalServer`, and judge its answers.

Run with `python -m tests.description`, in an environment with the extra `schemathesis`
and the published description in the folder that CONVERSATIONS_API_DIR names. The exit
code is 1 if an answer was 5xx or outside the description in its status, content type
or schema, or if an operation never succeeded. The requests are the same in each run.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from mistral_conversations.server import LocalConnector, LocalServer
from tests.support.api_description import VARIABLE

from .amended import Description, descriptions, operations_of
from .model import model_of_all_kinds, tides
from .objects import CONNECTOR, TOOL
from .settings import COUNTS, KEY, STREAM, URL

_CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]
_OPTIONS = [
    *("--checks", ",".join(_CHECKS)),
    *("--phases", "examples,coverage,fuzzing"),
    *("--max-examples", "20"),
    *("--generation-deterministic", "--no-shrink", "--continue-on-failure"),
    *("--no-color", "--warnings", "off"),
    *("--suppress-health-check", "all"),
]

_MODES = {"plain": "all", "streams": "positive"}
"""What to generate: invalid requests have the same answers, stream or not."""

_ROOT = Path(__file__).parents[2]

Counts = Mapping[str, Mapping[str, int]]


def main() -> int:
    """Try both halves of the description, and print a table for each."""
    if VARIABLE not in os.environ:
        sys.exit(f"{VARIABLE} must name the folder of the published description")
    with TemporaryDirectory() as folder:
        parts = descriptions(Path(os.environ[VARIABLE])).items()
        return max([_judge(Path(folder), name, part) for name, part in parts])


def _judge(folder: Path, name: str, description: Description) -> int:
    """Generate requests from a description; return 1 if something is wrong."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(description))
    counts_path = folder / f"{name}-counts.json"
    model, connector = (
        model_of_all_kinds(),
        LocalConnector(CONNECTOR, tools={TOOL: tides}),
    )
    with LocalServer(model, keep=1_000, connectors=[connector]) as server:
        variables = {
            URL: server.base_url,
            COUNTS: str(counts_path),
            STREAM: json.dumps(name == "streams"),
        }
        failed = _run(path, variables, _MODES[name])
    counts: Counts = json.loads(counts_path.read_text())
    labels = [label for label, _ in operations_of(description)]
    never = [label for label in labels if not _successes(counts.get(label, {}))]
    sys.stdout.write(_table(name, labels, counts))
    sys.stdout.writelines(f"FAILED  {label} never succeeded\n" for label in never)
    sys.stdout.flush()
    return 1 if failed or never else 0


def _run(description: Path, variables: Mapping[str, str], mode: str) -> bool:
    """Run schemathesis, which prints the failures; return whether there are any."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(description)]
    keyed = ["--url", variables[URL], "--header", f"Authorization: Bearer {KEY}"]
    hooks = {"SCHEMATHESIS_HOOKS": f"{__package__}.hooks"}
    done = subprocess.run(
        [*command, *keyed, "--mode", mode, *_OPTIONS],
        env={**os.environ, **variables, **hooks, "PYTHONPATH": str(_ROOT)},
        cwd=description.parent,  # for its cache, so that each run begins without
        check=False,
    )
    return done.returncode != 0


def _successes(statuses: Mapping[str, int]) -> int:
    return sum(n for status, n in statuses.items() if status.startswith("2"))


def _table(name: str, labels: list[str], counts: Counts) -> str:
    lines = [f"\n{name}: requests, successes, operation"]
    reached = 0
    for label in labels:
        statuses = counts.get(label, {})
        successes = _successes(statuses)
        reached += bool(successes)
        lines.append(f"{sum(statuses.values()):6d}{successes:6d}  {label}")
    lines.append(f"{reached} of {len(labels)} operations succeeded\n")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
