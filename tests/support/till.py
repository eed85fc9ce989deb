"""Functions of a run, one of which needs an approval."""

from typing import Any

from mistral_conversations import function_tool

__all__ = ["Till"]


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
