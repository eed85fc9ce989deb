"""An answer that grows in the output of a notebook's cell."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from mistral_conversations._markup import Html, joined
from mistral_conversations.display.output import visible
from mistral_conversations.display.status import Status
from mistral_conversations.html import run, transcript
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunEvents, RunResult

__all__ = ["Cell", "Output", "Shown"]

Shown: TypeAlias = ConversationResponse | RunResult | None
"""The answer or the run so far; None before its first event."""

_INTERVAL = 0.1
"""The shortest time between two updates, in seconds."""

_SHARE = 4
"""After an update, this many times its duration passes before the next one. So updates,
each of which renders the whole answer, take at most a fifth of the time."""

_RATE = 250_000
"""Characters a second; a Jupyter server drops output above a million bytes a second."""


class Output(Protocol):
    """The output of a cell."""

    def show(self, bundle: Mapping[str, Any]) -> None:
        """Show a bundle instead of the one before."""


class Cell:
    """Show one snapshot of an answer after the other, as HTML and as text.

    Args:
        output: where it is shown.
        clock: returns the time in seconds.
    """

    def __init__(
        self, output: Output, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._output = output
        self._clock = clock
        self._text: list[str] = []
        self._html = Html()
        self._status = Status()
        self._seconds = 0.0
        self._due_at = clock()
        self._is_stale = True
        self._is_over = False

    def write(self, text: str) -> None:
        """Add to the text, for tools that do not show HTML."""
        self._text.append(visible(text))

    def add(self, event: RunEvents) -> None:
        """Note that the answer has grown by an event."""
        self._status.add(event)
        self._is_stale = True

    @property
    def patience(self) -> float | None:
        """The seconds until the next update; None if there is nothing new to show."""
        return max(0.0, self._due_at - self._clock()) if self._is_stale else None

    def render(self, answer: Shown) -> Html:
        """Return an answer as HTML, in a time that grows with the answer."""
        begun = self._clock()
        html = _rendered(answer)
        self._seconds = self._clock() - begun
        return html

    def publish(self, html: Html, *, is_last: bool = False) -> None:
        """Show what `render` returned, and decide when the next update is due."""
        begun = self._clock()
        self._html, self._is_stale, self._is_over = html, False, is_last
        foot = Html() if is_last else self._status.html()
        self._text = ["".join(self._text)]
        bundle = {"text/plain": self._text[0], "text/html": joined((html, foot))}
        self._output.show(bundle)
        now = self._clock()
        busy = self._seconds + now - begun
        size = len(self._text[0]) + len(html)
        self._due_at = now + max(_INTERVAL, _SHARE * busy, size / _RATE)

    def end(self, answer: Shown) -> None:
        """Show the last state of an answer, unless it stands there."""
        if self._is_stale or not self._is_over:
            html = self.render(answer) if self._is_stale else self._html
            self.publish(html, is_last=True)


def _rendered(answer: Shown) -> Html:
    match answer:
        case ConversationResponse(outputs=outputs) if outputs:
            return transcript(answer)
        case RunResult(entries=entries) if entries:
            return run(answer)
    return Html()
