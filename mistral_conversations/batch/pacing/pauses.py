"""The pauses that the service asks for: they hold all requests, not one."""

__all__ = ["Pauses"]

_MOST_REFUSALS = 10
"""After so many pauses in a row, each in vain, the quota is exhausted."""

_LONGEST = 3600.0
"""A longer `Retry-After`, in seconds, is that of an exhausted quota."""

_FIRST = 1 / 60
"""The first pause without a `Retry-After`, as a part of the window."""


class Pauses:
    """When the service has refused requests, and how long nothing is sent.

    Args:
        window: the seconds of the window of the limits.
    """

    def __init__(self, window: float) -> None:
        self._window = window
        self._in_vain = 0
        """The pauses since the last answer."""

        self._has_tried = True
        """Whether a request was sent since the last pause began."""

        self.until: float = 0.0
        """When the last pause ends."""

        self.exhausted_until: float = 0.0
        """Until when the quota counts as exhausted."""

        self.is_probing: bool = False
        """Whether one request at a time tries if the service answers again."""

    def entered(self) -> None:
        """Note that a request is sent."""
        self._has_tried = True

    def answered(self) -> None:
        """Note that the service has answered a request."""
        self._in_vain = 0
        self.is_probing = False

    def asked(self, seconds: float, now: float) -> None:
        """Pause for what an overloaded service asks for."""
        self.until = max(self.until, now + min(seconds, self._window))

    def refused(self, retry_after: float | None, now: float) -> bool:
        """Pause after a refusal; return whether this is a new pause.

        The refusals of requests that were under way when a pause began are part of it.
        """
        is_new, self._has_tried = self._has_tried, False
        self._in_vain += is_new
        pause = self._pause(retry_after)
        if self._in_vain > _MOST_REFUSALS or pause > _LONGEST:
            self.exhausted_until = now + max(self._window, pause)
        elif is_new or retry_after is not None:
            self.until = max(self.until, now + pause)
        self.is_probing = retry_after is None or self._in_vain > 1
        return is_new

    def _pause(self, retry_after: float | None) -> float:
        growing = self._window * _FIRST * 2.0 ** min(self._in_vain - 1, 16)
        longer = min(growing, self._window)
        if retry_after is None:
            return longer
        return retry_after if self._in_vain <= 1 else max(retry_after, longer)
