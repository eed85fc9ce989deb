"""Errors for arguments that a constructor does not take, which name what to use."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

__all__ = ["keywords_only", "text_only"]

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


def text_only(name: str, remedy: str) -> Callable[[C], C]:
    """Decorate a class whose `__init__` rejects a keyword argument that is no text.

    Args:
        name: the argument.
        remedy: what the error says to use.
    """

    def decorate(cls: C) -> C:
        method = vars(cls)["__init__"]

        @wraps(method)
        def init(self: Any, **kwargs: Any) -> None:
            value = kwargs.get(name, "")
            if not isinstance(value, str):
                kind = type(value).__name__
                raise TypeError(f"{name} must be a str, not {kind}: {remedy}")
            method(self, **kwargs)

        type.__setattr__(cls, "__init__", init)
        return cls

    return decorate
