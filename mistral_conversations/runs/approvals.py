"""Deciding about the calls of a turn before any of them runs."""

from collections.abc import Callable, Sequence
from typing import Any

from mistral_conversations.models.runs import RunResult
from mistral_conversations.runs.calls import OpenCall
from mistral_conversations.runs.execution import CallerThread
from mistral_conversations.runs.paused import RunPaused

__all__ = ["Approvals"]


class Approvals:
    """Decides about calls that need an approval.

    Args:
        approve: the caller's function; None pauses the run.
        caller: the thread of a blocking run, in which a plain `approve` runs.
    """

    def __init__(self, approve: Any, caller: CallerThread | None) -> None:
        self._approve = approve
        self._caller = caller

    async def decide(
        self, calls: Sequence[OpenCall], result: Callable[[], RunResult]
    ) -> None:
        """Decide about all calls of a turn.

        Raises:
            RunPaused: some calls wait for a decision.
        """
        waiting = tuple(
            call for call in calls if call.is_of_service or call.is_elsewhere
        )
        if waiting:
            raise RunPaused(
                "calls wait for a decision", result=result(), waiting=waiting
            )
