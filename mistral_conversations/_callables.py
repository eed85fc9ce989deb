"""What a call of a function does: return, return a coroutine, or yield."""

import functools
import inspect
from typing import Any

__all__ = ["called", "is_async", "is_generator", "without_partials"]


def without_partials(function: Any) -> Any:
    """Return the function of a `partial`, which may be one of a `partial`."""
    while isinstance(function, functools.partial):
        function = function.func
    return function


def called(function: Any) -> Any:
    """Return what Python calls: without `partial`, of an object its `__call__`."""
    function = without_partials(function)
    return function if inspect.isroutine(function) else type(function).__call__


def is_async(function: Any) -> bool:
    """Return whether a call of the function returns a coroutine."""
    function = without_partials(function)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        called(function)
    )


def is_generator(function: Any) -> bool:
    """Return whether a call of the function runs nothing until it is iterated over."""
    body = called(function)
    return inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body)
