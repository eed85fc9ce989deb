"""A conversation written to a file."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from mistral_conversations import ConversationHistory, to_dict
from mistral_conversations.cli.transcript import body, heading, transcript
from mistral_conversations.display.output import one_line, visible
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.html import page
from mistral_conversations.html import transcript as html_transcript

__all__ = ["path_of", "save"]

_ENDINGS = (".md", ".html", ".json", ".txt")


def path_of(name: str) -> Path:
    """Return the path of a new file.

    Raises:
        ConfigurationError: the name has another ending, or the file exists.
    """
    path = Path(name).expanduser()
    if path.suffix.lower() not in _ENDINGS:
        *others, last = _ENDINGS
        endings = f"{', '.join(others)} or {last}"
        raise ConfigurationError(f"the name of the file must end in {endings}")
    if path.exists():
        raise ConfigurationError(f"{one_line(name)} exists already")
    return path


def save(history: ConversationHistory, path: Path) -> None:
    """Write a history to a new file, in the form that its name says."""
    text: str
    match path.suffix.lower():
        case ".html":
            text = page(history.conversation_id, html_transcript(history))
        case ".json":
            text = f"{json.dumps(to_dict(history), indent=2)}\n"
        case ".md":
            text = _joined(_markdown(history))
        case _:
            text = _joined(transcript(history))
    with path.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(text)


def _joined(lines: Iterable[str]) -> str:
    return visible("".join(f"{line}\n" for line in lines))


def _markdown(history: ConversationHistory) -> Iterator[str]:
    yield f"# Conversation {one_line(history.conversation_id)}"
    for entry in history.entries:
        fence = () if hasattr(entry, "role") else ("~~~",)
        lines = (f"## {one_line(heading(entry))}", "", *fence, *body(entry), *fence)
        yield from ("", *lines)
