"""Errors for arguments that a callable does not take, which name what to use."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

__all__ = ["keywords_only"]

C = TypeVar("C", bound=type)


def keywords_only(remedy: str, *, first: int = 0) -> Callable[[C], C]:
    """Decorate a class whose `__init__` rejects positional arguments.

    Args:
        remedy: what the error says after the name of the class.
        first: the number of positional arguments that it takes.
    """

    def decorate(cls: C) -> C:
        method = vars(cls)["__init__"]

        @wraps(method)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            if len(args) > first:
                raise TypeError(f"{cls.__name__} {remedy}")
            method(self, *args, **kwargs)

        type.__setattr__(cls, "__init__", init)
        return cls

    return decorate
