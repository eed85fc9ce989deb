"""The memory of this process, as Linux reports it."""

import gc
from pathlib import Path

__all__ = ["Growth", "resident"]

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"


def resident(name: str = "VmRSS") -> float:
    """Return the resident memory in KiB, or its peak for `VmHWM`."""
    lines = _STATUS.read_text(encoding="utf-8").splitlines()
    [size] = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return float(size)


class Growth:
    """The growth of the process since this object was created."""

    def __init__(self) -> None:
        gc.collect()
        _CLEAR.write_text(_FORGET_PEAK, encoding="utf-8")
        self._before = resident()

    def at_peak(self) -> float:
        """Return the highest growth so far, in KiB."""
        return resident("VmHWM") - self._before

    def lasting(self) -> float:
        """Return the growth that remains after garbage collection, in KiB."""
        gc.collect()
        return resident() - self._before
