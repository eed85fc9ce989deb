"""What `help()`, notebooks and editors show of a method's parameters."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_origin

__all__ = ["ReadableSignature", "readable_signatures"]

C = TypeVar("C")

# Compiled on first use, for a fast import.
_MODULES = r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])"
_OPTIONAL = r"Optional\[(\w+|Literal\[[^][]*\])\]"


def readable_signatures(cls: type[C]) -> type[C]:
    """Decorate a class: `help()` then shows a parameter a line of each method."""
    for name, method in vars(cls).items():
        if inspect.isfunction(method) and (name == "__init__" or name[0] != "_"):
            vars(method)["__signature__"] = ReadableSignature.of(method)
    return cls


class ReadableSignature(inspect.Signature):
    """A signature that is written one parameter a line, with the names of aliases.

    Python 3.11 writes it on one line, and a union such as `ConversationInputs` by its
    members: `start` has 2,000 characters that way.
    """

    method: Callable[..., Any] | None = None
    """The method, whose module has the aliases."""

    @classmethod
    def of(cls, method: Callable[..., Any]) -> "ReadableSignature":
        """Return the signature of a method; of a wrapped one, it is read on first use.

        Reading it slows the import.
        """
        made = cls.__new__(cls)
        made.method = method
        if inspect.unwrap(method) is method:  # its signature will soon be this one
            made.read(method)
        return made

    def read(self, method: Callable[..., Any]) -> None:
        """Fill the slots of `inspect.Signature`."""
        signature = inspect.signature(inspect.unwrap(method))
        super().__init__(
            list(signature.parameters.values()),
            return_annotation=signature.return_annotation,
        )

    def __getattr__(self, name: str) -> Any:
        """Read the method for a slot that is empty."""
        if self.method is None or name not in inspect.Signature.__slots__:
            raise AttributeError(name)
        self.read(self.method)
        return getattr(self, name)

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
            # Python flattens `Alias | None` to one union.
            text = text.replace(f"{written[:-1]}, NoneType]", f"{name} | None")
            text = text.replace(written, name)
        return re.sub(_OPTIONAL, r"\1 | None", text)


class _Text(str):
    """Text that `inspect` shows without quotes."""

    __slots__ = ()

    __repr__ = str.__str__


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
    """Return an annotation without the modules of its names, and without quotes."""
    is_text = isinstance(annotation, str)
    text = annotation if is_text else inspect.formatannotation(annotation)
    return re.sub(_MODULES, "", text)
