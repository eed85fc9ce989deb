"""The parameters of a run: what does not fit is refused before anything is sent."""

import math
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    AsyncConversations,
    CompletionArgs,
    ConfigurationError,
    FunctionTool,
    ResponseFormat,
    RunLimits,
    RunOptions,
    WebSearchTool,
    function_tool,
)
from mistral_conversations.server import call, say
from tests.support.for_each import for_each
from tests.support.scripted import DECLARED, add, scripted

pytestmark = pytest.mark.anyio


@attrs.frozen
class City:
    name: str


def also_add(a: int, b: int) -> int:
    return a + b


NAMESAKE = function_tool(also_add, name="add")

MODEL = {"model": "m"}
AGENT = {"agent_id": "ag_1"}
OLD = {"conversation_id": "conv_1"}
BRANCH = {**OLD, "from_entry_id": "msg_1"}

REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    # contradictions
    ({**MODEL, **AGENT}, ValueError, "model and agent_id are both given"),
    ({**MODEL, **OLD}, ValueError, "model and conversation_id are both given"),
    ({**AGENT, **OLD}, ValueError, "agent_id and conversation_id are both given"),
    ({**MODEL, "from_entry_id": "x"}, ValueError, "from_entry_id needs the"),
    ({**MODEL, "inputs": None}, TypeError, "inputs must be text or entries"),
    *(
        ({**OLD, name: value}, ValueError, f"{name} and conversation_id are both")
        for name, value in {
            "instructions": "x",
            "name": "x",
            "description": "x",
            "metadata": {},
            "guardrails": [],
            "agent_version": 1,
        }.items()
    ),
    *(
        ({**BRANCH, name: "x"}, ValueError, f"{name} and from_entry_id are both")
        for name in ("model", "agent_id", "instructions", "name", "description")
    ),
    ({**AGENT, "instructions": "x"}, ValueError, r"agents\.update\(\)"),
    ({**AGENT, "output_type": City}, ValueError, r"response\.parse\(\)"),
    ({**AGENT, "completion_args": {}}, ValueError, r"agents\.update\(\)"),
    *(
        ({**beside, "tools": [also_add, tool]}, ValueError, "declared tool beside")
        for beside in (AGENT, OLD, BRANCH)
        for tool in (WebSearchTool(), DECLARED, {"type": "web_search"})
    ),
    # tools
    ({**MODEL, "tools": add}, TypeError, "tools must be a list or tuple of func"),
    ({**MODEL, "tools": "add"}, TypeError, "tools must be a list or tuple"),
    ({**MODEL, "tools": {"add": add}}, TypeError, "tools must be a list or tuple"),
    ({**MODEL, "tools": [add, "add"]}, TypeError, r"tools\[1\] must be a function"),
    ({**MODEL, "tools": [None]}, TypeError, r"tools\[0\] must be a function or a to"),
    ({**MODEL, "tools": [WebSearchTool]}, TypeError, r"pass an object, WebSearchTo"),
    ({**MODEL, "tools": [FunctionTool]}, TypeError, r"pass an object, FunctionTool"),
    ({**MODEL, "tools": [add, NAMESAKE]}, ValueError, r"tools\[1\]: another .*name="),
    ({**MODEL, "tools": [add, add]}, ValueError, r"tools\[1\]: another function"),
    ({**MODEL, "tools": [add, DECLARED]}, ValueError, "leave out the declaration"),
    # types
    ({**MODEL, "limits": {"max_turns": 3}}, TypeError, r"pass RunLimits\(\.\.\.\)"),
    ({**MODEL, "limits": RunOptions()}, TypeError, "limits must be a RunLimits"),
    ({**MODEL, "options": 3}, TypeError, "options must be a RunOptions, not int"),
    ({**MODEL, "options": RunOptions}, TypeError, "options must be a RunOptions"),
    ({**MODEL, "approve": True}, TypeError, "approve must be a function, not bool"),
    ({**MODEL, "completion_args": 3}, TypeError, "completion_args"),
    ({**MODEL, "store": "no"}, TypeError, "store"),
    ({**MODEL, "handoff_execution": 3}, TypeError, "handoff_execution"),
    ({**MODEL, "metadata": 3}, TypeError, "metadata"),
    ({**MODEL, "inputs": 3}, TypeError, "inputs"),
    ({**MODEL, "inputs": [{"a": 1}]}, ValueError, r"inputs\[0\]"),
    ({"model": 3}, TypeError, "model"),
    ({"agent_id": 3}, TypeError, "agent_id"),
    *(
        ({**beside, name: value}, error, f"{name}|total")
        for beside in (MODEL, OLD, {**OLD, "inputs": None}, {**BRANCH, "inputs": None})
        for name, value, error in [
            ("timeout", "5", TypeError),
            ("timeout", -5, ValueError),
            ("retries", "5", TypeError),
            ("headers", 5, ConfigurationError),
            ("headers", {"a": "b\nc"}, ValueError),
            ("wait_if_busy", "5", TypeError),
            ("wait_if_busy", -5, ValueError),
        ]
    ),
    *(
        ({**beside, "inputs": inputs, name: value}, error, name)
        for beside in (OLD, BRANCH)
        for inputs in (None, "Hi")
        for name, value, error in [
            ("completion_args", 3, TypeError),
            ("store", "no", TypeError),
            ("handoff_execution", 3, TypeError),
            ("conversation_id", 3, TypeError),
            ("conversation_id", "", ValueError),
            ("tools", [3], TypeError),
            ("limits", 3, TypeError),
        ]
    ),
    ({**OLD, "from_entry_id": 3}, TypeError, "from_entry_id"),
    ({**OLD, "from_entry_id": 3, "inputs": None}, TypeError, "from_entry_id"),
    ({**BRANCH, "inputs": None, "metadata": 3}, TypeError, "metadata"),
    ({**BRANCH, "inputs": None, "guardrails": 3}, TypeError, "guardrails"),
    # output
    (
        {**MODEL, "output_type": City, "completion_args": {"response_format": {}}},
        ValueError,
        "pass only one of them",
    ),
    (
        {
            **OLD,
            "output_type": City,
            "completion_args": CompletionArgs(response_format=ResponseFormat()),
        },
        ValueError,
        "pass only one of them",
    ),
]


async def test_what_does_not_fit_is_refused_before_anything_is_sent() -> None:
    async with scripted() as local:
        await _refuse_all(client=local.client)
        assert local.server.requests == ()


@for_each("given,error,message", REFUSED)
async def _refuse_all(
    client: AsyncConversations,
    given: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    parameters = {"inputs": "Hi", **given}
    with pytest.raises(error, match=message):
        await client.run(**parameters)


LIMITS = ("max_turns", "max_calls", "max_calls_per_turn", "max_tokens")


@for_each("name", LIMITS)
@for_each(
    "value,error",
    [
        (0, ValueError),
        (-1, ValueError),
        (1.5, TypeError),
        ("5", TypeError),
        (True, TypeError),
    ],
)
def test_a_limit_is_a_count(name: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=name):
        RunLimits(**{name: value})


@for_each("name", LIMITS[:3])
def test_a_count_has_a_default(name: str) -> None:
    missing: dict[str, Any] = {name: None}
    with pytest.raises(TypeError, match=name):
        RunLimits(**missing)


@for_each(
    "given,error",
    [
        ({"timeout": 0}, ValueError),
        ({"timeout": -1}, ValueError),
        ({"timeout": math.inf}, ValueError),
        ({"timeout": "5"}, TypeError),
    ],
)
def test_a_timeout_is_in_seconds(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="timeout"):
        RunLimits(**given)


@for_each(
    "given,error",
    [
        ({"max_concurrency": 0}, ValueError),
        ({"max_failures": 0}, ValueError),
        ({"max_corrections": -1}, ValueError),
        ({"max_corrections": None}, TypeError),
        ({"threads": 1}, TypeError),
        ({"keep_tool_choice": "yes"}, TypeError),
        ({"on_error": "ignore"}, ValueError),
        ({"on_error": ["tell"]}, ValueError),
    ],
)
def test_an_option_is_checked(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(given))):
        RunOptions(**given)


@for_each("cls", [RunLimits, RunOptions])
def test_limits_and_options_are_given_by_name(cls: Any) -> None:
    with pytest.raises(TypeError, match=f"such as {cls.__name__}"):
        cls(5)
    with pytest.raises(TypeError, match="max_turn"):
        cls(max_turn=5)


def test_the_defaults_of_limits() -> None:
    assert RunLimits() == RunLimits(
        max_turns=20,
        max_calls=100,
        max_calls_per_turn=32,
        max_tokens=None,
        timeout=None,
    )


async def test_a_run_takes_the_parameters_of_a_start() -> None:
    async with scripted("Hello", "Hello") as local:
        parameters: dict[str, Any] = {
            "model": "m",
            "instructions": "Be kind",
            "completion_args": CompletionArgs(temperature=0.1),
            "name": "n",
            "description": "d",
            "metadata": {"a": "b"},
            "store": True,
            "handoff_execution": "server",
        }
        await local.client.start("Hi", **parameters)
        await local.client.run("Hi", **parameters)
        assert local.posts[0] == local.posts[1]


async def test_a_run_without_tools_is_an_answer() -> None:
    async with scripted(say("Hello")) as local:
        result = await local.client.run("Hi", model="m")
        assert (result.text, result.turns, result.calls) == ("Hello", 1, ())
        assert "tools" not in local.last


async def test_an_unknown_function_is_told_to_the_model() -> None:
    async with scripted(call("other"), "Sorry") as local:
        result = await local.client.run("Hi", model="m", tools=[add])
    (call_,) = result.calls
    assert call_.error is not None
    assert "'other'" in call_.error
    assert "add" in call_.error
