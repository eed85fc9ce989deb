"""`UnixTime`: a time that JSON has as an integer."""

from datetime import datetime
from typing import Annotated, TypeAlias

__all__ = ["UnixTime"]

UnixTime: TypeAlias = Annotated[datetime, "UNIX seconds"]
"""An aware `datetime` in Python, and UNIX seconds in JSON."""
