"""What the operations of all clients share: checked keywords, and short tracebacks."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from mistral_conversations._keywords import (
    keywords_of,
    refuse_positions,
    refuse_unknown,
)
from mistral_conversations._traceback import short_traceback

__all__ = ["check_keywords", "operations", "setting_up", "undecorated"]

C = TypeVar("C", bound=type)
M = TypeVar("M", bound=Callable[..., Any])

_INNER: Final = "_before_checks"
_KEYWORDS: Final = "_keywords"


def operations(cls: C) -> C:
    """Decorate a class of operations.

    An unknown keyword then raises an error that says what to use, and errors have short
    tracebacks. `setting_up` decorates the constructor and `with_options`.
    """
    for name, method in list(vars(cls).items()):
        if inspect.isfunction(method) and name[0] != "_" and name != "with_options":
            setattr(cls, name, _operation(method))
    return cls


def _operation(method: Callable[..., Any]) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with short_traceback:
            check_keywords(made, kwargs)
            return await method(*args, **kwargs)

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with short_traceback:
            check_keywords(made, kwargs)
            return method(*args, **kwargs)

    made = wraps(method)(run if inspect.iscoroutinefunction(method) else call)
    vars(made).update({_INNER: method, _KEYWORDS: keywords_of(method)})
    return made


def check_keywords(method: Any, given: dict[str, Any]) -> None:
    """Raise a TypeError for keywords that an operation, or its twin, does not take."""
    __tracebackhide__ = True
    if given and not given.keys() <= (known := vars(method)[_KEYWORDS]):
        refuse_unknown(method.__qualname__, given, known)


def undecorated(method: M) -> M:
    """Return a method as it was before `operations`, for its blocking twin."""
    inner: M = vars(method)[_INNER]
    return inner


def setting_up(method: M) -> M:
    """Decorate the constructor of a client, or `with_options`.

    They take the key: no frame of the decorator shows it in a traceback with locals.
    """
    name = method.__name__
    keywords, positions = keywords_of(method), method.__code__.co_argcount - 1

    @wraps(method)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        called = type(self).__name__ + ("" if name == "__init__" else f".{name}")
        try:
            with short_traceback:
                if not kwargs.keys() <= keywords:
                    refuse_unknown(called, dict.fromkeys(kwargs), keywords)
                if len(args) > positions:
                    refuse_positions(called, positions)
                return method(self, *args, **kwargs)
        finally:
            del args, kwargs

    return cast("M", checked)
