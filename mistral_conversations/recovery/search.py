"""The search for one lost answer: read the history until it decides, or time is up."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

import attrs

from mistral_conversations._transport.log import logger
from mistral_conversations._transport.options import Options
from mistral_conversations._waiting import delays
from mistral_conversations._wire.lost_answer import Finding, find_answer
from mistral_conversations._wire.lost_call import lost_call_of
from mistral_conversations._wire.service_clock import Moment, ServiceClock
from mistral_conversations.errors import (
    APIConnectionError,
    DecodeError,
    MistralConversationsError,
    RecoveryUncertainError,
    SDKError,
)
from mistral_conversations.models.conversations import (
    ConversationHistory,
    ConversationResponse,
)
from mistral_conversations.models.entries import InputEntries
from mistral_conversations.recovery.histories import (
    Histories,
    Operations,
    UnclearError,
)
from mistral_conversations.recovery.loss import Loss
from mistral_conversations.recovery.settings import Recovery

__all__ = ["Search", "check_recoverable", "search_for"]

_LONGEST_READING = 30.0
"""Seconds."""

_LONGEST_DELAY = 5.0
_CLOCK_ERROR = 86_400.0
"""Seconds by which a `Date` may be later than a `created_at`; it may be of a zone."""

_PASSING = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
)
"""The statuses below 500 that pass with time."""


class Search:
    """Search for a lost answer. A cancelled search may continue.

    Args:
        loss: what was lost.
        recovery: how long to search.
        histories: where to search.
    """

    def __init__(self, loss: Loss, recovery: Recovery, histories: Histories) -> None:
        self.loss = loss
        self._recovery = recovery
        self._histories = histories
        self._delays = delays(recovery.poll, _LONGEST_DELAY)
        self._deadline: float | None = None
        self._finding: Finding | None = None
        self._unread: MistralConversationsError | None = None
        """Why the last reading failed."""

        self._answer: ConversationResponse | None = None
        """An answer that looks complete."""

        self._answered_at = 0.0
        """Since when it has not changed."""

    async def run(self) -> ConversationResponse:
        """Search until the deadline, and return the answer.

        Raises:
            NeverArrivedError: the request never arrived.
            RecoveryUncertainError: the history cannot tell, or not within the time.
        """
        self.loss.check()
        if self._deadline is None:
            self._deadline = _now() + self._recovery.timeout
        elif self._deadline <= _now():  # the caller may cancel before `scope` does
            return self._at_deadline()
        logger.info("%s: an answer was lost; reading the history", self.loss)
        scope = asyncio.timeout_at(self._deadline)
        try:
            async with scope:
                answer = await self._search()
                self._histories.clock.learn_from(answer.outputs, Moment.now())
                return answer
        except TimeoutError:
            if not scope.expired():
                raise
        return self._at_deadline()

    async def _search(self) -> ConversationResponse:
        while True:
            waited = self.loss.call.failed_at.elapsed()
            finding = await self._look()
            if finding is not None:
                if self._answer is not None and self._is_settled():
                    return self._answer
                self._decide(finding, is_over=waited > self._recovery.lock)
            await asyncio.sleep(self._delay())

    async def _look(self) -> Finding | None:
        """Read the history and return what it has; None for a useless reading."""
        try:
            history = await self._histories.read()
            copied = await self._histories.copied()
        except UnclearError as error:
            raise self.loss.uncertain(str(error), self._finding) from error
        except MistralConversationsError as error:
            self._unread = error
            if _passes(error):
                return None
            raise self._unreadable(error) from error
        self._unread = None
        finding = self._find(history, copied)
        if self._lacks_what_was_there(finding):
            return None
        self._finding = finding
        self._keep_answer(finding, history)
        return finding

    def _find(
        self,
        history: ConversationHistory | None,
        copied: Sequence[InputEntries] | None,
    ) -> Finding:
        loss, clock = self.loss, self._histories.clock
        return find_answer(
            history.entries if history is not None else (),
            loss.request,
            loss.streamed,
            clock.earliest(loss.call.sent_at),
            copied if history is not None else None,
            surely_old=clock.earliest_despite(_CLOCK_ERROR, loss.call.sent_at),
        )

    def _keep_answer(
        self, finding: Finding, history: ConversationHistory | None
    ) -> None:
        """Keep an answer that looks complete, and since when it has not changed."""
        if history is None or finding.state != "answered":
            self._answer = None
        elif self._answer is None or self._answer.outputs != finding.outputs:
            id = self._histories.conversation_id
            self._answered_at = _now()
            self._answer = ConversationResponse(
                conversation_id=id or history.conversation_id,
                outputs=finding.outputs,
                meta=history.meta,
            )

    def _lacks_what_was_there(self, finding: Finding) -> bool:
        """Return whether a reading is older than one before it, as of a replica."""
        known = self._finding
        had_arrived = known is not None and known.has_arrived is True
        return had_arrived and finding.state == "nothing"

    def mismatch(self, reason: str) -> RecoveryUncertainError:
        """Return the error of an answer that does not continue what was streamed."""
        return self.loss.uncertain(reason, self._finding)

    def _is_settled(self) -> bool:
        return _now() - self._answered_at >= self._recovery.settle

    def _delay(self) -> float:
        """Return the seconds until the next reading."""
        delay = next(self._delays)
        if self._answer is None:
            return delay
        left = self._recovery.settle - (_now() - self._answered_at)
        return min(delay, left) if left > 0 else delay

    def _decide(self, finding: Finding, *, is_over: bool) -> None:
        """End the search if waiting cannot help.

        Args:
            finding: the last finding.
            is_over: whether the time is over in which the service may write without a
                trace.

        Raises:
            NeverArrivedError: there is nothing of the request, and nothing newer.
            RecoveryUncertainError: the history will not become clear.
        """
        if finding.state == "unclear" and (is_over or finding.is_final):
            raise self.loss.uncertain(finding.reason, finding)
        may_arrive = self.loss.has_arrived or self._histories.is_unclear
        if finding.state == "nothing" and is_over and not may_arrive:
            raise self.loss.never_arrived()

    def _at_deadline(self) -> ConversationResponse:
        if self._answer is not None:
            return self._answer
        if self._unread is not None:
            raise self._unreadable(self._unread) from self._unread
        finding = self._finding
        seconds = f"within {self._recovery.timeout:g} seconds"
        reason = finding.reason if finding is not None else "the history was not read"
        if self._histories.is_unclear:
            reason = "another conversation may be the restarted one"
        raise self.loss.uncertain(f"{reason}, {seconds}", finding)

    def _unreadable(self, error: MistralConversationsError) -> RecoveryUncertainError:
        reason = f"the history cannot be read: {error}"
        return self.loss.uncertain(reason, self._finding)


def search_for(
    error: MistralConversationsError,
    recovery: Recovery,
    operations: Operations,
    clock: ServiceClock,
    options: Options,
) -> Search | None:
    """Return the search for the answer that an error has lost.

    Args:
        error: the error of a call.
        recovery: how long to search.
        operations: the client.
        clock: the service's clock.
        options: the options of each reading, the longest of which is bounded.

    Returns:
        None if the error says already what became of the call.
    """
    loss = Loss.of(error)
    if loss is None:
        return None
    clock.learn(loss.call.service_time, loss.call.sent_at)
    total = options.timeout.total
    longest = _LONGEST_READING if total is None else min(total, _LONGEST_READING)
    call = {
        "timeout": attrs.evolve(options.timeout, total=longest),
        "retries": options.retries,
        "headers": options.headers,
    }
    histories = Histories(
        operations, call, clock, loss.call, loss.request, loss.conversation_id
    )
    return Search(loss, recovery, histories)


def check_recoverable(error: object) -> None:
    """Check that an error is one of a call on conversations.

    Raises:
        TypeError: it is no error of this library.
        ValueError: it ended no start, append or restart.
    """
    if not isinstance(error, MistralConversationsError):
        raise TypeError(
            "error must be an error of this library, such as APIConnectionError, not "
            f"{type(error).__name__}"
        )
    if lost_call_of(error) is None:
        raise ValueError(
            "error must come from append, restart, a stream or a run, which have an "
            f"answer to recover, not from another call: {type(error).__name__}"
        )


def _passes(error: MistralConversationsError) -> bool:
    """Return whether another reading may succeed."""
    if isinstance(error, SDKError):
        server_fault = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return server_fault or error.status in _PASSING
    return isinstance(error, APIConnectionError | DecodeError)


def _now() -> float:
    return asyncio.get_running_loop().time()
