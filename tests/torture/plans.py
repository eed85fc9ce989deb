"""What a call does, how its answer is read, and how its caller leaves it."""

from collections.abc import Mapping
from typing import Any

import attrs

from mistral_conversations import Recovery, RetryPolicy, Timeout

from .dice import Dice
from .model import Asked

__all__ = ["CLIENT", "MESSAGES", "RESENDS", "RUNS", "STARTS", "UPLOADS", "Plan"]

RECOVERY = Recovery(timeout=20, lock=3, settle=0.1, poll=0.1)
"""How lost answers are recovered: the server holds a conversation for 0.3 s."""

CLIENT: Mapping[str, Any] = {
    "timeout": Timeout(connect=5, response=4, idle=3),
    "retries": RetryPolicy(2, first_delay=0.02, max_delay=1.5),
}
"""The settings of the client."""

RESENDS = "resend"
"""The policy by which a caller allows that a message is processed twice."""

_KINDS = {
    "start": 6,
    "start_stream": 10,
    "append": 16,
    "append_stream": 24,
    "restart": 3,
    "restart_stream": 4,
    "run": 7,
    "run_stream": 7,
    "upload_file": 5,
    "upload_document": 4,
    "download": 3,
    "history": 4,
    "list_all": 1,
    "delete": 2,
}
STARTS = frozenset({"start", "start_stream", "restart", "restart_stream"})
"""The kinds of calls that create a conversation and send a message."""

MESSAGES = STARTS | {"append", "append_stream"}
RUNS = frozenset({"run", "run_stream"})
UPLOADS = frozenset({"upload_file", "upload_document"})

_BOTH = frozenset({"on", "later"})
_RECOVERED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(MESSAGES | RUNS, frozenset({"on"})),
    **dict.fromkeys(("start_stream", "append", "append_stream"), _BOTH),
    "start": frozenset(),
}
"""The ways in which calls can recover a lost answer; a plain start cannot."""

_SEVERAL = frozenset({"restart", "restart_stream", "list_all"})
_VERBS = {"say": 10, "think": 2, "search": 2, "fail": 1}
_READINGS = {
    "response": 3,
    "events": 3,
    "text": 2,
    "steps": 2,
    "hops": 2,
    "break": 1,
    "drop": 1,
    "closed": 1,
}
_LEAVINGS = {
    "stay": 60,
    "cancel": 6,
    "cancel soon": 6,
    "cancel twice": 3,
    "timeout": 4,
    "wait_for": 2,
    "move_on": 3,
    "fail_after": 2,
}
_TIMEOUTS: Mapping[str, Timeout | float | None] = {
    "usual": None,
    "short": Timeout(connect=2, response=0.25, idle=0.2),
    "total": 1.0,
    "event_idle": Timeout(connect=5, response=4, idle=3, event_idle=0.5),
}
_TIMEOUT_WEIGHTS = {"usual": 14, "short": 2, "total": 3, "event_idle": 1}
_RETRIES: Mapping[str, RetryPolicy | int | None] = {
    "usual": None,
    "none": 0,
    "many": RetryPolicy(4, first_delay=0.01, max_delay=0.5),
    RESENDS: RetryPolicy(3, first_delay=0.01, max_delay=1.5, resend=True),
}
_RECOVERIES = {"on": 5, "later": 2, "off": 3}
_RETRY_WEIGHTS = {"usual": 12, "none": 2, "many": 2, RESENDS: 1}
_LONG = 0.03
_SOURCES = {"bytes": 2, "path": 2, "file": 1, "iterator": 2}


@attrs.frozen(kw_only=True)
class Plan:
    """Everything that is decided about a call before it begins."""

    caller: int
    number: int
    kind: str
    asked: Asked
    reading: str
    """How a stream is read."""

    leaving: str
    """How the caller leaves it before its end, or `stay`."""

    seconds: float
    """When the caller leaves, and how long a step may take."""

    turns: int
    """After how many turns of the loop, or events, the caller leaves."""

    timeouts: str
    retries: str
    waits: bool
    """Whether the caller waits for a busy conversation."""

    recovery: str
    """Whether the client recovers a lost answer (`on`), the caller asks for it later
    (`later`), or nobody does (`off`)."""

    size: int
    """The bytes of a file."""

    source: str
    """What a file is uploaded from."""

    shares: bool
    """Whether the conversation is one that other callers write to."""

    stores: bool

    @property
    def marker(self) -> str:
        """What names the call in the texts."""
        return self.asked.marker

    @classmethod
    def drawn(cls, seed: int, caller: int, number: int) -> "Plan":
        """Draw the plan of a call."""
        dice = Dice(seed, caller, number)
        kind = dice.pick(_KINDS)
        marker = f"{caller}.{number}"
        return cls(
            caller=caller,
            number=number,
            kind=kind,
            asked=_asked(kind, marker, dice),
            reading=dice.pick(_READINGS),
            leaving=dice.pick(_LEAVINGS),
            seconds=dice.about(0.0005, 1.0),
            turns=int(dice.about(1, 60)),
            timeouts=dice.pick(_TIMEOUT_WEIGHTS),
            retries=dice.pick(_RETRY_WEIGHTS),
            waits=dice.chance(0.5),
            recovery=dice.pick(_RECOVERIES),
            size=int(dice.about(1, 400_000)),
            source=dice.pick(_SOURCES),
            shares=dice.chance(0.1),
            stores=not dice.chance(0.05),
        )

    @property
    def settings(self) -> Mapping[str, Any]:
        """The timeout and the retries, as the client takes them."""
        return {
            "timeout": _TIMEOUTS[self.timeouts],
            "retries": _RETRIES[self.retries],
        }

    @property
    def recovers(self) -> bool:
        """Whether a lost answer is searched for.

        One that fails would be until the deadline: its input stands in the history.
        """
        is_possible = self.asked.verb != "fail" and (self.stores or self.kind in RUNS)
        return is_possible and self.recovery in _RECOVERED.get(self.kind, ())

    @property
    def limit(self) -> float | None:
        """The seconds that the call may take in all; None if its caller decides.

        The reader of a stream may be slower than the limit, and a run or a restart
        sends several requests, each with the limit.
        """
        total = _TIMEOUTS[self.timeouts]
        is_read_slowly = self.kind.endswith("_stream") and self.reading != "response"
        is_long = self.recovers or self.kind in RUNS or self.kind in _SEVERAL
        if is_read_slowly or is_long:
            return None
        return total if isinstance(total, float) else None


def _asked(kind: str, marker: str, dice: Dice) -> Asked:
    words = int(dice.about(1, 40))
    if dice.chance(_LONG):
        words *= 20
    if kind in RUNS:
        numbers = (min(words, 10), dice.number(1, 3), dice.number(1, 2))
        return Asked(marker, "call", numbers)
    return Asked(marker, dice.pick(_VERBS), (words,))
