"""The output of a notebook's cell: the only module that imports IPython."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

__all__ = ["CellOutput", "is_notebook"]


def is_notebook() -> bool:
    """Return whether a kernel runs this code, and its cells show HTML.

    A terminal with IPython has no kernel; Spyder's console has one, and shows text.
    """
    from IPython import get_ipython  # noqa: PLC0415 - an optional dependency

    kernel = getattr(get_ipython(), "kernel", None)
    return kernel is not None and not type(kernel).__module__.startswith("spyder")


class CellOutput:
    """One output of the cell that runs, which each call replaces."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None

    def show(self, bundle: Mapping[str, Any]) -> None:
        """Show a representation of the output for each MIME type."""
        from IPython.display import display  # noqa: PLC0415 - an optional dependency

        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
