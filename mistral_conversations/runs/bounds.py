"""Which limit of a run is reached."""

from collections.abc import Mapping

import attrs

from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.runs.progress import Progress
from mistral_conversations.runs.settings import RunLimits

__all__ = ["Reached", "has_no_tokens", "reached", "repeated_failure"]


@attrs.frozen
class Reached:
    """A limit that is reached."""

    limit: str
    """The field of `RunLimits`, or `max_failures`."""

    problem: str


def reached(limits: RunLimits, progress: Progress, calls: int) -> Reached | None:
    """Return the first limit that forbids to execute the calls of a turn.

    Args:
        limits: the limits.
        progress: what the run has so far, with the answer that calls.
        calls: the number of calls in that answer.
    """
    if calls > limits.max_calls_per_turn:
        found = f"the model made {calls} calls in one turn"
        return _reached("max_calls_per_turn", limits.max_calls_per_turn, found)
    total = len(progress.calls) + calls
    if total > limits.max_calls:
        found = f"the model made {total} calls"
        return _reached("max_calls", limits.max_calls, found)
    if progress.turns >= limits.max_turns:
        found = f"the model still calls functions in turn {progress.turns}"
        return _reached("max_turns", limits.max_turns, found)
    if has_no_tokens(limits, progress):
        found = f"the run has used {progress.usage.total_tokens} tokens"
        return _reached("max_tokens", limits.max_tokens, found)
    return None


def has_no_tokens(limits: RunLimits, progress: Progress) -> bool:
    """Return whether no further request may be sent."""
    most = limits.max_tokens
    return most is not None and progress.usage.total_tokens >= most


def repeated_failure(plan: RunPlan, failures: Mapping[str, int]) -> Reached | None:
    """Return the `max_failures` of a function that fails again and again.

    Args:
        plan: the plan of the run.
        failures: by function, the number of turns in a row in which all calls failed.
    """
    for name, number in failures.items():
        function = plan.toolset.functions.get(name)
        most = plan.options.max_failures
        if function is not None and function.max_failures is not None:
            most = function.max_failures
        if number >= most:
            found = f"{name} has failed in {number} turns in a row"
            return _reached("max_failures", most, found)
    return None


def _reached(limit: str, value: int | None, found: str) -> Reached:
    return Reached(limit, f"{found}, and {limit} is {value}")
