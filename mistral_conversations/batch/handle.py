"""`BatchJobsHandle`: the jobs of a batch, for another process."""

from collections.abc import Sequence
from typing import Self

import attrs

from mistral_conversations._public import publish
from mistral_conversations._wire.json import decode_json, encode_json

__all__ = ["BatchJobsHandle"]


def _ids(jobs: Sequence[str]) -> tuple[str, ...]:
    if isinstance(jobs, str) or not isinstance(jobs, Sequence):
        raise TypeError(
            f"jobs must be a list or tuple of ids, not {type(jobs).__name__}"
        )
    for index, job_id in enumerate(jobs):
        if not isinstance(job_id, str):
            raise TypeError(
                f"jobs[{index}] must be the id of a job, a str, not "
                f"{type(job_id).__name__}"
            )
        if not job_id.strip():
            raise ValueError(f"jobs[{index}] is blank: pass the id of a job")
    return tuple(jobs)


@attrs.frozen
class BatchJobsHandle:
    """The batch jobs that answer the rows of a batch.

    `AsyncBatch.submit` returns one. `conversations.batch(handle, via="batch_jobs")`
    returns the rows, in any process and as often as you like, while the service has
    them. It has no secrets, and pickles.

    Raises:
        TypeError, ValueError: `jobs` has an item that is no id.

    Example:
        batch = conversations.batch(
            ["Why is the sky blue?"], model="mistral-small-latest", via="batch_jobs"
        )
        text = batch.submit().to_json()

        handle = BatchJobsHandle.from_json(text)  # perhaps tomorrow, elsewhere
        for row in conversations.batch(handle, via="batch_jobs"):
            print(row.custom_id, row.text if row.ok else row.error)
    """

    jobs: tuple[str, ...] = attrs.field(converter=_ids)
    """The ids of the jobs."""

    def to_json(self) -> str:
        """Return the handle as JSON text."""
        return encode_json({"jobs": self.jobs}).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the handle that `to_json` wrote.

        Raises:
            TypeError, ValueError: the text is no such handle.
        """
        value = decode_json(text)
        if not isinstance(value, dict) or "jobs" not in value:
            raise ValueError('the text is no handle: it has no "jobs"')
        return cls(value["jobs"])


publish(globals(), *__all__)
