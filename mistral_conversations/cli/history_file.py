"""The file in which the lines of chats are kept."""

import os
from pathlib import Path
from typing import Self

import attrs

from mistral_conversations._transport.credentials import API_KEY_VARIABLE

__all__ = ["HistoryFile"]

_FOLDER = "mistral-conversations"
_NAME = "history"


@attrs.frozen
class HistoryFile:
    """A file that only the user can read."""

    path: Path

    @classmethod
    def opened(cls) -> Self | None:
        """Return the file in the user's state folder; None if it cannot be written."""
        try:
            path = _state_folder() / _FOLDER / _NAME
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            os.close(descriptor)
            path.chmod(0o600)
        except (OSError, RuntimeError):  # such as no home
            return None
        return cls(path)

    def accepts(self, text: str) -> bool:
        """Return whether a text may be kept: it does not hold the API key."""
        key = os.environ.get(API_KEY_VARIABLE, "").strip()
        return not key or key not in text


def _state_folder() -> Path:
    variable = "LOCALAPPDATA" if os.name == "nt" else "XDG_STATE_HOME"
    given = Path(os.environ.get(variable, ""))
    return given if given.is_absolute() else Path.home() / ".local" / "state"
