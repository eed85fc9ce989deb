"""`RowRequest`: what one row asks, with the parameters of its batch."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, TypeAlias

import attrs

from mistral_conversations._wire import conversation_calls
from mistral_conversations.runs.exchange.requests import first_request
from mistral_conversations.runs.plan import RunPlan

__all__ = ["Mode", "RowRequest"]

Mode: TypeAlias = Literal["start", "run"]
"""The operation that asks each row."""

_DIGITS = 32
_CALL = ("timeout", "retries", "headers", "recover")


@attrs.frozen(kw_only=True)
class RowRequest:
    """One row to ask."""

    index: int
    custom_id: str
    mode: Mode
    inputs: Any
    parameters: Mapping[str, Any]
    """The parameters of the operation by name, those of the call included."""

    def body(self) -> bytes:
        """Return the JSON body of the first request of the row.

        Raises:
            TypeError, ValueError: a parameter, named in the message, is invalid.
        """
        inputs, parameters = self.inputs, self.parameters
        if self.mode == "run":
            first = first_request(RunPlan.of(inputs, parameters))
            parameters = first.parameters
        own = {name: v for name, v in parameters.items() if name not in _CALL}
        call = conversation_calls.start(inputs, own, stream=False)
        return call.body or b""

    @classmethod
    def check(cls, mode: Mode, defaults: Mapping[str, Any]) -> None:
        """Check the parameters that all rows of a batch have.

        Raises:
            TypeError, ValueError: one, named in the message, is invalid.
        """
        row = cls(index=0, custom_id="0", mode=mode, inputs="", parameters=defaults)
        row.body()

    @cached_property
    def digest(self) -> str:
        """What tells this request from another of the same row, as 32 digits.

        Raises:
            TypeError, ValueError: as `body`.
        """
        found = hashlib.sha256(self.mode.encode() + b"\n" + self.body())
        return found.hexdigest()[:_DIGITS]
