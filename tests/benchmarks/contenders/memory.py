"""How much memory this process has, by what Linux tells of it."""

import gc
from pathlib import Path

__all__ = ["Growth", "resident"]

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"


def resident(name: str = "VmRSS") -> float:
    """Give the memory in KiB; `VmHWM` for its peak."""
    lines = _STATUS.read_text(encoding="utf-8").splitlines()
    [size] = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return float(size)


class Growth:
    """What the process grows by from now on."""

    def __init__(self) -> None:
        gc.collect()
        _CLEAR.write_text(_FORGET_PEAK, encoding="utf-8")
        self._before = resident()

    def at_peak(self) -> float:
        """Give the KiB that it grew by at most."""
        return resident("VmHWM") - self._before

    def lasting(self) -> float:
        """Give the KiB that it has grown by and holds."""
        gc.collect()
        return resident() - self._before
