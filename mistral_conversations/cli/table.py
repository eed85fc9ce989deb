"""Lists in the terminal: one line per item, in columns."""

from mistral_conversations.cli.terminal import one_line

__all__ = ["row"]

_NOTHING = "-"


def row(*cells: tuple[object, int]) -> str:
    """Format a line.

    Args:
        cells: the value and the minimum width of each column. A missing value becomes a
            dash, so that programs can count the columns.
    """
    texts = (_cell(value).ljust(width) for value, width in cells)
    return f"{'  '.join(texts).rstrip()}\n"


def _cell(value: object) -> str:
    return one_line("" if value is None else str(value)) or _NOTHING
