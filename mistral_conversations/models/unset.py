"""`UNSET`: what an update leaves alone, where None is null."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

__all__ = ["UNSET", "Unset", "set_values"]


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = ...
    """Nothing that JSON holds, so that it is not sent where it stands in a mapping."""

    def __repr__(self) -> str:
        """Show the name it is imported by."""
        return "UNSET"

    def __bool__(self) -> bool:
        """Be false: it stands for nothing."""
        return False


UNSET: Final = Unset.UNSET
"""The default of an update's parameters: the field stays as it is."""


def set_values(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the parameters that are UNSET."""
    return {name: value for name, value in parameters.items() if value is not UNSET}
