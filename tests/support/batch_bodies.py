"""Bodies of batch jobs by the published description, with this project's own values."""

import json
from typing import Any

from tests.support.bodies import response

__all__ = [
    "CREATED",
    "ERROR_FILE",
    "JOB_ID",
    "OUTPUT_FILE",
    "job",
    "jobs",
    "line",
    "lines",
]

JOB_ID = "019f0000-6666-7000-8000-0000000000f1"
OUTPUT_FILE = "019f0000-6666-7000-8000-0000000000f2"
ERROR_FILE = "019f0000-6666-7000-8000-0000000000f3"
CREATED = 1_785_579_630
"""2026-08-01, 10:20:30 UTC."""

Body = dict[str, Any]


def _id(number: int) -> str:
    return f"019f0000-6666-7000-8000-{number:012x}"


def job(number: int | None = None, **others: Any) -> Body:
    return {
        "id": JOB_ID if number is None else _id(number),
        "object": "batch",
        "input_files": [],
        "metadata": {"team": "sky"},
        "endpoint": "/v1/conversations",
        "model": "mistral-small-latest",
        "agent_id": None,
        "output_file": None,
        "error_file": None,
        "errors": [],
        "outputs": None,
        "status": "QUEUED",
        "created_at": CREATED,
        "total_requests": 3,
        "completed_requests": 0,
        "succeeded_requests": 0,
        "failed_requests": 0,
        "started_at": None,
        "completed_at": None,
        **others,
    }


def jobs(*bodies: Body, **others: Any) -> Body:
    return {"data": [*bodies], "object": "list", "total": len(bodies), **others}


def line(custom_id: str | None, body: Any = None, **others: Any) -> Body:
    """Return a line of results; an answer of a conversation if there is no body."""
    answer = {"status_code": 200, "body": response() if body is None else body}
    return {"custom_id": custom_id, "response": answer, "error": None, **others}


def lines(*results: Any) -> bytes:
    return b"".join(json.dumps(result).encode() + b"\n" for result in results)
