"""A terminal in memory, to which rich writes."""

import io

import pyte
from rich.console import Console

__all__ = ["Terminal"]


class Terminal(io.StringIO):
    """A screen that remembers the lines that left it at the top."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._screen = pyte.HistoryScreen(width, height, history=100_000, ratio=0.5)
        self._stream = pyte.Stream(self._screen)
        self.console = Console(
            file=self,
            force_terminal=True,
            width=width,
            height=height,
            legacy_windows=False,
            emoji=False,
            highlight=False,
            markup=False,
        )

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._stream.feed(text.replace("\n", "\r\n"))
        return len(text)

    @property
    def lines(self) -> list[str]:
        """All lines, without spaces at their ends and empty lines at the end."""
        columns = range(self._screen.columns)
        above = [
            "".join(row[column].data for column in columns)
            for row in self._screen.history.top
        ]
        lines = [line.rstrip() for line in (*above, *self._screen.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines
