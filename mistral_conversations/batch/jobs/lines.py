"""The lines of an input file: the requests of a job."""

from typing import NamedTuple

from mistral_conversations._wire.json import decode_json, encode_json
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.runs.calls.toolset import Toolset

__all__ = ["JobLine", "custom_id_of", "job_line", "refuse_functions"]


class JobLine(NamedTuple):
    """A line, and the job that it belongs to."""

    model: str | None
    """The model of the job; None if each request has an agent, or nothing."""

    data: bytes
    """The line, with its end."""


def job_line(request: RowRequest) -> JobLine:
    """Return the line of a row, whose model is that of its job.

    Raises:
        TypeError, ValueError: a parameter, named in the message, is invalid, or no
            batch job can do what it asks.
    """
    if request.mode == "run":
        refuse_functions(request.parameters["tools"])
    body = decode_json(request.body())
    model = body.pop("model", None)
    line = encode_json({"custom_id": request.custom_id, "body": body})
    return JobLine(model, line + b"\n")


def custom_id_of(line: bytes) -> str | None:
    """Return the name of the row that a line belongs to; None if it has none."""
    try:
        value = decode_json(line)
    except ValueError:
        return None
    custom_id = value.get("custom_id") if isinstance(value, dict) else None
    return None if custom_id is None else str(custom_id)


def refuse_functions(tools: object) -> None:
    """Refuse tools that this process would have to run.

    Raises:
        TypeError: an item is no tool at all.
        ValueError: an item is a function, or lists functions.
    """
    toolset = Toolset.of(tools)
    if toolset.functions or toolset.sources:
        raise ValueError(
            "tools has functions, which no batch job can call: leave out either the "
            "functions or via"
        )
