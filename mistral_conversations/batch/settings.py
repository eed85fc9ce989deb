"""The settings of a batch, checked before anything is read or sent."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import attrs

from mistral_conversations._callables import is_async
from mistral_conversations._checks import check_flag, check_int
from mistral_conversations.batch.requests import Mode
from mistral_conversations.models.batch import BatchProgress

__all__ = ["BatchSettings", "OnError", "Progress"]

OnError: TypeAlias = Literal["return", "raise"]

Progress: TypeAlias = Callable[[BatchProgress], object]
"""Called after each row, on the thread of the event loop."""

_OWN = (
    *("max_concurrency", "on_error", "requests_per_minute", "tokens_per_minute"),
    *("results", "resend", "retry_failed", "progress", "via", "engine"),
)
_OF_RUNS = ("output_type", "limits", "options", "context", "approve")
_NO_ROW = ("conversation_id", "from_entry_id", "wait_if_busy")
"""The parameters of a run that a row does not take."""


@attrs.frozen(kw_only=True)
class BatchSettings:
    """The settings of a batch."""

    mode: Mode
    defaults: Mapping[str, Any]
    """The parameters of the operation, for the rows without their own."""

    max_concurrency: int
    on_error: OnError
    requests_per_minute: int | None
    tokens_per_minute: int | None
    results: Path | None
    resend: bool
    retry_failed: bool
    progress: Progress | bool | None
    via: Literal["batch_jobs"] | None
    engine: Any
    """A Dask client, or None to ask in this process."""

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Check the parameters of `batch`.

        Raises:
            TypeError, ValueError: one, named in the message, is unusable.
        """
        given = dict(parameters)
        own = {name: given.pop(name) for name in _OWN}
        _check(own)
        if own["results"] is not None:
            own["results"] = _path(own["results"])
        runs = given.pop("run")
        check_flag("run", runs)
        if runs or given["output_type"] is not None:
            defaults = {**given, **dict.fromkeys(_NO_ROW)}
            return cls(mode="run", defaults=defaults, **own)
        _refuse_of_runs(given)
        defaults = {name: v for name, v in given.items() if name not in _OF_RUNS}
        return cls(mode="start", defaults=defaults, **own)


def _check(own: Mapping[str, Any]) -> None:
    check_int("max_concurrency", own["max_concurrency"], least=1)
    for name in ("requests_per_minute", "tokens_per_minute"):
        check_int(name, own[name], least=1, optional=True)
    _check_repeats(own)
    if own["on_error"] not in ("return", "raise"):
        raise ValueError(
            f'on_error must be "return" or "raise", not {own["on_error"]!r}'
        )
    if own["via"] not in (None, "batch_jobs"):
        raise ValueError(f'via must be None or "batch_jobs", not {own["via"]!r}')
    if own["via"] is not None and own["engine"] is not None:
        raise ValueError("via and engine are both given: pass only one of them")
    progress = own["progress"]
    if progress is None or isinstance(progress, bool):
        return
    if not callable(progress) or is_async(progress):
        raise TypeError(f"progress must be a plain function or True, not {progress!r}")


def _check_repeats(own: Mapping[str, Any]) -> None:
    for name in ("resend", "retry_failed"):
        check_flag(name, own[name])
        is_of_engine = name == "resend" and own["engine"] is not None
        if own[name] and own["results"] is None and not is_of_engine:
            raise ValueError(
                f"{name} needs results, the file with the rows to ask again"
            )


def _path(results: Any) -> Path:
    if not isinstance(results, str | os.PathLike):
        raise TypeError(f"results must be a path, not {type(results).__name__}")
    return Path(results)


def _refuse_of_runs(given: Mapping[str, Any]) -> None:
    for name in _OF_RUNS:
        if given[name] is not None:
            raise ValueError(f"{name} is a parameter of runs: pass run=True")
