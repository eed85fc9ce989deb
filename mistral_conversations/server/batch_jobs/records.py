"""Batch jobs, as tests see them."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

__all__ = ["RecordedBatchJob"]


@attrs.frozen(eq=False)
class RecordedBatchJob:
    """A snapshot of a batch job, in the plain JSON types of the API.

    Its contents belong to the server: change a copy.
    """

    id: str
    json: Mapping[str, Any] = attrs.field(repr=False)
    """What `GET /v1/batch/jobs/{job_id}` returns."""

    results: Sequence[Mapping[str, Any]] = attrs.field(repr=False)
    """The results so far, in the order of the requests; each is a line of a file."""
