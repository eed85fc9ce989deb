"""Rows of a batch as lines of a results file, and back."""

from collections.abc import Mapping
from typing import Any

import attrs

from mistral_conversations._wire.converter import structure, to_dict
from mistral_conversations._wire.json import decode_json, encode_exactly
from mistral_conversations._wire.structured_output import Output
from mistral_conversations._wire.values import write
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.batch.results.index import Status
from mistral_conversations.errors import BatchRowError
from mistral_conversations.models.batch import BatchRow
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import FunctionCallEntry, InputEntries
from mistral_conversations.models.model import Model
from mistral_conversations.models.runs import RunResult
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.pausing.saved_calls import SavedAnswer

__all__ = ["marker_line", "row_line", "row_of_line"]


@attrs.frozen(kw_only=True, repr=False)
class SavedError(Model):
    """The error of a row."""

    type: str
    message: str
    status: int | None = None
    may_have_been_processed: bool = False


@attrs.frozen(kw_only=True, repr=False)
class SavedResult(Model):
    """The result of a run, without its answer, which the line has."""

    conversation_id: str | None = None
    entries: tuple[InputEntries, ...] = ()
    calls: tuple[SavedAnswer, ...] = ()
    open_calls: tuple[FunctionCallEntry, ...] = ()
    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    turns: int = 0


@attrs.frozen(kw_only=True, repr=False)
class SavedRow(Model):
    """The outcome of a row, as a line has it."""

    attempts: int = 0
    seconds: float = 0.0
    response: ConversationResponse | None = None
    result: SavedResult | None = None
    error: SavedError | None = None


def marker_line(
    custom_id: str, digest: str, status: Status, input_file: str | None = None
) -> bytes:
    """Return the line that says that a row is sent, or is not.

    Args:
        custom_id: the row.
        digest: that of its request.
        status: what the line says.
        input_file: the input file of the batch job with which it is sent.
    """
    fields = {} if input_file is None else {"input_file": input_file}
    return _line(custom_id, digest, status, fields)


def row_line(row: BatchRow, digest: str) -> bytes:
    """Return the line with the outcome of a row."""
    fields: dict[str, Any] = {"attempts": row.attempts, "seconds": row.seconds}
    if row.error is not None:
        fields["error"] = to_dict(_saved_error(row.error))
        return _line(row.custom_id, digest, "failed", fields)
    fields["text"] = row.text
    if row.output is not None:
        fields["output"] = decode_json(write(row.output, otherwise=repr))
    if row.response is not None:
        fields["response"] = to_dict(row.response)
    if row.result is not None:
        fields["result"] = to_dict(_saved_result(row.result))
    return _line(row.custom_id, digest, "done", fields)


def row_of_line(
    request: RowRequest, line: Mapping[str, Any], output: Output | None
) -> BatchRow:
    """Return the row that a line has.

    Args:
        request: the row.
        line: the line, in plain JSON types.
        output: the type of the output; None without one.

    Raises:
        DecodeError: the line does not fit.
        OutputValidationError: the answer no longer fits the type.
    """
    saved: SavedRow = structure(SavedRow, line)
    error = None if saved.error is None else _error(saved.error, saved.attempts)
    return BatchRow(
        custom_id=request.custom_id,
        index=request.index,
        response=saved.response,
        result=_result(saved, output),
        error=error,
        attempts=saved.attempts,
        seconds=saved.seconds,
        resumed=True,
    )


def _line(
    custom_id: str, digest: str, status: Status, fields: Mapping[str, Any]
) -> bytes:
    head = {"custom_id": custom_id, "request": digest, "status": status}
    return encode_exactly({**head, **fields}) + b"\n"


def _saved_error(error: Exception) -> SavedError:
    return SavedError(
        type=type(error).__name__,
        message=str(error),
        status=getattr(error, "status", None),
        may_have_been_processed=getattr(error, "may_have_been_processed", False),
    )


def _error(saved: SavedError, attempts: int) -> BatchRowError:
    return BatchRowError(
        saved.message,
        type=saved.type,
        status=saved.status,
        may_have_been_processed=saved.may_have_been_processed,
        attempts=attempts,
    )


def _saved_result(result: RunResult) -> SavedResult:
    return SavedResult(
        conversation_id=result.conversation_id,
        entries=result.entries,
        calls=tuple(map(SavedAnswer.of, result.calls)),
        open_calls=result.open_calls,
        usage=result.usage,
        turns=result.turns,
    )


def _result(saved: SavedRow, output: Output | None) -> RunResult | None:
    if saved.result is None:
        return None
    fields = {
        field.name: getattr(saved.result, field.name)
        for field in attrs.fields(SavedResult)
        if field.name not in {"calls", "extra"}
    }
    return RunResult(
        response=saved.response,
        calls=tuple(each.call() for each in saved.result.calls),
        output=_output(saved.response, output),
        **fields,
    )


def _output(response: ConversationResponse | None, output: Output | None) -> Any:
    if response is None or output is None:
        return None
    return output.parse_answer(response)
