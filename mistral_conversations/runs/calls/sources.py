"""Where the functions of a run come from, if they are not given one by one."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from mistral_conversations.runs.functions.python_function import PythonFunction

__all__ = ["FunctionSource"]


class FunctionSource(ABC):
    """Something in the `tools` of a run that lists functions, such as an MCP server."""

    __slots__ = ()

    @property
    @abstractmethod
    def may_change(self) -> bool:
        """Whether to list the functions again between two turns."""

    @abstractmethod
    def check(self, *, is_blocking: bool) -> None:
        """Check that a client can use the source here, before anything is sent.

        Args:
            is_blocking: whether the client is a blocking one.

        Raises:
            ConfigurationError: it cannot.
        """

    @abstractmethod
    async def listed(self) -> Sequence[PythonFunction[..., Any]]:
        """List the functions at the start of a run.

        Raises:
            MCPServerError: the source does not list them.
            ValueError: a parameter of the source does not fit its functions.
        """

    @abstractmethod
    async def listed_again(self) -> Sequence[PythonFunction[..., Any]]:
        """List the functions between two turns; return none if that fails."""
