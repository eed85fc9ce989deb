"""A batch job: its settings, its state and its results so far."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from mistral_conversations._wire.json import encode_json
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.ids import new_uuid

__all__ = ["BatchJob", "ResultLine"]

_ACTIVE = frozenset({"QUEUED", "RUNNING", "CANCELLATION_REQUESTED"})
_DEFAULT_HOURS = 24
_MOST_ERRORS = 100


@attrs.frozen
class ResultLine:
    """The result of one request."""

    json: JSONObject
    """The result as it stands in a file."""

    failure: str | None = None
    """Why the request failed; None if it succeeded."""


@attrs.define(eq=False)
class BatchJob:
    """A batch job.

    Its requests are processed one after another: a script answers them in their order.
    """

    settings: Mapping[str, Any]
    """The body that created it."""

    created_at: datetime
    id: str = attrs.field(factory=new_uuid, init=False)
    status: str = attrs.field(default="QUEUED", init=False)
    total: int = attrs.field(default=0, init=False)
    """The number of requests."""

    started_at: datetime | None = attrs.field(default=None, init=False)
    ended_at: datetime | None = attrs.field(default=None, init=False)
    output_file: str | None = attrs.field(default=None, init=False)
    error_file: str | None = attrs.field(default=None, init=False)
    results: list[ResultLine] = attrs.field(factory=list, init=False)
    """In the order of the requests."""

    _failures: Counter[str] = attrs.field(factory=Counter, init=False)

    @property
    def is_active(self) -> bool:
        """Whether the status can still change."""
        return self.status in _ACTIVE

    @property
    def deadline(self) -> datetime:
        """The time at which the job is ended."""
        hours = self.settings.get("timeout_hours", _DEFAULT_HOURS)
        return self.created_at + timedelta(hours=hours)

    def add(self, line: ResultLine) -> None:
        """Add the result of the next request."""
        self.results.append(line)
        if line.failure is not None:
            self.add_error(line.failure)

    def add_error(self, message: str) -> None:
        """Count a reason for a failure."""
        if message in self._failures or len(self._failures) < _MOST_ERRORS:
            self._failures[message] += 1

    def content(self, *, failed: bool) -> bytes:
        """Return a file of the results that failed, or of the others (JSON Lines)."""
        return b"".join(
            encode_json(line.json) + b"\n"
            for line in self.results
            if (line.failure is not None) is failed
        )

    def body(self, *, inline: bool = False) -> JSONObject:
        """Return the job as JSON.

        Args:
            inline: whether it has its results in `outputs`.
        """
        failed = sum(line.failure is not None for line in self.results)
        return {
            "id": self.id,
            "object": "batch",
            "input_files": self.settings.get("input_files") or [],
            "metadata": self.settings.get("metadata"),
            "endpoint": self.settings["endpoint"],
            "model": self.settings.get("model"),
            "agent_id": self.settings.get("agent_id"),
            "output_file": self.output_file,
            "error_file": self.error_file,
            "errors": [
                {"message": message, "count": count}
                # A copy: a snapshot is taken on any thread.
                for message, count in tuple(self._failures.items())
            ],
            "outputs": [line.json for line in self.results] if inline else None,
            "status": self.status,
            "created_at": _seconds(self.created_at),
            "total_requests": self.total,
            "completed_requests": len(self.results),
            "succeeded_requests": len(self.results) - failed,
            "failed_requests": failed,
            "started_at": _seconds(self.started_at),
            "completed_at": _seconds(self.ended_at),
        }


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())
