"""The processes of a run: the contenders and their server."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs

from .claims import Figures
from .environment import SETTLED
from .measures import COMPARATORS, Measure
from .processes import Child

__all__ = ["Roster", "perform"]

_CONTENDERS = f"{__package__}.contenders"


@attrs.frozen
class Roster:
    """Contenders that take measures; each process starts when first needed."""

    stack: ExitStack
    """Owns the processes."""

    comparators: Callable[[], Path]
    """Returns the interpreter that has the comparators."""

    quick: bool = False
    scale: float = 1.0
    loop: str = "asyncio"
    """The event loop of the contenders that are no comparators."""
    _running: dict[str, Child] = attrs.field(factory=dict, init=False)
    _urls: list[str] = attrs.field(factory=list, init=False)

    def amounts(self, measure: Measure) -> Mapping[str, int]:
        """Return the amounts of a measure in this run."""
        chosen = measure.quick if self.quick else measure.full
        return {**chosen, "amount": max(1, round(chosen["amount"] * self.scale))}

    def warm(self, measure: Measure) -> None:
        """Run a small amount unmeasured, to fill caches and compile files."""
        if measure.process == "kept":
            self._order(self._kept(measure), measure, _few(measure))
        elif measure.process == "cold":
            self.ask(measure)

    def ask(self, measure: Measure) -> Figures:
        """Take the measure once."""
        if measure.process == "kept":
            return self._order(self._kept(measure), measure, self.amounts(measure))
        with Child(*self._command(measure)) as child:
            if measure.process == "new":
                self._order(child, measure, _few(measure))
            return self._order(child, measure, self.amounts(measure))

    def _order(
        self, child: Child, measure: Measure, amounts: Mapping[str, int]
    ) -> Figures:
        url = f"{self._server()}{measure.path.format(**amounts)}"
        try:
            return perform(child, measure.task, url, amounts)
        except RuntimeError as error:
            raise RuntimeError(f"{measure.name} failed\n{error}") from None

    def _kept(self, measure: Measure) -> Child:
        name = measure.contender
        if name not in self._running:
            child = Child(*self._command(measure), settings=SETTLED)
            self._running[name] = self.stack.enter_context(child)
        return self._running[name]

    def _command(self, measure: Measure) -> list[str]:
        theirs = measure.contender in COMPARATORS
        python = str(self.comparators()) if theirs else sys.executable
        module = f"{_CONTENDERS}.imports" if measure.process == "cold" else _CONTENDERS
        loop = "asyncio" if theirs else self.loop
        return [python, "-m", module, measure.contender, loop]

    def _server(self) -> str:
        if not self._urls:
            child = Child(sys.executable, "-m", f"{__package__}.service")
            self._urls.append(self.stack.enter_context(child).receive())
        return self._urls[0]


def perform(child: Child, task: str, url: str, amounts: Mapping[str, int]) -> Figures:
    """Let a contender execute an order; return its figures.

    Raises:
        RuntimeError: it failed; the message is its traceback.
    """
    child.send(json.dumps({"task": task, "url": url, "amounts": amounts}))
    answer: dict[str, Any] = json.loads(child.receive())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    figures: Figures = answer["figures"]
    return figures


def _few(measure: Measure) -> Mapping[str, int]:
    return {**measure.quick, "amount": max(2, measure.quick["amount"] // 20)}
