"""`PythonFunction`: a Python function that the model can call."""

import copy
import functools
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from mistral_conversations._callables import is_async
from mistral_conversations._public import publish
from mistral_conversations._wire.arguments import parse_arguments
from mistral_conversations._wire.strict_schema import closed
from mistral_conversations.errors import ArgumentsError
from mistral_conversations.models.tools import Function, FunctionTool
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.functions.callables import (
    check_callable,
    check_name,
    is_method,
    name_of,
)
from mistral_conversations.runs.functions.docstrings import documentation_of
from mistral_conversations.runs.functions.overrides import Approval, OnError, Overrides
from mistral_conversations.runs.functions.parameters import (
    AnnotatedParameters,
    GivenParameters,
    Parameters,
)
from mistral_conversations.runs.functions.signature import Signature

__all__ = ["PythonFunction"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
S = TypeVar("S")


class PythonFunction(Generic[P, R]):
    """A function that the model can call; `function_tool` makes it.

    Called directly, it does what the function does. In a class it is a method: pass
    the method of an object (`tools=[shop.price]`).
    """

    def __init__(self, function: Any, overrides: Overrides) -> None:
        self._descriptor = function
        if isinstance(function, classmethod | staticmethod):
            function = function.__func__
        check_callable(function)
        self.name: str = overrides.name or name_of(function)
        """The name that the model calls."""
        check_name(self.name)
        self._function: Callable[P, R] = function
        self._overrides = overrides
        self._is_method = is_method(self._descriptor)
        self.is_async: bool = is_async(function)
        """Whether `call` returns a coroutine."""
        self._describe()
        functools.update_wrapper(self, function, updated=())
        self.__name__: str = name_of(function)
        # attrs looks there for a class with slots, which `super()` must find
        self.__closure__: Any = getattr(function, "__closure__", None)
        is_abstract: bool = getattr(function, "__isabstractmethod__", False)
        self.__isabstractmethod__: bool = is_abstract

    def _describe(self) -> None:
        owner = f"{name_of(self._function)}()"
        given = self._overrides.parameters
        documentation = documentation_of(self._function)
        self._signature = Signature.of(
            self._function, owner, is_method=self._is_method, lax=given is not None
        )
        self._parameters: Parameters = (
            AnnotatedParameters.of(self._signature, documentation.parameters)
            if given is None
            else GivenParameters.of(self._signature, given)
        )
        self.description: str | None = (
            documentation.description
            if self._overrides.description is None
            else self._overrides.description
        )
        """What the model reads of the function's purpose."""
        schema = self._parameters.schema
        if given is None and self._overrides.strict:
            schema = closed(schema)
        self._declaration = FunctionTool(
            function=Function(
                name=self.name,
                description=self.description,
                strict=self._overrides.strict,
                parameters=schema,
            )
        )

    @property
    def declaration(self) -> FunctionTool:
        """The tool as it is sent, such as to `agents.create(tools=[...])`.

        Raises:
            TypeError: the function is a method, and its object is unknown.
        """
        self.check_bound()
        return self._declaration

    @property
    def sequential(self) -> bool:
        """Whether calls of this and other sequential functions run one at a time."""
        return self._overrides.sequential

    @property
    def timeout(self) -> float | None:
        """The maximum duration of a call in seconds; None for no limit."""
        return self._overrides.timeout

    @property
    def requires_approval(self) -> Approval:
        """Whether a call waits for an approval, or what decides it."""
        return self._overrides.requires_approval

    @property
    def on_error(self) -> OnError | None:
        """What an exception does; None for what the run's options say."""
        return self._overrides.on_error

    @property
    def max_failures(self) -> int | None:
        """The failures in a row that end the run; None for the run's own number."""
        return self._overrides.max_failures

    def validated(self, arguments: str | Mapping[str, Any]) -> dict[str, Any]:
        """Parse the arguments of a call, and convert them to the annotated types.

        Numbers in texts are read where only a number fits.

        Args:
            arguments: JSON text, or an object.

        Returns:
            The arguments by name, without the `RunContext`, and without defaults.

        Raises:
            ArgumentsError: they do not fit; the message, for the model, lists
                everything that is wrong.
            TypeError: `arguments` is neither; or the function is a method, and its
                object is unknown.
        """
        self.check_bound()
        if not isinstance(arguments, str | Mapping):
            kind = type(arguments).__name__
            raise TypeError(f"arguments must be JSON text or a mapping, not {kind}")
        found = parse_arguments(self.name, arguments)
        try:
            return self._parameters.read(found)
        except ValueError as error:
            raise ArgumentsError(
                f"the arguments of {self.name!r} do not fit: {error}", body=arguments
            ) from None

    def call(self, arguments: Mapping[str, Any], context: RunContext[Any]) -> Any:
        """Call the function.

        Args:
            arguments: what `validated` returned.
            context: the value of the parameter that is annotated `RunContext`.

        Returns:
            What the function returns: of an async function, a coroutine.
        """
        self.check_bound()
        positional, keywords = self._signature.bound(arguments, context)
        function: Callable[..., Any] = self._function
        return function(*positional, **keywords)

    def overridden(self, overrides: Overrides) -> "PythonFunction[P, R]":
        """Return a tool of the same function with further overrides."""
        if overrides == Overrides():
            return self
        function = self._descriptor if self._is_method else self._function
        return PythonFunction(function, overrides.over(self._overrides))

    def partly_bound(
        self, bound: "functools.partial[Any]"
    ) -> "PythonFunction[..., Any]":
        """Return the tool of a `partial` of this tool."""
        made = functools.partial(self._function, *bound.args, **bound.keywords)
        return PythonFunction(made, self._overrides)

    def check_bound(self) -> None:
        """Reject a method whose object is unknown.

        Raises:
            TypeError: the function is such a method.
        """
        if self._is_method:
            raise TypeError(
                f"{self.name} is a method: pass the method of an object, such as "
                f"tools=[thing.{name_of(self._function)}]"
            )

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function with these arguments, as if it were no tool."""
        return self._function(*args, **kwargs)

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(
        self: "PythonFunction[Concatenate[S, Q], R]",
        instance: S,
        owner: type | None = None,
    ) -> "PythonFunction[Q, R]": ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Return the method of an object, or of a class."""
        if not self._is_method:
            return self
        function = self._descriptor.__get__(instance, owner)
        if function is self._descriptor:  # looked up in the class
            return self
        bound = copy.copy(self)
        vars(bound).update(_function=function, __wrapped__=function, _is_method=False)
        return bound

    def __repr__(self) -> str:
        """Show the name."""
        return f"<{type(self).__name__} {self.name!r}>"


publish(globals(), *__all__)
