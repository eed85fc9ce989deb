"""The costs of requests in tokens: expected by their size, learned from answers."""

__all__ = ["Costs"]

_KEPT = 0.98
"""The weight that earlier answers keep with each new one."""

_STEEPEST = 2.0


class Costs:
    """Expects the tokens of a request from a rough estimate of those of its body.

    An answer costs about the same whatever its body, and the estimate may be wrong by
    a factor (images are text there): a line is fitted to the answers, the newest first.
    """

    def __init__(self) -> None:
        self._count = self._x = self._y = self._xx = self._xy = 0.0

    def expected(self, estimate: float) -> float:
        """Return the tokens that a request is expected to cost, at least one.

        Args:
            estimate: an estimate from its size; 0 for a request that costs none.
        """
        if not estimate:
            return 0.0
        if not self._count:
            return float(estimate)
        x, y = self._x / self._count, self._y / self._count
        slope = self._slope(x, y)
        return max(1.0, y + slope * (estimate - x))

    def learn(self, requests: int, estimate: float, tokens: float) -> None:
        """Learn from answers.

        Args:
            requests: the number of requests.
            estimate: the sum of their estimates.
            tokens: the sum of what they have cost.
        """
        if not requests:
            return
        x, y = estimate / requests, tokens / requests
        for name, value in (("_count", 1), ("_x", x), ("_y", y)):
            setattr(self, name, getattr(self, name) * _KEPT + value)
        self._xx = self._xx * _KEPT + x * x
        self._xy = self._xy * _KEPT + x * y

    def _slope(self, x: float, y: float) -> float:
        """Return the tokens of one estimated token."""
        spread = self._xx / self._count - x * x
        if spread <= 0.01 * x * x:
            return min(1.0, y / x)
        return min(max((self._xy / self._count - x * y) / spread, 0.0), _STEEPEST)
