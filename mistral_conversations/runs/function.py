"""`function_tool`: a Python function that the model can call."""

import copy
import functools
import types
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from mistral_conversations._public import publish
from mistral_conversations._wire.arguments import parse_arguments
from mistral_conversations._wire.strict_schema import closed
from mistral_conversations.errors import ArgumentsError
from mistral_conversations.models.tools import Function, FunctionTool
from mistral_conversations.runs.callables import (
    check_callable,
    check_name,
    is_async,
    is_method,
    name_of,
)
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.docstrings import documentation_of
from mistral_conversations.runs.overrides import Approval, OnError, Overrides
from mistral_conversations.runs.parameters import (
    AnnotatedParameters,
    GivenParameters,
    Parameters,
)
from mistral_conversations.runs.signature import Signature

__all__ = ["PythonFunction", "function_tool"]

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
        """Whether no other function runs during a call."""
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


@overload
def function_tool(
    function: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    strict: bool | None = None,
    sequential: bool = False,
    timeout: float | None = None,
    requires_approval: Approval = False,
    on_error: OnError | None = None,
    max_failures: int | None = None,
) -> PythonFunction[P, R]: ...
@overload
def function_tool(
    function: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    strict: bool | None = None,
    sequential: bool = False,
    timeout: float | None = None,
    requires_approval: Approval = False,
    on_error: OnError | None = None,
    max_failures: int | None = None,
) -> Callable[[Callable[P, R]], PythonFunction[P, R]]: ...
def function_tool(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    strict: bool | None = None,
    sequential: bool = False,
    timeout: float | None = None,
    requires_approval: Approval = False,
    on_error: OnError | None = None,
    max_failures: int | None = None,
) -> Any:
    """Make a tool of a Python function, for the `tools` of a run.

    Use it as a decorator, with or without arguments, or call it with the function. A
    plain function in `tools` needs it only for the overrides below.

    The model sees the function's name, what its docstring says of it and of each
    parameter, and the JSON Schema of the annotations. `Annotated[str, "the city"]`
    describes a parameter too. A parameter annotated `RunContext` is filled by the run.

    Args:
        function: a plain or async function, a method of an object, a `partial`, or an
            object that can be called. A `partial` hides the arguments that it binds.
        name: the name for the model, instead of the function's.
        description: the purpose for the model, instead of the docstring.
        parameters: a JSON Schema for the arguments, instead of the annotations; they
            are then passed by name as JSON has them, without a check of their types.
        strict: whether arguments must follow the schema, which then allows no other
            keys in any object; None leaves it to the service.
        sequential: whether calls in one turn of this and other sequential functions
            run one at a time, in the order of the calls. Other functions run beside
            them. False by default.
        timeout: the maximum duration of a call in seconds; no limit by default. The
            model reads that the time was up. An async function is cancelled. A plain
            function runs to its end in its thread, and its result is discarded; at
            exit, the interpreter waits for that thread after a run of the async client.
        requires_approval: whether each call waits for an approval, or a function (plain
            or async) that receives the `OpenCall` and returns whether it does; False by
            default.
        on_error: what an exception does: `tell` sends its message to the model, `raise`
            ends the run; None, the default, for what the run's options say.
        max_failures: the number of failures in a row that ends the run; None, the
            default, for what the run's options say.

    Returns:
        The tool, which can be called as the function.

    Raises:
        TypeError: a parameter, named in the message, cannot be described to the model;
            or it is no function; or an override has another type.
        ValueError: the name has other characters than A-Z, a-z, 0-9, _ and -, or more
            than 64; or an override is out of range.
    """
    overrides = Overrides(
        name=name,
        description=description,
        parameters=parameters,
        strict=strict,
        sequential=sequential,
        timeout=timeout,
        requires_approval=requires_approval,
        on_error=on_error,
        max_failures=max_failures,
    )
    if function is None:
        return lambda function: _tool(function, overrides)
    return _tool(function, overrides)


def _tool(function: Any, overrides: Overrides) -> PythonFunction[..., Any]:
    if isinstance(function, types.MethodType):
        function = _bound_again(function)
    if isinstance(function, PythonFunction):
        return function.overridden(overrides)
    if isinstance(function, functools.partial):
        tool = function.func
        if isinstance(tool, PythonFunction):
            return tool.partly_bound(function).overridden(overrides)
    return PythonFunction(function, overrides)


def _bound_again(method: types.MethodType) -> Any:
    """Return the tool of a class method; since Python 3.13, it comes as a method."""
    tool = method.__func__
    is_tool = isinstance(tool, PythonFunction)
    return tool.__get__(method.__self__) if is_tool else method


publish(globals(), *__all__)
