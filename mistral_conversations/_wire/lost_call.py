"""`LostCall`: what an error keeps of its call, so that the answer can be recovered."""

from datetime import datetime

from mistral_conversations._wire.call import Call
from mistral_conversations._wire.service_clock import Moment, ServiceClock
from mistral_conversations.errors import MistralConversationsError

__all__ = ["LostCall", "attach_sent_at", "lost_call_of", "pass_on", "record"]

_SENT_AT = "_sent_at"
_LOST = "_lost_call"


class LostCall:
    """A call that failed.

    Args:
        call: the call.
        sent_at: when it was sent.
        service_time: what the clock of the service's entries had reached then; None if
            that is unknown.

    Attributes:
        conversation_id: the conversation that was appended to; None for a start and a
            restart, which create one.
        copied_id: the conversation that a restart copies.
        body: the JSON text of the request.
        service_time: as given.
        sent_at: when the first attempt began that the service may have processed.
        failed_at: when the call failed.
    """

    def __init__(
        self, call: Call, sent_at: Moment, service_time: datetime | None = None
    ) -> None:
        self.conversation_id: str | None = call.conversation_id
        self.copied_id: str | None = call.copied_id
        self.body: bytes = call.body or b"{}"
        self.sent_at: Moment = sent_at
        self.service_time: datetime | None = service_time
        self.failed_at: Moment = Moment.now()


def attach_sent_at(error: MistralConversationsError, moment: Moment) -> None:
    """Attach to an error when its call was sent."""
    error.__dict__[_SENT_AT] = moment


def record(error: MistralConversationsError, call: Call, clock: ServiceClock) -> None:
    """Record in an error the call that it ended, unless it has a record.

    Without a time attached, the call was not sent.

    Args:
        error: the error.
        call: the call.
        clock: what its client knows of the service's clock; another process may not.
    """
    sent_at = error.__dict__.get(_SENT_AT)
    if sent_at is not None and _LOST not in error.__dict__:
        error.__dict__[_LOST] = LostCall(call, sent_at, clock.of_entries(sent_at))


def pass_on(call: LostCall, error: MistralConversationsError) -> None:
    """Record a lost call in the error of its recovery, which can be repeated."""
    error.__dict__[_LOST] = call


def lost_call_of(error: MistralConversationsError) -> LostCall | None:
    """Return the call that an error ended; None if it is no call to recover."""
    lost: LostCall | None = error.__dict__.get(_LOST)
    return lost
