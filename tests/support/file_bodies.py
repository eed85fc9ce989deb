"""Bodies of files by the published description, with this project's own values."""

from typing import Any

__all__ = ["CREATED", "FILE_ID", "file", "files"]

FILE_ID = "019f0000-5555-7000-8000-0000000000e1"
CREATED = 1_785_579_630
"""2026-08-01, 10:20:30 UTC."""

Body = dict[str, Any]


def _id(number: int) -> str:
    return f"019f0000-5555-7000-8000-{number:012x}"


def file(number: int | None = None, **others: Any) -> Body:
    return {
        "id": FILE_ID if number is None else _id(number),
        "object": "file",
        "bytes": 2048,
        "created_at": CREATED,
        "filename": "questions.jsonl",
        "purpose": "batch",
        "sample_type": "batch_request",
        "num_lines": 12,
        "mimetype": "application/jsonl",
        "source": "upload",
        "signature": None,
        "expires_at": None,
        "visibility": "workspace",
        **others,
    }


def files(*bodies: Body, **others: Any) -> Body:
    return {"data": [*bodies], "object": "list", "total": len(bodies), **others}
