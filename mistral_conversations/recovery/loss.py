"""`Loss`: a lost answer, as far as its error tells."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Self

import attrs

from mistral_conversations._text import printable
from mistral_conversations._wire.lost_answer import Finding
from mistral_conversations._wire.lost_call import LostCall, lost_call_of, pass_on
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations.errors import (
    APIConnectionError,
    DecodeError,
    MistralConversationsError,
    NeverArrivedError,
    RecoveryUncertainError,
    ResponseFailedError,
    SDKError,
    StreamError,
    StreamRecoveryUncertainError,
)
from mistral_conversations.models.entries import OutputEntries

__all__ = ["Loss"]

_LOST = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
        *range(520, 525),
    }
)
"""The statuses with which a gateway gives up on an answer. A 500 is an answer."""


@attrs.frozen
class Loss:
    """A lost answer."""

    error: MistralConversationsError
    """What lost it."""

    call: LostCall
    request: LostRequest

    @classmethod
    def of(cls, error: MistralConversationsError) -> Self | None:
        """Return what an error has lost; None if it reports what became of the call."""
        call = lost_call_of(error)
        if call is None or not _is_lost(error):
            return None
        return cls(error, call, LostRequest.of(call.body))

    def __str__(self) -> str:
        """Name the conversation on one line, for messages and the log."""
        if self.conversation_id is not None:
            return printable(f"conversation {self.conversation_id}")
        return printable(f"the restart of conversation {self.call.copied_id}")

    @property
    def conversation_id(self) -> str | None:
        """The conversation of the answer; None if a restart has not named it."""
        error = self.error
        if isinstance(error, StreamError | RecoveryUncertainError):
            return error.conversation_id or self.call.conversation_id
        return self.call.conversation_id

    @property
    def streamed(self) -> Sequence[OutputEntries]:
        """The answer so far."""
        partial = self.error.partial if isinstance(self.error, StreamError) else None
        return () if partial is None else partial.outputs

    @property
    def has_arrived(self) -> bool:
        """Whether the service began to answer."""
        return isinstance(self.error, StreamError | DecodeError)

    def check(self) -> None:
        """Check that a history can have the answer.

        Raises:
            RecoveryUncertainError: no history has it, or it cannot be found.
        """
        if not self.request.is_stored:
            raise self.uncertain("store=False leaves nothing in the history")
        if self.conversation_id is None and self.call.copied_id is None:
            advice = (
                "" if self.request.is_streamed else "; start_stream learns it first"
            )
            raise self.uncertain(
                "a start that failed before the service named its conversation cannot "
                f"be recovered{advice}"
            )

    def never_arrived(self) -> NeverArrivedError:
        """Return the error of a request that the service has not received."""
        made = NeverArrivedError(
            f"the request never arrived, and can be sent again: {self} shows nothing "
            f"of it, and nothing newer ({self.error})",
            error=self.error,
            conversation_id=self.conversation_id,
        )
        made.__cause__ = self.error
        return made

    def uncertain(
        self, reason: str, finding: Finding | None = None
    ) -> RecoveryUncertainError:
        """Return the error of a history that cannot tell."""
        has_begun = isinstance(self.error, StreamError)
        kind = StreamRecoveryUncertainError if has_begun else RecoveryUncertainError
        is_there = finding is not None and finding.has_arrived is True
        made = kind(
            f"the answer could not be recovered: {reason} ({self.error})",
            error=self.error,
            conversation_id=self.conversation_id,
            arrived=True if self.has_arrived or is_there else None,
            entries=finding.entries if finding is not None else (),
        )
        if isinstance(made, StreamError) and isinstance(self.error, StreamError):
            made.partial = self.error.partial
        pass_on(self.call, made)
        made.__cause__ = self.error
        return made


def _is_lost(error: MistralConversationsError) -> bool:
    """Return whether an error leaves open what became of the call."""
    if isinstance(error, ResponseFailedError) or not error.may_have_been_processed:
        return False
    if isinstance(error, SDKError):
        # A client error rejects its own attempt: an earlier one was lost.
        return error.status in _LOST or error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(
        error, APIConnectionError | DecodeError | StreamError | RecoveryUncertainError
    )
