"""`function_tool`: a tool made of a Python function."""

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from mistral_conversations._public import publish
from mistral_conversations.runs.functions.overrides import (
    Approval,
    OnError,
    Overrides,
)
from mistral_conversations.runs.functions.python_function import PythonFunction

__all__ = ["function_tool"]

P = ParamSpec("P")
R = TypeVar("R")


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
    plain function in `tools` needs it only for the overrides below; each run describes
    such a function anew, and a tool is described once.

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
