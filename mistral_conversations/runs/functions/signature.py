"""The signature of a function: its parameters, their annotations, and its call."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Self, get_args, get_origin, get_type_hints

import attrs

from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.functions.callables import plain_function

__all__ = ["STARS", "Signature"]

STARS = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}
"""The kinds of parameters that take any number of arguments."""


@attrs.frozen
class Signature:
    """The parameters of a function that a call fills.

    Those that `partial` has bound by name are left out, and the object of a method.
    """

    owner: str
    """The name of the function, for errors."""

    parameters: Mapping[str, inspect.Parameter]
    """The parameters, without the one for the `RunContext`."""

    annotations: Mapping[str, Any]
    """Their annotations with every name resolved; only of parameters that have one."""

    context: str | None
    """The name of the parameter that takes the `RunContext`."""

    _by_position: Mapping[str, Any]
    """The defaults of parameters that are passed by position only, by name."""

    @classmethod
    def of(
        cls, function: Callable[..., Any], owner: str, *, is_method: bool, lax: bool
    ) -> Self:
        """Read the signature of a function.

        Args:
            function: the function.
            owner: its name, for errors.
            is_method: whether its first parameter is for the object of a method.
            lax: whether to leave out annotations that cannot be resolved.

        Raises:
            TypeError: an annotation cannot be resolved, or the function has no
                signature.
        """
        found = dict(_own_parameters(function, owner, is_method=is_method))
        annotations = {}
        for name, each in found.items():
            with suppress(*((TypeError,) if lax else ())):
                if each.annotation is not inspect.Parameter.empty:
                    annotations[name] = _resolved(each, function, owner)
        context = _context_of(found, annotations, owner)
        by_position = {
            name: each.default
            for name, each in found.items()
            if each.kind is inspect.Parameter.POSITIONAL_ONLY
        }
        found.pop(context or "", None)
        return cls(owner, found, annotations, context, by_position)

    def place_of(self, name: str) -> str:
        """Return the name of a parameter for errors."""
        return f"the parameter {name!r} of {self.owner}"

    def bound(
        self, arguments: Mapping[str, Any], context: RunContext[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return the positional and keyword arguments for a call."""
        keywords = dict(arguments)
        if self.context is not None:
            keywords[self.context] = context
        positional = [
            keywords.pop(name, default) for name, default in self._by_position.items()
        ]
        return positional, keywords


def _own_parameters(
    function: Any, owner: str, *, is_method: bool
) -> Iterator[tuple[str, inspect.Parameter]]:
    try:
        found = inspect.signature(function).parameters
    except ValueError as error:
        raise TypeError(
            f"{owner} has no signature that Python can read ({error}): pass a function "
            "that calls it"
        ) from None
    bound = function.keywords if isinstance(function, functools.partial) else {}
    for number, (name, each) in enumerate(found.items()):
        if name not in bound and not (is_method and number == 0):
            yield name, each


def _resolved(found: inspect.Parameter, function: Any, owner: str) -> Any:
    plain = plain_function(function)
    generics = {each.__name__: each for each in getattr(plain, "__type_params__", ())}
    names = {"RunContext": RunContext, **getattr(plain, "__globals__", {}), **generics}
    holder = _Annotated({"it": found.annotation})
    try:
        made = get_type_hints(holder, names, include_extras=True)["it"]
        _has_context(made)  # evaluates what `type` statements name
    except (AttributeError, NameError, SyntaxError, TypeError) as error:
        raise TypeError(
            f"the parameter {found.name!r} of {owner} is annotated "
            f"{found.annotation!r}, which cannot be resolved ({error}): define or "
            "import the names in it at the top of the module"
        ) from None
    return made


class _Annotated:
    """An object with annotations, whose names `get_type_hints` resolves."""

    def __init__(self, annotations: dict[str, Any]) -> None:
        self.__annotations__ = annotations


def _context_of(
    parameters: Mapping[str, inspect.Parameter],
    annotations: Mapping[str, Any],
    owner: str,
) -> str | None:
    names = [name for name, each in annotations.items() if _has_context(each)]
    for name in names:
        if parameters[name].kind in STARS or not _is_context(annotations[name]):
            raise TypeError(
                f"the parameter {name!r} of {owner} must be annotated RunContext or "
                "RunContext[...] alone: no other type takes the context of the run"
            )
    if len(names) > 1:
        raise TypeError(
            f"{owner} takes RunContext twice, as {' and '.join(map(repr, names))}: "
            "annotate one parameter with it"
        )
    return names[0] if names else None


def _has_context(annotation: Any, seen: tuple[Any, ...] = ()) -> bool:
    """Return whether RunContext occurs in an annotation.

    Raises:
        NameError: a `type` statement in it names something undefined.
    """
    if any(each is annotation for each in seen):  # a `type` that contains itself
        return False
    origin = get_origin(annotation) or annotation
    if isinstance(origin, type) and issubclass(origin, RunContext):
        return True
    parts = [*get_args(annotation), getattr(origin, "__value__", None)]
    return any(_has_context(each, (*seen, annotation)) for each in parts)


def _is_context(annotation: Any) -> bool:
    if hasattr(annotation, "__value__"):  # of a `type` statement
        return _is_context(annotation.__value__)
    if get_origin(annotation) is Annotated:
        return _is_context(get_args(annotation)[0])
    if annotation is RunContext or get_origin(annotation) is RunContext:
        return True
    members = [each for each in get_args(annotation) if each is not type(None)]
    is_optional = len(members) == 1 and type(None) in get_args(annotation)
    return is_optional and _is_context(members[0])
