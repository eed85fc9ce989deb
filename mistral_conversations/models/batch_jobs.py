"""Models of batch jobs: their requests, their states, and their pages."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.conversations import HandoffExecution
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.inputs import ConversationInputs
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Answer, Model
from mistral_conversations.models.tools import Tools
from mistral_conversations.models.unix_time import UnixTime

__all__ = [
    "ApiEndpoint",
    "BatchError",
    "BatchJob",
    "BatchJobStatus",
    "BatchRequest",
    "DeleteBatchJobResponse",
    "ListBatchJobsResponse",
]

ApiEndpoint: TypeAlias = (
    Literal[
        "/v1/chat/completions",
        "/v1/embeddings",
        "/v1/fim/completions",
        "/v1/moderations",
        "/v1/chat/moderations",
        "/v1/ocr",
        "/v1/classifications",
        "/v1/chat/classifications",
        "/v1/conversations",
        "/v1/audio/transcriptions",
    ]
    | str
)
BatchJobStatus: TypeAlias = (
    Literal[
        "QUEUED",
        "RUNNING",
        "SUCCESS",
        "FAILED",
        "TIMEOUT_EXCEEDED",
        "CANCELLATION_REQUESTED",
        "CANCELLED",
    ]
    | str
)

_FAILED = frozenset({"FAILED", "TIMEOUT_EXCEEDED"})
_ENDED = _FAILED | {"SUCCESS", "CANCELLED"}


@frozen(kw_only=True, repr=False)
class BatchRequest(Model):
    """One request of a batch job."""

    custom_id: str | None = None
    """The caller's name for the request, which its result repeats."""

    body: Mapping[str, Any] = attrs.field(hash=False)
    """The body that the endpoint would receive; `conversation` builds one."""

    @classmethod
    def conversation(
        cls,
        custom_id: str | None,
        inputs: ConversationInputs,
        *,
        model: str | None = None,
        agent_id: str | None = None,
        agent_version: str | int | None = None,
        instructions: str | None = None,
        tools: Sequence[Tools | Mapping[str, Any]] | None = None,
        completion_args: CompletionArgs | Mapping[str, Any] | None = None,
        guardrails: Sequence[GuardrailConfig | Mapping[str, Any]] | None = None,
        name: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
    ) -> "BatchRequest":
        """Return a request for the endpoint `/v1/conversations`.

        Args:
            custom_id: a name for the request, unique within the job; None for none.
            inputs: text, one entry, or a sequence of entries and texts, as for
                `AsyncConversations.start`, which describes the other parameters, too.
            model: the model; None if the job has one.

        Raises:
            TypeError, ValueError: as for `AsyncConversations.start`.

        Example:
            request = BatchRequest.conversation(
                "sky", "Why is the sky blue?", instructions="Answer in one sentence."
            )
        """
        from mistral_conversations._wire.conversation_calls import (  # noqa: PLC0415
            start_body,
        )

        parameters = {
            "model": model,
            "agent_id": agent_id,
            "agent_version": agent_version,
            "instructions": instructions,
            "tools": tools,
            "completion_args": completion_args,
            "guardrails": guardrails,
            "name": name,
            "description": description,
            "metadata": metadata,
            "store": store,
            "handoff_execution": handoff_execution,
        }
        return cls(custom_id=custom_id, body=start_body(inputs, parameters))


@frozen(kw_only=True, repr=False)
class BatchError(Model):
    """A reason why requests of a batch job failed."""

    message: str
    count: int = 1
    """The number of requests that failed for this reason."""


@frozen(kw_only=True, repr=False)
class BatchJob(Answer):
    """A batch job: what it processes, how far it is, and where its results are."""

    id: str
    """A UUID."""

    object: str = "batch"
    input_files: tuple[str, ...] = ()
    """The ids of the files with the requests; empty for inline requests."""

    metadata: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    endpoint: ApiEndpoint
    model: str | None = None
    agent_id: str | None = None
    output_file: str | None = None
    """The id of the file with the results; None before there are any."""

    error_file: str | None = None
    """The id of the file with the requests that failed; None without failures."""

    errors: tuple[BatchError, ...] = ()
    outputs: tuple[Any, ...] | None = attrs.field(default=None, hash=False)
    """The results themselves, as the service sent them; `get(job_id, inline=True)` asks
    for them. `results` reads both these and the files."""

    status: BatchJobStatus
    created_at: UnixTime
    total_requests: int = 0
    completed_requests: int = 0
    """The number of requests that succeeded or failed so far."""

    succeeded_requests: int = 0
    failed_requests: int = 0
    started_at: UnixTime | None = None
    completed_at: UnixTime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the status is one of those that never change.

        They are SUCCESS, FAILED, TIMEOUT_EXCEEDED and CANCELLED; a status that this
        version does not know is not one of them.
        """
        return self.status.upper() in _ENDED

    @property
    def has_failed(self) -> bool:
        """Whether the status is FAILED or TIMEOUT_EXCEEDED.

        Requests can fail in a job that succeeds: `failed_requests` counts them.
        """
        return self.status.upper() in _FAILED


@frozen(kw_only=True, repr=False)
class ListBatchJobsResponse(Listing[BatchJob]):
    """One page of the batch jobs; a sequence of `BatchJob`."""

    # A misfit here must not look like an empty page, the end of a list.
    data: tuple[BatchJob, ...] = attrs.field(default=(), metadata={"if_odd": None})
    object: str = "list"
    total: int | None = None
    """The number of jobs on all pages; None if the service sent none."""

    @property
    def _items(self) -> tuple[BatchJob, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class DeleteBatchJobResponse(Answer):
    """The confirmation that a batch job was deleted."""

    id: str
    """The id of the job."""

    object: str = "batch"
    deleted: bool = True


publish(globals(), *__all__)
