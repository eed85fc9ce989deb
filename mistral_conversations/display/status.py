"""What happens at the moment, below an answer that grows."""

from mistral_conversations._markup import SMALL, Html, element, prose, small
from mistral_conversations.display.output import one_line
from mistral_conversations.display.wording import chunk_text, shortened
from mistral_conversations.models.chunks import ThinkChunk
from mistral_conversations.models.events import (
    MessageOutputEvent,
    ToolExecutionDeltaEvent,
    ToolExecutionStartedEvent,
)
from mistral_conversations.models.runs import FunctionStarted, RunEvents

__all__ = ["Status"]

_LONGEST_NAME = 100
_LONGEST_THOUGHT = 600


class Status:
    """The tool that runs, or the end of a thought, which the answer has folded."""

    def __init__(self) -> None:
        self._words = "waiting for the answer …"
        self._thought = ""

    def add(self, event: RunEvents) -> None:
        """Take the next event of the answer."""
        if isinstance(event, ToolExecutionDeltaEvent):
            return  # it brings the arguments of a tool that runs
        self._words = "being written …"
        match event:
            case ToolExecutionStartedEvent(name=name) | FunctionStarted(name=name):
                self._words = f"running {shortened(one_line(name), _LONGEST_NAME)} …"
            case MessageOutputEvent(content=ThinkChunk() as chunk):
                self._words = "thinking …"
                thought = self._thought + chunk_text(chunk)
                self._thought = thought[-_LONGEST_THOUGHT:]
                return
        self._thought = ""

    def html(self) -> Html:
        """Return the line, and the end of the thought below it."""
        line = element("div", small(self._words))
        if not self._thought:
            return line
        is_cut = len(self._thought) == _LONGEST_THOUGHT
        text = f"… {self._thought.lstrip()}" if is_cut else self._thought
        return element("div", line, element("div", prose(text), style=SMALL))
