"""What `help()`, notebooks and editors show of a blocking method."""

import inspect
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from mistral_conversations._signature import ReadableSignature

__all__ = ["describe"]

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = "mistral_conversations."
_ASYNC = (
    (re.compile(r"\bawait |\basync (?=with |for )"), ""),
    (re.compile(r"\bAsync(?=[A-Z])"), ""),
    (re.compile(r"\baclose\b"), "close"),
)


def describe(
    call: Callable[P, R], method: Callable[..., Any], answer: Any = None
) -> Callable[P, R]:
    """Copy the signature and the docstring of an async method to its blocking twin.

    Args:
        call: the blocking method.
        method: the async one.
        answer: the type that the blocking method returns; None if it is the same.
    """
    signature = ReadableSignature.of(method)
    if answer is not None:
        signature = signature.replace(return_annotation=answer)
        call.__annotations__ = {**method.__annotations__, "return": answer}
    vars(call)["__signature__"] = signature
    call.__module__ = method.__module__.replace(_PACKAGE, f"{_PACKAGE}sync.", 1)
    call.__qualname__ = method.__qualname__.removeprefix("Async")
    text = _blocking_text(inspect.cleandoc(method.__doc__ or ""))
    call.__doc__ = f"Blocking twin of `{method.__qualname__}`.\n\n{text}"
    return call


def _blocking_text(text: str) -> str:
    """Return a docstring whose examples and names are those of the blocking side."""
    for pattern, replacement in _ASYNC:
        text = pattern.sub(replacement, text)
    return text
