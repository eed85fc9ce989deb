"""Ctrl-C at a chosen step of a function, as a signal may arrive at any."""

import gc
import itertools
import sys
from collections.abc import Callable
from types import FrameType

__all__ = ["interrupted_at"]

_STEPS = {"call", "return", "c_return"}
"""Where Python looks for signals, and a few more; it never does before a C function."""

_NO_STEPS = {("return", "__next__"), ("return", "__enter__")}
"""A signal never comes between an iterator and the loop that takes its item, nor
between an `__enter__` in Python and its block."""


def interrupted_at(
    step: int, function: Callable[[], object], error: type[BaseException]
) -> bool:
    """Call a function and raise an error at one of its steps, even with a lock held.

    Steps within `traceback` do not count: asyncio's debug mode reads the stack there.
    Nothing is garbage-collected meanwhile: Python drops an error in a finalizer.

    Returns:
        Whether the function came that far.
    """
    steps = itertools.count(1)
    raised = False

    def profile(frame: FrameType, event: str, _arg: object) -> None:
        nonlocal raised
        if frame.f_globals.get("__name__") == "traceback":
            return
        if event not in _STEPS or (event, frame.f_code.co_name) in _NO_STEPS:
            return
        if next(steps) == step:
            raised = True
            raise error

    before, collects = sys.getprofile(), gc.isenabled()
    gc.disable()
    sys.setprofile(profile)
    try:
        function()
    except error:
        if not raised:
            raise
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
    return raised
