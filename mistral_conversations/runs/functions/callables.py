"""What kind of callable a function of a run is."""

import inspect
import re
from typing import Any

from mistral_conversations._callables import called, is_generator, without_partials

__all__ = [
    "check_callable",
    "check_name",
    "is_method",
    "name_of",
    "plain_function",
]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_callable(function: Any) -> None:
    """Reject what cannot answer a call.

    Raises:
        TypeError: it cannot be called, is a class, or yields instead of returning.
    """
    if inspect.isawaitable(function):
        raise TypeError(
            "function_tool() takes a function, not what it returns: pass it without "
            "calling it"
        )
    if not callable(function):
        raise TypeError(
            f"function_tool() takes a function, not {type(function).__name__}"
        )
    if inspect.isclass(function):
        raise TypeError(
            f"{function.__name__} is a class: pass a function that returns an object "
            "of it"
        )
    if is_generator(function):
        raise TypeError(
            f"{name_of(function)}() is a generator: pass a function that returns a "
            "list of the items"
        )


def plain_function(function: Any) -> Any:
    """Return the function whose module has the names in its annotations."""
    function = called(inspect.unwrap(function))
    return inspect.unwrap(getattr(function, "__func__", function))


def name_of(function: Any) -> str:
    """Return the name of a function; of an object that can be called, of its class."""
    function = without_partials(function)
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


def check_name(name: object) -> None:
    """Check a name against the service's rule for the names of functions.

    Raises:
        TypeError: it is not a str.
        ValueError: it has other characters than letters, digits, `_` and `-`, or more
            than 64.
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a str, not {type(name).__name__}")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot be the name of a function for the model, which has 1 to "
            "64 of the characters A-Z, a-z, 0-9, _ and -: pass "
            "function_tool(..., name=...)"
        )


def is_method(descriptor: Any) -> bool:
    """Return whether the first parameter is for the object of a method.

    A function of a class has its name after that of the class. A static method that
    was looked up in its class is one too, but its first parameter is annotated.
    """
    if isinstance(descriptor, classmethod):
        return True
    if not _becomes_method(descriptor):
        return False
    qualified: str = descriptor.__qualname__
    *_, scope, _ = ["", *qualified.split(".")]
    first = next(iter(inspect.signature(descriptor).parameters.values()), None)
    if scope in ("", "<locals>") or first is None or first.kind in _KEYWORDS:
        return False
    return first.name in ("self", "cls") or first.annotation is first.empty


def _becomes_method(descriptor: Any) -> bool:
    """Return whether it is a function, or wraps one and is bound as one (lru_cache)."""
    return (
        inspect.isfunction(inspect.unwrap(descriptor))
        and hasattr(type(descriptor), "__get__")
        and not inspect.ismethod(descriptor)
    )


_KEYWORDS = (
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.VAR_KEYWORD,
)
