"""The width: how many requests are under way at once."""

__all__ = ["Width"]

_FIRST = 16


class Width:
    """How many requests may be under way at once: more with answers, half if refused.

    Args:
        most: the most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = float(min(most, _FIRST))
        self._was_refused = False

    @property
    def size(self) -> int:
        """The number of requests."""
        return int(self._size)

    def answered(self, under_way: int) -> None:
        """Widen after an answer, if the width was used.

        Args:
            under_way: the requests that were under way, with the answered one.
        """
        if under_way >= self.size:
            more = 1 / self._size if self._was_refused else 1.0
            self._size = min(self._size + more, float(self._most))

    def refused(self) -> None:
        """Narrow after a refusal."""
        self._was_refused = True
        self._size = max(1.0, self._size / 2)
