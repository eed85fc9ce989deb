"""This project's client, which reads every event by way of plain JSON."""

from collections.abc import Mapping

from mistral_conversations._wire.direct import DirectWay

from . import ours
from .orders import Figures, Order, Task

__all__ = ["TASKS"]


def _refused(_: DirectWay, _text: object) -> None:
    """Give no text the direct way."""


def _events(order: Order) -> Figures:
    DirectWay.read = _refused  # type: ignore[method-assign, assignment]
    return ours.TASKS["events"](order)


TASKS: Mapping[str, Task] = {"events": _events}
