"""The end of an answer that still grows, redrawn in place, above it what is complete.

Lines that are complete are printed once and for all, so the terminal can scroll back
to them. Only the last block is redrawn, as far as the screen can show it.
"""

import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from threading import Event, RLock, Thread
from time import monotonic
from typing import TypeAlias

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.segment import Segment, Segments
from rich.spinner import Spinner

from mistral_conversations.cli.colours import takes_escapes
from mistral_conversations.cli.echo import Echo
from mistral_conversations.cli.markdown import THEME, complete, rendered, styled
from mistral_conversations.display.answer import Kind

__all__ = ["Page"]

Lines: TypeAlias = Sequence[list[Segment]]

_STYLES: dict[Kind, str] = {"thought": "dim italic", "note": "dim"}
_REDRAWS = 10  # each second, at most
_SHARE = 4  # drawing takes at most one of these parts of the time
_MARGIN = 2  # lines of the screen that the last block leaves free


class Page:
    """Pieces of an answer in a terminal, with a spinner while none comes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._echo = Echo()
        self._live: Live | None = None
        # Live has a thread that redraws, too, but lets it write amid what is printed.
        self._lock = RLock()
        self._stopped = Event()
        self._layout = Console(file=StringIO(), theme=THEME, force_jupyter=False)
        name = "line" if console.options.ascii_only else "dots"
        self._spinner = Spinner(name, "waiting", style="dim")
        self._kind: Kind | None = None
        self._text = ""
        self._has_lines = False
        """Whether something stands above the last block."""

        self._begin_block()

    def _begin_block(self) -> None:
        self._printed = 0
        self._gap: Lines = [[]] if self._has_lines else []
        self._drawn: tuple[str, Lines] = ("", ())
        self._next_drawing = 0.0

    def start(self) -> None:
        """Show what is not complete, or the spinner."""
        if self._live is None:
            self._echo.off()
            self._live = Live(
                console=self._console,
                get_renderable=lambda: self,
                auto_refresh=False,
                transient=True,
                redirect_stderr=takes_escapes(sys.stderr),
                vertical_overflow="crop",
            )
            self._live.start()
            self._stopped = Event()
            Thread(
                target=self._redraw, args=(self._live, self._stopped), daemon=True
            ).start()

    def stop(self) -> None:
        """Print the rest for good, and leave the terminal to others."""
        try:
            self.finish()
        finally:
            live, self._live = self._live, None
            self._stopped.set()
            if live is not None:
                with self._lock:
                    live.stop()
            self._echo.on()

    def add(self, text: str, kind: Kind) -> None:
        """Continue the last part, or begin one of another kind."""
        if kind != self._kind:
            self.finish()
            self._kind = kind
        self.start()
        with self._lock:
            self._text += text
            if "\n" in text:
                self._print(self._settled())
                self._print(self._hidden())

    def finish(self) -> None:
        """Print the rest of the last part for good."""
        with self._lock:
            rest = self._render(self._text)[self._printed :]
            self._text = ""
            self._kind = None
            self._has_lines |= bool(rest)
            self._begin_block()
            self._print(rest)

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """Yield the end of the last block, or the spinner."""
        lines = self._latest()[self._printed :]
        yield _joined(lines[-self._room() :])
        if self._kind in {None, "note"}:
            yield self._spinner

    def _redraw(self, live: Live, stopped: Event) -> None:
        while not stopped.wait(1 / _REDRAWS):
            with self._lock:
                if not stopped.is_set():
                    live.refresh()

    def _settled(self) -> Lines:
        """Take what is complete from the text, and return its lines."""
        end = self._end_of_complete()
        if not end:
            return ()
        done = self._render(self._text[:end])[self._printed :]
        self._text = self._text[end:]
        self._has_lines |= bool(done)
        self._begin_block()
        return done

    def _hidden(self) -> Lines:
        """Return the lines of the last block that the screen has no room for."""
        lines = self._latest()
        first = self._printed
        self._printed = max(len(lines) - self._room(), first)
        return lines[first : self._printed]

    def _end_of_complete(self) -> int:
        if self._kind == "text":
            return complete(self._text)
        return self._text.rfind("\n") + 1

    def _latest(self) -> Lines:
        """Return the lines of the last block, which may lack its last words."""
        text, lines = self._drawn
        now = monotonic()
        if text == self._text or now < self._next_drawing:
            return lines
        text = self._text
        lines = self._render(text)
        self._drawn = text, lines
        self._next_drawing = monotonic() + _SHARE * (monotonic() - now)
        return lines

    def _render(self, text: str) -> Lines:
        if not text or self._kind is None:
            return ()
        if self._kind != "text":
            return styled(text, _STYLES[self._kind], self._layout, self._console.width)
        lines = rendered(text, self._layout, self._console.width)
        return [*self._gap, *lines] if lines else ()

    def _room(self) -> int:
        return max(self._console.height - _MARGIN, 1)

    def _print(self, lines: Lines) -> None:
        if lines:
            self._console.print(_joined(lines), end="", crop=False)


def _joined(lines: Iterable[list[Segment]]) -> Segments:
    return Segments([each for line in lines for each in (*line, Segment.line())])
