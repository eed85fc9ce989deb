"""A lock that Ctrl-C does not leave acquired."""

import _thread

__all__ = ["SignalSafeLock"]


class SignalSafeLock(_thread.RLock):  # type: ignore[misc]
    """A reentrant lock for `with`, acquired within the block only.

    CPython 3.14 may handle a signal between the lock's own `__enter__` and the block,
    and would leave the lock acquired; 3.13 and 3.15 do not.
    """

    def __enter__(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire the lock; release it again if a signal raises before the block."""
        acquired: list[bool] = []
        try:
            # A single call: a signal waits until the list shows what happened.
            acquired.extend(map(self.acquire, (blocking,), (timeout,)))
        except BaseException:
            if any(acquired):
                self.release()
            raise
        return acquired[0]
