"""Deciding about the calls of a turn before any of them runs."""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from mistral_conversations._callables import is_async
from mistral_conversations.runs.calls.decisions import Approved, Rejected
from mistral_conversations.runs.calls.open_call import OpenCall
from mistral_conversations.runs.calls.places import CallerThread
from mistral_conversations.runs.calls.threads import call_in_thread

__all__ = ["Approvals"]


class Approvals:
    """Decides about the calls that need an approval.

    Args:
        approve: the caller's function; None leaves those calls undecided.
        caller: the thread of a blocking run, in which plain functions decide.

    Attributes:
        always: the names of the functions whose calls are approved already.
    """

    def __init__(
        self,
        approve: Callable[[OpenCall], Any] | None,
        caller: CallerThread | None,
    ) -> None:
        self._approve = approve
        self._caller = caller
        self.always: set[str] = set()

    async def decide(self, calls: Sequence[OpenCall]) -> tuple[OpenCall, ...]:
        """Decide about the calls of a turn, one at a time and in their order.

        Returns:
            The calls that still wait for a decision.

        Raises:
            TypeError: a function of the caller returned something else than it should.
        """
        for call in calls:
            self._note(call)
        for call in calls:
            call.is_waiting = await self._is_undecided(call)
            if call.is_waiting and self._approve is not None:
                await self._ask(call, self._approve)
        for call in calls:  # the functions of the caller may keep and decide any call
            call.is_waiting &= call.decision is None
            self._note(call)
        return tuple(call for call in calls if call.is_waiting)

    async def _is_undecided(self, call: OpenCall) -> bool:
        """Check whether a call needs a decision and has none."""
        if call.decision is not None or call.problem is not None:
            return False
        if call.is_elsewhere:
            return True
        if call.name in self.always:
            call.approve()
            return False
        if call.is_of_service or call.is_waiting or call.function is None:
            return True
        rule = call.function.requires_approval
        if rule is False:
            return False
        return await self._requires_approval(call, rule) and call.decision is None

    async def _requires_approval(self, call: OpenCall, rule: Any) -> bool:
        answer = await self._answer(rule, call) if callable(rule) else rule
        if not isinstance(answer, bool):
            raise TypeError(
                f"requires_approval of {call.name!r} returned "
                f"{type(answer).__name__}: it must return True or False"
            )
        return answer

    async def _ask(self, call: OpenCall, approve: Callable[[OpenCall], Any]) -> None:
        """Ask the caller about a call.

        A False that contradicts a method prevails, since it runs nothing.
        """
        answer = await self._answer(approve, call)
        if answer is not None and not isinstance(answer, bool):
            raise TypeError(
                f"approve returned {type(answer).__name__}: it must return True, False "
                "or None; the methods of the call take edited arguments, a reason or a "
                "result"
            )
        if answer is True and call.decision is None:
            call.approve()
        if answer is False and not isinstance(call.decision, Rejected):
            call.reject()
        call.is_waiting = call.decision is None
        self._note(call)

    def _note(self, call: OpenCall) -> None:
        """Keep that further calls of a function need no decision."""
        if isinstance(call.decision, Approved) and call.decision.always:
            self.always.add(call.name)

    async def _answer(self, function: Callable[[OpenCall], Any], call: OpenCall) -> Any:
        """Call a function, plain or async, of the caller."""
        if is_async(function):
            return await function(call)
        ask = partial(function, call)
        if self._caller is not None:
            answer = await self._caller.call(ask)
        else:
            answer = await call_in_thread(ask)
        return await answer if inspect.isawaitable(answer) else answer
