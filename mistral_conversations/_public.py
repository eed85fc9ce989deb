"""The module that public classes name as theirs: the one users import them from."""

from collections.abc import Mapping
from typing import Any

__all__ = ["publish"]

_PACKAGE = __name__.partition(".")[0]


def publish(module: Mapping[str, Any], *names: str, as_of: str = _PACKAGE) -> None:
    """Set `__module__` of a module's public classes, for tracebacks, pickles and help.

    `inspect.getsource` cannot find such a class, because it looks into that module;
    the source of a method is found as before.

    Args:
        module: the globals of the module.
        names: its public names; functions and aliases among them stay as they are.
        as_of: the public module.
    """
    for name in names:
        value = module[name]
        if isinstance(value, type) and value.__module__.startswith(_PACKAGE):
            value.__module__ = as_of
            if "__firstlineno__" in vars(value):  # would point into the wrong file
                del value.__firstlineno__  # type: ignore[attr-defined]
