"""A run in which a function and a tool of the service need an approval."""

from typing import Any

from mistral_conversations import (
    CodeInterpreterTool,
    ToolConfiguration,
    function_tool,
)
from mistral_conversations.server import call, execute

__all__ = ["CODE", "INTERPRETER", "PAY", "Till"]

PAY = call("pay", amount=3)
CODE = execute("code_interpreter", arguments={"code": "1 + 1"})
INTERPRETER = CodeInterpreterTool(
    tool_configuration=ToolConfiguration(requires_confirmation=("code_interpreter",))
)
"""The tool of `CODE`."""


class Till:
    """Functions that note the calls they receive.

    Args:
        others: more tools.
        rule: which payments need an approval.
    """

    def __init__(self, *others: Any, rule: Any = True) -> None:
        self.calls: list[str] = []
        pay = function_tool(self.pay, requires_approval=rule)
        self.tools = [pay, self.add, *others]

    def pay(self, amount: int) -> str:
        """Pay an amount."""
        self.calls.append(f"pay {amount}")
        return f"paid {amount}"

    async def add(self, a: int, b: int) -> int:
        """Add two numbers."""
        self.calls.append(f"add {a} {b}")
        return a + b
