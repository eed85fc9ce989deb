"""`Recovery`: how a lost answer is recovered."""

from typing import Any, Self

import attrs

from mistral_conversations._checks import check_seconds, on_field
from mistral_conversations._constructors import keywords_only
from mistral_conversations._public import publish

__all__ = ["Recovery"]

_SECONDS = on_field(check_seconds, zero=True)


@keywords_only("takes its seconds by name, such as Recovery(timeout=60)")
@attrs.frozen(kw_only=True)
class Recovery:
    """How a lost answer is recovered: durations in seconds, given by name.

    The service continues to generate when the connection breaks, and stores the answer
    in the conversation's history. Recovery reads the history until the answer is there.
    It sends no message again.

    Args:
        timeout: the whole recovery, 300 by default; after it, the outcome is uncertain.
            Plain calls were observed to be silent for over 480 seconds.
        lock: how long after the failure the service may still write to the conversation
            without a trace in the history, 90 by default, as was observed. If by then
            the history shows neither the message nor anything newer, the message never
            arrived. Increase it for answers that take longer: the service may store the
            message only together with its answer.
        settle: how long the entries of an answer must stay the same before the answer
            counts as complete, 1 by default: the service may store them one by one.
        poll: between two readings of the history. None, the default, begins with 0.25
            and grows to 5.
    """

    timeout: float = attrs.field(default=300, validator=on_field(check_seconds))
    lock: float = attrs.field(default=90, validator=_SECONDS)
    settle: float = attrs.field(default=1, validator=_SECONDS)
    poll: float | None = attrs.field(
        default=None, validator=on_field(check_seconds, optional=True)
    )

    @classmethod
    def of(cls, value: Any) -> Self | None:
        """Read a `recover` parameter: True is the defaults, False is None."""
        if value is None or value is False:
            return None
        if value is True:
            return cls()
        if not isinstance(value, cls):
            raise TypeError(
                "recover must be True, False, None or a Recovery, not "
                f"{type(value).__name__}: for a deadline, pass Recovery(timeout=60)"
            )
        return value

    @classmethod
    def given(cls, value: Any) -> Self:
        """Read a `recovery` parameter: None is the defaults."""
        if value is None:
            return cls()
        if not isinstance(value, cls):
            raise TypeError(
                f"recovery must be a Recovery or None, not {type(value).__name__}: for "
                "a deadline, pass Recovery(timeout=60)"
            )
        return value


publish(globals(), "Recovery")
