"""`UNSET`: the value of an update's parameters that leaves a field unchanged."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from mistral_conversations._public import publish

__all__ = ["UNSET", "Unset", "set_values"]


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = ...
    """Not a JSON value, so it is rejected inside a mapping rather than sent."""

    def __repr__(self) -> str:
        """Show the name under which it is imported."""
        return "UNSET"

    def __bool__(self) -> bool:
        """Return False: there is no value."""
        return False


UNSET: Final = Unset.UNSET
"""The default of an update's parameters, which leaves the field unchanged."""


def set_values(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are not UNSET."""
    return {name: value for name, value in parameters.items() if value is not UNSET}


publish(globals(), *__all__)
