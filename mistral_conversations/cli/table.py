"""Lists at the command line: one line for each item, in columns."""

from mistral_conversations.cli.terminal import one_line

__all__ = ["row"]

_NOTHING = "-"


def row(*cells: tuple[object, int]) -> str:
    """Write a line.

    Args:
        cells: what stands in each column, and how wide that is at the least. What is
            missing is a dash, so that a program can count the columns.
    """
    texts = (_cell(value).ljust(width) for value, width in cells)
    return f"{'  '.join(texts).rstrip()}\n"


def _cell(value: object) -> str:
    return one_line("" if value is None else str(value)) or _NOTHING
