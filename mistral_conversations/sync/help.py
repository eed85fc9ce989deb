"""What `help()`, notebooks and editors show of a blocking method."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ParamSpec, TypeVar, get_origin

__all__ = ["ReadableSignature", "describe"]

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = "mistral_conversations."
_MODULES = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])")
_OPTIONAL = re.compile(r"Optional\[(\w+|Literal\[[^][]*\])\]")
_ASYNC = (
    (re.compile(r"\bawait |\basync (?=with |for )"), ""),
    (re.compile(r"\bAsync(?=[A-Z])"), ""),
    (re.compile(r"\baclose\b"), "close"),
)


class ReadableSignature(inspect.Signature):
    """A signature that is written one parameter a line, with the names of aliases.

    Python 3.11 writes it on one line, and a union such as `ConversationInputs` by its
    members: `start` has 2,000 characters that way.
    """

    method: Callable[..., Any] | None = None
    """The method, whose module has the aliases."""

    @classmethod
    def of(cls, method: Callable[..., Any]) -> "ReadableSignature":
        """Return the signature of a method of this package."""
        signature = inspect.signature(method)
        made = cls(
            list(signature.parameters.values()),
            return_annotation=signature.return_annotation,
        )
        made.method = method
        return made

    def replace(self, **changes: Any) -> "ReadableSignature":
        """Return a signature with other parameters, or another return annotation."""
        made = super().replace(**changes)
        made.method = self.method
        return made

    def __str__(self) -> str:
        """Return what `help()` shows."""
        return self.format()

    def format(self, **_: Any) -> str:
        """Return what `help()` shows in Python 3.13 and later."""
        lines = "".join(f"\n    {text}," for text in self._parameters_as_text())
        returned = self._text(self.return_annotation)
        return f"({lines}\n) -> {returned}" if returned else f"({lines}\n)"

    def _parameters_as_text(self) -> Iterator[str]:
        starred = False
        for parameter in self.parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY and not starred:
                starred = True
                yield "*"
            text = self._text(parameter.annotation)
            yield str(parameter.replace(annotation=_Text(text) or parameter.empty))

    def _text(self, annotation: Any) -> str:
        if annotation is self.empty:
            return ""
        text = _text_of(annotation)
        for written, name in _aliases_of(self.method).items():
            text = text.replace(written, name)
        return _OPTIONAL.sub(r"\1 | None", text)


class _Text(str):
    """Text that `inspect` shows without quotes."""

    __slots__ = ()

    __repr__ = str.__str__


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


@cache
def _aliases_of(method: Callable[..., Any] | None) -> Mapping[str, str]:
    """Return the aliases in a method's module by their full text, the longest first."""
    names = getattr(inspect.unwrap(method), "__globals__", {}) if method else {}
    found = {
        _text_of(value): name
        for name, value in names.items()
        if get_origin(value) is not None
    }
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _text_of(annotation: Any) -> str:
    """Return an annotation without the modules of its names."""
    return _MODULES.sub("", inspect.formatannotation(annotation))
