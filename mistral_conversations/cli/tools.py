"""The tools of a chat: functions and tools of Python modules, by name."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from mistral_conversations import ConfigurationError
from mistral_conversations.runs.calls.toolset import Toolset

__all__ = ["load_tools"]


def load_tools(names: Sequence[str]) -> Toolset:
    """Import functions and tools.

    Modules in the current directory come first.

    Args:
        names: of the form `MODULE:NAME`. The name is that of a function, a tool of the
            service, or a list or tuple of them; with dots, an attribute of an object.

    Raises:
        ConfigurationError: there is no such module or name, its import failed, or it is
            neither a function nor a tool.
    """
    folder = str(Path.cwd())
    if not {folder, ""} & set(sys.path[:1]):
        sys.path.insert(0, folder)
    tools = {id(tool): tool for name in names for tool in _load(name)}
    return _toolset("", list(tools.values()))


def _load(name: str) -> Sequence[Any]:
    module_name, _, path = name.partition(":")
    found: Any = _module(name, module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            problem = f"{_what(found)} has no {part!r}{_similar(found, part)}"
            raise ConfigurationError(f"--tools {name}: {problem}")
        found = getattr(found, part)
    tools = found if isinstance(found, list | tuple) else [found]
    _toolset(f" {name}", tools)
    return tools


def _module(name: str, module_name: str) -> ModuleType:
    try:
        return import_module(module_name)
    except (Exception, SystemExit) as error:
        if _is_missing(error, module_name):
            problem = f"there is no module {module_name!r} here or among the packages"
        else:
            problem = (
                f"importing {module_name!r} failed: {type(error).__name__}: {error}"
            )
        raise ConfigurationError(f"--tools {name}: {problem}") from error


def _is_missing(error: BaseException, module_name: str) -> bool:
    """Return whether the module itself, or a package of its name, does not exist."""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return missing is not None and f"{module_name}.".startswith(f"{missing}.")


def _what(found: object) -> str:
    if isinstance(found, ModuleType):
        return f"the module {found.__name__!r}"
    return repr(getattr(found, "__name__", type(found).__name__))


def _similar(found: object, part: str) -> str:
    close = get_close_matches(part, dir(found), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _toolset(name: str, tools: Sequence[Any]) -> Toolset:
    try:
        toolset = Toolset.of(tools)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"--tools{name}: {error}") from error
    if toolset.sources:
        raise ConfigurationError(
            f"--tools{name}: the command line takes functions, not the tools of an MCP "
            "server"
        )
    if toolset.elsewhere:
        declared = ", ".join(sorted(toolset.elsewhere))
        raise ConfigurationError(
            f"--tools{name}: {declared} is only declared: name the function itself"
        )
    return toolset
