"""`RunLimits` and `RunOptions`: what bounds a run, and how it treats functions."""

import attrs

from mistral_conversations._checks import (
    check_flag,
    check_int,
    check_seconds,
    on_field,
)
from mistral_conversations._constructors import keywords_only
from mistral_conversations._public import publish
from mistral_conversations.runs.functions.overrides import OnError

__all__ = ["RunLimits", "RunOptions"]

_COUNT = on_field(check_int, least=1)
_COUNT_OR_NONE = on_field(check_int, least=1, optional=True)
_SECONDS = on_field(check_seconds, optional=True)
_FLAG = on_field(check_flag)


@keywords_only("takes its limits by name, such as RunLimits(max_turns=5)")
@attrs.frozen(kw_only=True)
class RunLimits:
    """The limits of a run; reaching one raises `RunLimitError`.

    The error holds the result so far. Except with `timeout`, no function of the last
    turn has run: its calls stay open, and `run(conversation_id=...)` with higher limits
    answers them.

    Args:
        max_turns: the maximum number of answers, 20 by default. A run whose last one
            still calls a function raises the error.
        max_calls: the maximum number of function calls in the run, 100 by default.
        max_calls_per_turn: the maximum number of function calls in one answer, 32 by
            default. With a forced `tool_choice`, models were seen to repeat a call
            until `max_tokens` ended the answer.
        max_tokens: the number of tokens, of all answers together, from which no further
            request is sent; no limit by default.
        timeout: the maximum duration of the run in seconds; no limit by default. It
            also cancels functions that are running, and ends the answer in progress.
    """

    max_turns: int = attrs.field(default=20, validator=_COUNT)
    max_calls: int = attrs.field(default=100, validator=_COUNT)
    max_calls_per_turn: int = attrs.field(default=32, validator=_COUNT)
    max_tokens: int | None = attrs.field(default=None, validator=_COUNT_OR_NONE)
    timeout: float | None = attrs.field(default=None, validator=_SECONDS)


def _check_on_error(_: object, __: object, value: object) -> None:
    if value not in ("tell", "raise"):
        raise ValueError(f'on_error must be "tell" or "raise", not {value!r}')


@keywords_only("takes its options by name, such as RunOptions(max_concurrency=4)")
@attrs.frozen(kw_only=True)
class RunOptions:
    """How a run calls functions and treats what goes wrong.

    Args:
        max_concurrency: the maximum number of functions that run at the same time, 32
            by default. All runs of an event loop share 64 threads for plain functions,
            or as many as the largest `max_concurrency` among them.
        on_error: what the exception of a function does. `tell`, the default, sends its
            message to the model; `raise` cancels the other functions and raises it from
            the run. `function_tool` can set it for one function. A `ToolError`, a
            timeout and unusable arguments are always for the model; KeyboardInterrupt,
            SystemExit and CancelledError are always raised.
        max_failures: the number of failures of a function in a row that ends the run
            with `RunLimitError`, 3 by default. A call with unusable arguments counts as
            a failure; a turn in which all calls of the function fail counts once.
            `function_tool` can set it for one function.
        threads: whether plain (not async) functions run in worker threads, True by
            default, with a copy of the caller's context variables. False runs them one
            at a time in the thread that called the blocking client, which suits
            SQLite and user interfaces; the async client then runs them on its event
            loop, which they block, and which no timeout interrupts.
        keep_tool_choice: whether a `tool_choice` that forces a call remains in force
            after functions have run. False, the default, changes it to `auto`, since
            the model would call functions without end.
        max_corrections: how often a reply that does not fit `output_type` is sent back
            to the model with the error; 1 by default.
    """

    max_concurrency: int = attrs.field(default=32, validator=_COUNT)
    on_error: OnError = attrs.field(default="tell", validator=_check_on_error)
    max_failures: int = attrs.field(default=3, validator=_COUNT)
    threads: bool = attrs.field(default=True, validator=_FLAG)
    keep_tool_choice: bool = attrs.field(default=False, validator=_FLAG)
    max_corrections: int = attrs.field(
        default=1, validator=on_field(check_int, least=0)
    )


publish(globals(), "RunLimits", "RunOptions")
